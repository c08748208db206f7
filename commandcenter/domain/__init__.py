"""The words and rules of a city run through its grid, as pure Python without I/O."""
