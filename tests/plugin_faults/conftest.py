"""The city that all servers of a test run begin with is built once."""

from tests.e2e.conftest import prepared, run_folder

__all__ = ["prepared", "run_folder"]
