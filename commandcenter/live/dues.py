"""Which topics are worth a look: many are watched, and few of them change at a time."""

from collections.abc import Mapping
from typing import Generic, Protocol, TypeVar

import numpy as np

from commandcenter.live.rollup import Rollup

LONGEST_WAIT = 1.0
"""Seconds after which all topics are looked at again, whatever is known of them."""


class Placed(Protocol):
    """What is shown of the cell at a position."""

    at: int


T = TypeVar("T", bound=Placed)


class Dues(Generic[T]):
    """Finds topics that may be due; all are looked at when the first of them is due by the clock.

    `shown` are the topics by key; whoever changes one tells it to `again`.
    """

    def __init__(self, shown: Mapping[str, T]) -> None:
        self.until = 0.0
        """Before this nothing is due of what did not change since it was looked at."""
        self._shown = shown
        self._again: set[str] = set()
        self._beat = -1
        self._pushes = 0

    def again(self, key: str) -> None:
        """Have a topic looked at the next time."""
        self._again.add(key)

    def look(self, now: float, rollup: Rollup, pushes: int) -> dict[str, T]:
        """Return the topics to be looked at; `pushes` counts what was pushed anywhere."""
        everything = now >= self.until or pushes != self._pushes
        again, self._again = self._again, set()
        before, self._beat, self._pushes = self._beat, rollup.beat, pushes
        if everything:
            self.until = now + LONGEST_WAIT
            return dict(self._shown)
        found = {key: self._shown[key] for key in again if key in self._shown}
        if before != rollup.beat:
            touched = frozenset(np.flatnonzero(rollup.touched > before).tolist())
            found |= {key: one for key, one in self._shown.items() if one.at in touched}
        return found

    def due_at(self, time: float) -> None:
        """Note that one of those that were looked at is due at a time."""
        self.until = min(self.until, time)
