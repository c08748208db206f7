"""Clocks of open cases: which have run out at a moment, exactly and without a query."""

from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from commandcenter.cases.recount import RunningClock
from commandcenter.domain.cases import Facts
from commandcenter.domain.clocks import Millis
from commandcenter.live.counts import Lapse


class Step(NamedTuple):
    """What a change of clocks does to the counts of cells and of units."""

    lapses: Sequence[Lapse]
    units: Sequence[tuple[str, int]]


NO_STEP = Step((), ())


class Lapses:
    """All running clocks, and those that have run out by `until`.

    The heap may hold clocks that were stopped or set anew; they are passed over when they come up.
    """

    def __init__(self, clocks: Iterable[RunningClock], now: Millis) -> None:
        self.until = now
        self._clocks = {clock.case_id: clock for clock in clocks}
        self._heap = [(c.due, c.case_id) for c in self._clocks.values() if c.due > now]
        heapify(self._heap)

    def overdue(self) -> Step:
        """Return all clocks that have run out, as what they add to empty counts."""
        return _step([(c, 1) for c in self._clocks.values() if c.due <= self.until])

    def advance(self, now: Millis) -> Step:
        """Let time pass; returns the clocks that ran out since."""
        ran_out: dict[int, RunningClock] = {}  # a clock set twice to one instant comes up twice
        while self._heap and self._heap[0][0] <= now:
            due, case_id = heappop(self._heap)
            clock = self._clocks.get(case_id)
            if clock is not None and clock.due == due > self.until:
                ran_out[case_id] = clock
        self.until = max(self.until, now)
        return _step([(clock, 1) for clock in ran_out.values()])

    def move(self, case_id: int, after: Facts) -> Step:
        """Set or stop a case's clock as a move says."""
        changes = []
        old = self._clocks.pop(case_id, None)
        if old is not None and old.due <= self.until:
            changes.append((old, -1))
        if after.due is not None:
            new = RunningClock(case_id, after.cell, after.depth, after.due, after.unit)
            self._clocks[case_id] = new
            if new.due <= self.until:
                changes.append((new, 1))
            else:
                heappush(self._heap, (new.due, case_id))
        return _step(changes)

    def __len__(self) -> int:
        return len(self._clocks)


def _step(changes: list[tuple[RunningClock, int]]) -> Step:
    if not changes:
        return NO_STEP
    return Step(
        [(clock.cell, clock.depth, amount) for clock, amount in changes],
        [(clock.unit, amount) for clock, amount in changes if clock.unit is not None],
    )
