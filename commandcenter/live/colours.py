"""The colours of all cells: graded by the rules, each change kept with its reason."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from commandcenter.cases import checks
from commandcenter.domain.cells import Tree
from commandcenter.domain.checks import Checked
from commandcenter.domain.clocks import DAY, HOUR, Millis
from commandcenter.domain.colours import Colour
from commandcenter.host.panel import ColourChange
from commandcenter.store import colours as kept
from commandcenter.store.store import Connection

KEPT_DAYS = 30


class Colours:
    """The colour of every cell now (int8 [cells], 0 before the first grading), and why."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.now: NDArray[np.int8] = np.zeros(len(tree), np.int8)
        self.reasons: dict[int, ColourChange] = {}
        self.checks: dict[int, Checked] = {}
        """The last check of each cell."""
        self._recent: list[ColourChange] = []
        self._lock = Lock()  # isolated plugins are answered from threads of their own

    def load(self, connection: Connection, now: Millis) -> None:
        """Take up the colours as they were when they were last recorded."""
        self.reasons = {change.cell: change for change in kept.latest(connection)}
        for change in self.reasons.values():
            self.now[change.cell] = change.after
        self._recent = kept.since(connection, now - DAY - HOUR)
        self.checks = checks.latest(connection)

    def read_checks(self, connection: Connection, cells: set[int]) -> None:
        """Take up the last checks of some cells."""
        self.checks |= checks.latest(connection, cells)

    def reason(self, position: int) -> ColourChange | None:
        """Return why a cell has its colour, with its last check, which has moved the next one."""
        change, check = self.reasons.get(position), self.checks.get(position)
        if change is None or check is None:
            return change
        following = check.next_check if check.at >= change.at else change.next_check
        return replace(change, next_check=following, checked=check)

    def differences(self, graded: NDArray[np.int8]) -> NDArray[np.intp]:
        """Return the positions whose colour `graded` would change, first gradings left out."""
        known = self.now != 0
        changed: NDArray[np.intp] = np.flatnonzero(
            (known & (graded != self.now)) | (~known & (graded > Colour.BLUE))
        )
        return changed

    def set(self, graded: NDArray[np.int8], changes: Sequence[ColourChange], now: Millis) -> None:
        """Take over a grading and its changes."""
        with self._lock:
            self.now = graded
            self.reasons |= {change.cell: change for change in changes}
            self._recent += changes
            keep_from = bisect_left(self._recent, now - DAY - HOUR, key=lambda change: change.at)
            del self._recent[:keep_from]

    def reddened(self, first: int, last: int, limit: int) -> list[ColourChange]:
        """Return the newest changes to red of cells in a range that are still red."""
        with self._lock:
            red = first + np.flatnonzero(self.now[first : last + 1] >= Colour.ORANGE)
            found = [self.reason(at) for at in red.tolist()]
        changes = [change for change in found if change is not None]
        return sorted(changes, key=lambda c: (-c.at, -c.after, c.cell))[:limit]

    def trend(
        self, first: int, last: int, depth: int, starts: Sequence[Millis]
    ) -> dict[str, list[int]]:
        """Return how many cells of a level in a range were red and yellow at each start.

        Walks back from the colours of now over the recorded changes of the last day.
        """
        of_level = self.tree.depth[first : last + 1] == depth
        with self._lock:
            shown = self.now[first : last + 1][of_level]
            changes = [
                change
                for change in self._recent
                if first <= change.cell <= last and self.tree.depth[change.cell] == depth
            ]
        red, yellow = int((shown >= Colour.ORANGE).sum()), int((shown == Colour.YELLOW).sum())
        lines: dict[str, list[int]] = {"red": [], "yellow": []}
        for start in reversed(starts):
            while changes and changes[-1].at > start:
                change = changes.pop()
                red += (change.before >= Colour.ORANGE) - (change.after >= Colour.ORANGE)
                yellow += (change.before == Colour.YELLOW) - (change.after == Colour.YELLOW)
            lines["red"].append(red)
            lines["yellow"].append(yellow)
        return {name: values[::-1] for name, values in lines.items()}
