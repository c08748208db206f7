"""Flows: how many moves were made today, in the last thirty days, and hour by hour.

A day's counts are kept as one array [flow metrics + 24 hours of reports, cells]. Closed days lie
in the store as tallies; the window and the usual are sums of tallies, so a day leaves them with
exactly what it brought.
"""

import zlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from commandcenter.cases.recount import FlowGroup
from commandcenter.domain.cases import Command
from commandcenter.domain.cells import Tree
from commandcenter.domain.clocks import Calendar, Millis
from commandcenter.domain.metrics import (
    JUDGED,
    STEP_OF,
    USUAL_WEEKS,
    WINDOW,
    WINDOW_DAYS,
    channel,
    newly,
)
from commandcenter.live.counts import Change, climb, climbed

HOURS = 24
Array = NDArray[np.int32]
Counted = tuple[Command, str, bool | None, int, int | None]
"""What moves are counted by: command, channel, whether in time, hour, level that is new."""
LoadTally = Callable[[int], bytes | None]


def pack(array: Array) -> bytes:
    """Pack a day's counts for the store: where they are not zero, and what they are there."""
    flat = array.ravel()
    places = np.flatnonzero(flat)
    return _packed(places, flat[places])


def _packed(places: NDArray[np.int64], values: Array | NDArray[np.int64]) -> bytes:
    both = np.concatenate([np.diff(places, prepend=0), values]).astype(np.int32)
    return zlib.compress(both.tobytes(), 1)


def unpack(packed: bytes, shape: tuple[int, int]) -> Array:
    """Return the counts that were packed."""
    steps, values = np.frombuffer(zlib.decompress(packed), np.int32).reshape(2, -1)
    array = np.zeros(shape, np.int32)
    array.ravel()[np.cumsum(steps, dtype=np.int64)] = values
    return array


def nothing(_day: int) -> bytes | None:
    """Load no tally: what a rebuild reads while it counts the days themselves."""
    return None


def _names(group: FlowGroup) -> list[str]:
    """Return the flows in which moves are counted, but for channels and hours."""
    names = [] if group.level is None else [newly(group.level)]
    step = STEP_OF.get(group.command)
    if step is None:
        return names
    names.append(step)
    if group.command in JUDGED and group.on_time is not None:
        names.append(f"{step}.judged")
        names += [f"{step}.{JUDGED[group.command]}"] if group.on_time else []
    return names


