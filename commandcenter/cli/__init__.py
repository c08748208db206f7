"""The command `commandcenter`."""

from commandcenter.cli.main import main

__all__ = ["main"]
