"""What is seen of one quiet city, which ends with the last of these files."""
