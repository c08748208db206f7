"""This month and the same days of the last one: sums of the tallies of whole days.

They are made in a thread of their own when somebody first asks on a day, since reading sixty
tallies takes a good part of a second; until then nothing is known.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from threading import Thread

import numpy as np
from numpy.typing import NDArray

from commandcenter.live.flows import Flows, unpack
from commandcenter.store.away import StoreAway

Array = NDArray[np.int32]
Load = Callable[[int], bytes | None]
FIRST_DAYS = 7
"""A city that reported nothing in the first days of a month was not connected yet."""


@dataclass(frozen=True)
class Made:
    """What was added up on a day: [flow metrics, cells]; `before` None where nothing is known."""

    day: int
    days: int
    this: Array
    before: Array | None


class Months:
    """What happened since the first of the month, up to yesterday, and on the same days before."""

    def __init__(self, flows: Flows, load: Load) -> None:
        self._flows = flows
        self._load = load
        self._made: Made | None = None
        self._making: Thread | None = None

    def made(self) -> Made | None:
        """Return what is known of today; begins to make it where nobody has, and never waits."""
        flows = self._flows
        if self._made is not None and self._made.day == flows.day:
            return self._made
        if self._making is None or not self._making.is_alive():
            args = (flows.day, dict(flows.closed))
            self._making = Thread(target=self._make, args=args, name="months", daemon=True)
            self._making.start()
        return self._made

    def wait(self, seconds: float) -> None:
        """Wait until what was begun is made."""
        if self._making is not None:
            self._making.join(seconds)

    def _make(self, day: int, closed: dict[int, bytes]) -> None:
        this, before = spans(day)
        try:
            now, _ = self._sum(this, closed)
            past, known = self._sum(before, closed)
        except StoreAway:
            return  # who asks again begins anew
        self._made = Made(day, len(this), now, past if known else None)

    def _sum(self, days: range, closed: dict[int, bytes]) -> tuple[Array, bool]:
        """Add up the tallies of days; tells whether the city was connected in the first of them."""
        flows, known = self._flows, False
        total = np.zeros((len(flows.names), flows.shape[1]), np.int32)
        for at, day in enumerate(days):
            packed = closed.get(day) or self._load(day)
            if packed is None:
                continue
            counts = unpack(packed, flows.shape)[: len(flows.names)]
            total += counts
            known = known or (at < FIRST_DAYS and bool(counts[flows.row["reported"], 0]))
        return total, known


def spans(day: int) -> tuple[range, range]:
    """Return the whole days of the month before a day, and the same ones of the last month."""
    today = date.fromordinal(day)
    first = today.replace(day=1)
    last_month = (first - timedelta(days=1)).replace(day=1)
    length = min(today.day - 1, (first - last_month).days)
    start = last_month.toordinal()
    return range(first.toordinal(), day), range(start, start + length)
