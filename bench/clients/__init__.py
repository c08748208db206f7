"""Screens of peers whose packages are optional: a module is imported where its package is there."""