class Flows:
    """Today's counts, the window's, and the hours of today and yesterday with their usual.

    `load` returns the packed tally of a day (its ordinal). Moves of other days than today wait in
    `late` until `pending` hands out the tallies that must be written.
    """

    def __init__(
        self, tree: Tree, calendar: Calendar, names: tuple[str, ...], load: LoadTally
    ) -> None:
        self.tree = tree
        self.calendar = calendar
        self.names = names
        self.row = {name: index for index, name in enumerate(self.names)}
        self.load = load
        self.shape = (len(self.names) + HOURS, len(tree))
        self.today = np.zeros(self.shape, np.int32)
        self.yesterday = np.zeros((HOURS, len(tree)), np.int32)
        self.window = np.zeros((len(self.names), len(tree)), np.int32)
        self.usual: dict[int, NDArray[np.float32] | None] = {}
        self._rows: dict[Counted, tuple[int, ...]] = {}
        self.late: dict[int, list[Change]] = defaultdict(list)
        self.closed: dict[int, bytes] = {}
        self.day = 0
        self.start: Millis = 0
        self.end: Millis = 0

    def count_day(self, day: int, groups: Sequence[FlowGroup]) -> None:
        """Set what one day adds up to; its tally is pending until it is written."""
        changes = [change for group in groups for change in self._changes(group)]
        self.closed[day] = _packed(*climbed(self.tree, changes))

    def open_day(self, day: int) -> None:
        """Begin with a day, from the tallies alone."""
        self._set_day(day)
        self.today = self._tally(day)
        self.yesterday = self._tally(day - 1)[-HOURS:].copy()
        self.window = self.today[: len(self.names)].copy()
        for past in range(day - WINDOW_DAYS + 1, day):
            self.window += self._tally(past)[: len(self.names)]
        self.learn_usual()

    def resume(self, day: int) -> None:
        """Go on with a day whose arrays were set from a checkpoint; the usual is to be learned."""
        self._set_day(day)

    def advance(self, now: Millis) -> bool:
        """Close the days that ended before `now`; tells whether any did."""
        moved = False
        while now >= self.end:
            self._next_day()
            moved = True
        if moved:
            self.learn_usual()
        return moved

    def add(self, groups: Sequence[FlowGroup], at: Millis) -> None:
        """Count moves that were all made in the local day of the instant `at`.

        Their `hour` is that of the day.
        """
        changes = [change for group in groups for change in self._changes(group)]
        if self.start <= at < self.end:
            climb(self.tree, self.today, changes)
            self._into_window(changes)
            return
        day = self.calendar.local(at).date().toordinal()
        self.late[day] += changes
        if self.day - WINDOW_DAYS < day < self.day:
            self._into_window(changes)
        if day == self.day - 1:
            first = len(self.names)
            climb(
                self.tree, self.yesterday, [(r - first, c, n) for r, c, n in changes if r >= first]
            )

    def learn_usual(self) -> None:
        """Take the usual from the tallies, with what is pending for them."""
        self.usual = {day: self._usual_of(day) for day in (self.day - 1, self.day)}

    def of(self, name: str) -> Array:
        """Return today's or, with the suffix, the window's counts of one metric for all cells."""
        array = self.window if name.endswith(WINDOW) else self.today
        line: Array = array[self.row[name.removesuffix(WINDOW)]]
        return line

    def hours(self, yesterday: bool) -> Array:
        """Return reports per hour [24, cells] of today or yesterday."""
        return self.yesterday if yesterday else self.today[-HOURS:]

    def pending(self) -> dict[int, bytes]:
        """Return the tallies to be written now, by day; they stay pending until `written`."""
        self.closed |= {day: pack(self._tally(day)) for day in self.late}
        self.late.clear()
        return dict(self.closed)

    def written(self, tallies: Mapping[int, bytes]) -> None:
        """Forget tallies that lie in the store now, but for days that closed anew since."""
        for day, packed in tallies.items():
            if self.closed.get(day) is packed:
                del self.closed[day]

    def forget_pending(self) -> None:
        """Drop what was to be written: the tallies are read or counted anew."""
        self.late.clear()
        self.closed.clear()

    def _changes(self, group: FlowGroup) -> list[Change]:
        key = group.command, group.channel, group.on_time, group.hour, group.level
        rows = self._rows.get(key)
        if rows is None:
            rows = self._rows[key] = self._rows_of(group)
        cell, count = group.cell, group.count
        return [(row, cell, count) for row in rows]

    def _rows_of(self, group: FlowGroup) -> tuple[int, ...]:
        rows = [self.row[name] for name in _names(group)]
        if group.command is Command.REPORT:
            rows.append(len(self.names) + min(group.hour, HOURS - 1))
            known = self.row.get(channel(group.channel))
            rows += [] if known is None else [known]
        return tuple(rows)

    def _into_window(self, changes: Sequence[Change]) -> None:
        climb(self.tree, self.window, [c for c in changes if c[0] < len(self.names)])

    def _next_day(self) -> None:
        self.closed[self.day] = pack(self.today)
        self.yesterday = self.today[-HOURS:].copy()
        leaving = self._tally(self.day + 1 - WINDOW_DAYS)
        self.window -= leaving[: len(self.names)]
        self._set_day(self.day + 1)
        self.today = self._tally(self.day)
        self.late.pop(self.day, None)  # what came before its day began is counted now
        self.window += self.today[: len(self.names)]

    def _set_day(self, day: int) -> None:
        self.day = day
        opens = date.fromordinal(day)
        self.start = self.calendar.instant(opens)
        self.end = self.calendar.instant(opens + timedelta(days=1))

    def _tally(self, day: int) -> Array:
        """Return a day's counts, with what is pending for it."""
        packed = self.closed.get(day) or self.load(day)
        array = np.zeros(self.shape, np.int32) if packed is None else unpack(packed, self.shape)
        climb(self.tree, array, self.late.get(day, []))
        return array

    def _usual_of(self, day: int) -> NDArray[np.float32] | None:
        """Return the mean reports per hour of the same weekday in the weeks before a day.

        A day on which the whole city reported nothing is a day before the city was connected.
        """
        total = np.zeros((HOURS, len(self.tree)), np.float32)
        known = 0
        for week in range(1, USUAL_WEEKS + 1):
            hours = self._tally(day - 7 * week)[-HOURS:]
            if hours[:, 0].any():
                total += hours
                known += 1
        return total / np.float32(known) if known else None
