"""What units have handled in the last thirty days, and how much of it in time, in any place.

Of each day there is one sorted array with a number for each case that was handled, which tells its
cell, its unit and how it was judged; so the cases of a place lie side by side. They are read from
the log at each start, by an index that holds nothing else, and lie in no checkpoint.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
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

JUDGED: Mapping[bool | None, int] = {None: 0, False: 1, True: 2}
"""How a case was judged, in two bits."""
FACES = 4
"""What two bits can say."""
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
        size = len(self._number) * FACES
        counts = np.zeros(size, np.int64)
        for day, keys in self._days.items():
            if day <= self._day:
                low, high = np.searchsorted(keys, (first * CELL, (last + 1) * CELL))
                counts += np.bincount(keys[low:high] & (CELL - 1), minlength=size)
        found = zip(self._number, counts.reshape(-1, FACES).tolist(), strict=True)
        return {
            unit: UnitRecord(none + late + good, late + good, good)
            for unit, (none, late, good, _) in found
            if none + late + good
        }

    def judged(self) -> NDArray[np.int32]:
        """Return how many were judged [cells], and up the tree, whoever handled them."""
        own = np.zeros(len(self._tree), np.int32)
        for day, keys in self._days.items():
            if day <= self._day:
                np.add.at(own, keys[(keys & 3) > 0] // CELL, 1)
        before = np.concatenate([[0], np.cumsum(own)])
        last = self._tree.last.astype(np.int64)
        summed: NDArray[np.int32] = (before[last + 1] - before[:-1]).astype(np.int32)
        return summed

    def _put(self, day: int, found: Iterable[Handled]) -> None:
        number, keys = self._number, []
        for cell, unit, on_time in found:
            known = number.setdefault(unit or "", len(number))
            keys.append(cell * CELL + known * FACES + JUDGED[on_time])
        new = np.sort(np.array(keys, np.int64))
        if len(new):
            before = self._days.get(day, EMPTY)
            self._days[day] = np.insert(before, np.searchsorted(before, new), new)
            self._whole = None
