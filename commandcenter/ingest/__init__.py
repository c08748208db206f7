"""What comes in: running sources, and the one door through which every report passes."""
