"""What follows the log of moves: counts, rendered panels, and the stream to the screens."""
