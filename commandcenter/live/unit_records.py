"""What units have handled in the last thirty days, and how much of it in time, in any place.

Of each day there is one sorted array with a number for each case that was handled, which tells its
cell, its unit and how it was judged; so the cases of a place lie side by side. They are read from
the log at each start, by an index that holds nothing else, and lie in no checkpoint.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from commandcenter.cases import recount
from commandcenter.cases.recount import Handled
from commandcenter.domain.cells import Tree
from commandcenter.domain.clocks import Calendar, Millis
from commandcenter.domain.metrics import WINDOW_DAYS
from commandcenter.host.panel import UnitRecord
from commandcenter.store.store import Connection

JUDGEMENTS = (None, False, True)
"""How a case was judged, in the order of its two bits."""
UNIT_BITS = 20
CELL = 1 << (UNIT_BITS + 2)
EMPTY: NDArray[np.int64] = np.zeros(0, np.int64)
EMPTY.flags.writeable = False


class UnitRecords:
    """Cases that were handled, by day (its ordinal), cell and unit."""

    def __init__(self, tree: Tree, calendar: Calendar) -> None:
        self._tree = tree
        self._calendar = calendar
        self._days: dict[int, NDArray[np.int64]] = {}
        self._number: dict[str, int] = {}
        self._day = 0
        self._whole: dict[str, UnitRecord] | None = None

    def load(self, connection: Connection, now: Millis) -> None:
        """Read all days of the window from the log."""
        self._days.clear()
        self._whole = None
        today = self._calendar.local(now).date()
        for back in range(WINDOW_DAYS):
            day = today - timedelta(days=back)
            begins = self._calendar.instant(day)
            ends = self._calendar.instant(day + timedelta(days=1))
            self._put(day.toordinal(), recount.handled(connection, begins, ends))
        self.advance(now)

    def add(self, found: Iterable[tuple[Millis, Handled]]) -> None:
        """Count cases that were handled at an instant each."""
        by_day: dict[int, list[Handled]] = defaultdict(list)
        for at, handled in found:
            by_day[self._calendar.local(at).date().toordinal()].append(handled)
        for day, those in by_day.items():
            self._put(day, those)

    def advance(self, now: Millis) -> None:
        """Let the city's time pass: days leave the window."""
        day = self._calendar.local(now).date().toordinal()
        if day == self._day:
            return
        self._day, self._whole = day, None
        for past in [known for known in self._days if known <= day - WINDOW_DAYS]:
            del self._days[past]

    def whole(self) -> dict[str, UnitRecord]:
        """Return what units have handled in the whole city, by code."""
        if self._whole is None:
            self._whole = self.within(0, len(self._tree) - 1)
        return self._whole

    def within(self, first: int, last: int) -> dict[str, UnitRecord]:
        """Return what units have handled in a range of cells, by code."""
        counts = np.zeros((len(self._number), len(JUDGEMENTS)), np.int64)
        for day, keys in self._days.items():
            if day <= self._day:
                low, high = np.searchsorted(keys, (first * CELL, (last + 1) * CELL))
                both = keys[low:high] & (CELL - 1)
                np.add.at(counts, (both >> 2, both & 3), 1)
        return {
            unit: UnitRecord(none + late + good, late + good, good)
            for unit, number in self._number.items()
            for none, late, good in [counts[number].tolist()]
            if none + late + good
        }

    def judged(self) -> NDArray[np.int32]:
        """Return how many were judged [cells], and up the tree, whoever handled them."""
        own = np.zeros(len(self._tree), np.int32)
        for day, keys in self._days.items():
            if day <= self._day:
                np.add.at(own, keys[(keys & 3) > 0] // CELL, 1)
        before = np.concatenate([[0], np.cumsum(own)])
        last = np.array([self._tree.range_of(cell.code)[1] for cell in self._tree.cells])
        summed: NDArray[np.int32] = (before[last + 1] - before[:-1]).astype(np.int32)
        return summed

    def _put(self, day: int, found: Iterable[Handled]) -> None:
        new = np.sort(np.fromiter((self._key(each) for each in found), np.int64))
        if len(new):
            known = self._days.get(day, EMPTY)
            self._days[day] = np.insert(known, np.searchsorted(known, new), new)
            self._whole = None

    def _key(self, handled: Handled) -> int:
        unit = self._number.setdefault(handled.unit or "", len(self._number))
        return handled.cell * CELL + (unit << 2) + JUDGEMENTS.index(handled.on_time)
