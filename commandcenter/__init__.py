"""A city's live command centre: cases come in, are counted up the tree, and reach every screen."""

__version__ = "0.1.0"
