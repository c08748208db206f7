"""How many called units were to report in, and came in time: today and in the last thirty days."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from commandcenter.cases import coordination_recount as recount
from commandcenter.cases.coordination_recount import Judged
from commandcenter.domain.cells import Tree
from commandcenter.domain.clocks import Calendar, Millis
from commandcenter.domain.metrics import REPORT_INS, WINDOW, WINDOW_DAYS
from commandcenter.live.counts import Change, climb
from commandcenter.store.store import Connection


class ReportIns:
    """Counts by day as arrays [2, cells]: judged, and of those on time.

    They are few, so that thirty days are kept as lists and not as tallies in the store.
    """

    def __init__(self, tree: Tree, calendar: Calendar) -> None:
        self._tree = tree
        self._calendar = calendar
        self.today = np.zeros((len(REPORT_INS), len(tree)), np.int32)
        self.window = self.today.copy()
        self._days: dict[int, list[Change]] = defaultdict(list)
        self._day = 0
        self._ends: Millis = 0

    def load(self, connection: Connection, now: Millis) -> None:
        """Count all days of the window from the log of acts."""
        self._days.clear()
        today = self._calendar.local(now).date()
        for back in range(WINDOW_DAYS):
            day = today - timedelta(days=back)
            begins = self._calendar.instant(day)
            ends = self._calendar.instant(day + timedelta(days=1))
            self._days[day.toordinal()] = _changes(recount.judged(connection, begins, ends))
        self._open(today.toordinal())

    def add(self, groups: Iterable[tuple[Millis, Judged]]) -> None:
        """Count what was judged at an instant each."""
        for at, group in groups:
            day = self._calendar.local(at).date().toordinal()
            changes = _changes([group])
            self._days[day] += changes
            if day == self._day:
                climb(self._tree, self.today, changes)
            if self._day - WINDOW_DAYS < day <= self._day:
                climb(self._tree, self.window, changes)

    def advance(self, now: Millis) -> bool:
        """Let the city's time pass; tells whether a day ended."""
        if now < self._ends:
            return False
        self._open(self._calendar.local(now).date().toordinal())
        return True

    def of(self, metric: str) -> NDArray[np.int32]:
        """Return one of `REPORT_INS`, with the suffix for the window, for all cells."""
        array = self.window if metric.endswith(WINDOW) else self.today
        line: NDArray[np.int32] = array[REPORT_INS.index(metric.removesuffix(WINDOW))]
        return line

    def _open(self, day: int) -> None:
        """Begin with a day: today's counts are its own, those that left the window are dropped."""
        self._day = day
        self._ends = self._calendar.instant(date.fromordinal(day + 1))
        for past in [known for known in self._days if known <= day - WINDOW_DAYS]:
            del self._days[past]
        self.today[:] = 0
        self.window[:] = 0
        climb(self._tree, self.today, self._days.get(day, []))
        climb(self._tree, self.window, [c for d in self._days if d <= day for c in self._days[d]])


def _changes(groups: Iterable[Judged]) -> list[Change]:
    found: list[Change] = []
    for cell, judged, on_time in groups:
        found.append((0, cell, judged))
        found += [(1, cell, on_time)] if on_time else []
    return found
