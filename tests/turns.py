"""Tests that judge how long something takes have the machine to themselves.

What the other processes of a run start meanwhile would be measured with it. They rest between two
of their tests while one runs that is marked `alone`.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

FOLDER = "CITY_TEST_TURNS"
"""Where a run tells its processes which folder their locks are in."""
MARK = "alone"


@contextmanager
def kept() -> Iterator[None]:
    """Keep one folder of locks for all processes of a run."""
    with tempfile.TemporaryDirectory(prefix="city-turns-") as folder:
        os.environ[FOLDER] = folder
        yield
        os.environ.pop(FOLDER, None)


class Turns:
    """One process's part in the locks of a run."""

    def __init__(self, folder: Path) -> None:
        self._gate = (folder / "gate").open("w")
        self._room = (folder / "room").open("w")
        self.is_alone = False

    def take(self, is_alone: bool) -> None:
        """Wait until a test may run, beside others or alone."""
        if self.is_alone:
            return  # kept from the test before
        # Who waits to be alone holds the gate: else the others would follow on each other for ever.
        fcntl.flock(self._gate, fcntl.LOCK_EX)
        fcntl.flock(self._room, fcntl.LOCK_EX if is_alone else fcntl.LOCK_SH)
        fcntl.flock(self._gate, fcntl.LOCK_UN)
        self.is_alone = is_alone

    def give(self) -> None:
        """Let others run."""
        fcntl.flock(self._room, fcntl.LOCK_UN)
        self.is_alone = False

    def close(self) -> None:
        """Take no part any more."""
        self._gate.close()
        self._room.close()


class Taking:
    """Takes turns around each test of a process."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    # The outermost: a test's time limit does not run while it waits.
    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        """Run one test in its turn; one alone is followed by the next without a break."""
        is_alone = _is_alone(item)
        self._turns.take(is_alone)
        try:
            return (yield)
        finally:
            if not (is_alone and nextitem is not None and _is_alone(nextitem)):
                self._turns.give()


def take_part(config: pytest.Config) -> None:
    """Have a process of a run take turns with the others."""
    if folder := os.environ.get(FOLDER):
        turns = Turns(Path(folder))
        config.add_cleanup(turns.close)
        config.pluginmanager.register(Taking(turns), "turns")


def _is_alone(item: pytest.Item) -> bool:
    return item.get_closest_marker(MARK) is not None
