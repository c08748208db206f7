"""The rollup: follows the log of moves and has every count of every cell ready."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from math import inf
from threading import Lock
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from commandcenter.cases import recount
from commandcenter.domain.cases import OPEN, Command, Facts
from commandcenter.domain.cells import Tree
from commandcenter.domain.clocks import HOUR, Calendar, Millis
from commandcenter.domain.metrics import DAYS_BACK, WINDOW, flow_metrics
from commandcenter.live.coordination import Coordination
from commandcenter.live.counts import Change, Stock, climb
from commandcenter.live.flows import Flows, nothing
from commandcenter.live.lapses import Lapses, Step
from commandcenter.live.months import Months
from commandcenter.live.unit_records import UnitRecords
from commandcenter.store import acts, log
from commandcenter.store.checkpoints import load_tally
from commandcenter.store.engines import be_patient
from commandcenter.store.store import Connection, Store

BY_CLOCK = ("overdue", "soon")
"""Stock that changes as time passes."""


@dataclass(frozen=True)
class Frame:
    """What a rollup counts over: the tree, its number of levels, the calendar, the channels."""

    tree: Tree
    levels: int
    calendar: Calendar
    channels: tuple[str, ...]


class Rollup:
    """Counts per cell and metric, exact after `seq` moves at the city's time `now`.

    One thread changes it; others may read under `lock`. `touched` [cells] holds the `beat` (a
    growing number) at which a count of the cell last changed. `base` is the place in the log of the
    checkpoint whose tallies the flows go on from. Counts that are not `is_whole` must be made anew:
    the store went away in the middle of a change.
    """

    def __init__(self, frame: Frame, store: Store) -> None:
        self.frame = frame
        self.tree = frame.tree
        self.store = store
        self.lock = Lock()
        self.seq = 0
        self.base = 0
        self.is_whole = True
        self.beat = 1
        self.touched = np.ones(len(frame.tree), np.int64)
        self.stock = Stock(frame.tree, frame.levels)
        flows = flow_metrics(frame.channels, frame.levels)
        self.flows = Flows(frame.tree, frame.calendar, flows, self._load_tally)
        self.months = Months(self.flows, self._load_tally)
        self.lapses = Lapses([], 0)
        self.ahead = Lapses([], 0)
        """The same clocks as they will stand in an hour."""
        self.coordination = Coordination(frame.tree, frame.levels, frame.calendar)
        self.held_by: dict[str, int] = defaultdict(int)
        self.overdue_by: dict[str, int] = defaultdict(int)
        self.records = UnitRecords(frame.tree, frame.calendar)

    @property
    def now(self) -> Millis:
        """The city's time up to which clocks have run."""
        return self.lapses.until

    def rebuild(self, now: Millis) -> None:
        """Count everything from the rows: one GROUP BY of the cases, one of each day's moves."""
        with self.store.read() as connection:
            be_patient(connection)
            self.seq = log.last_seq(connection)
            self.count_stock(recount.groups_of_cases(connection))
            self.count_days(connection, now)
            self.read_clocks(connection, now)
            self.coordination.load(connection, now)
            self.records.load(connection, now)

    def count_stock(self, groups: Sequence[recount.Group]) -> None:
        """Set the stock from groups of cases."""
        stock = self.stock
        stock.counts[:] = 0
        stock.ages[:] = 0
        counts = [
            (row, group.cell, group.count)
            for group in groups
            for row in stock.standing(group.state, group.depth, group.supervised, group.marks)
        ]
        climb(self.tree, stock.counts, counts)
        climb(self.tree, stock.ages, [(stock.states[g.state], g.cell, g.since_sum) for g in groups])

    def count_days(self, connection: Connection, now: Millis) -> None:
        """Set all flows by counting the moves of each day that is still asked for."""
        flows, calendar = self.flows, self.frame.calendar
        flows.load = nothing
        flows.forget_pending()
        today = calendar.local(now).date()
        for back in range(DAYS_BACK, -1, -1):
            day = today - timedelta(days=back)
            start, end = calendar.instant(day), calendar.instant(day + timedelta(days=1))
            flows.count_day(day.toordinal(), recount.flows(connection, start, end))
        flows.open_day(today.toordinal())
        flows.load = self._load_tally

    def read_clocks(self, connection: Connection, now: Millis) -> None:
        """Set running clocks, what is overdue, and what units hold, from the open cases."""
        for name in self.stock.names:
            if name.startswith(BY_CLOCK):
                self.stock.of(name)[:] = 0
        self.overdue_by.clear()
        self.held_by = defaultdict(int, recount.held_by_units(connection))
        clocks = recount.running_clocks(connection)
        self.lapses, self.ahead = Lapses(clocks, now), Lapses(clocks, now + HOUR)
        self._count_lapses(self.lapses.overdue(), self.ahead.overdue())

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the counts for broken unless the block runs through."""
        was, self.is_whole = self.is_whole, False
        yield
        self.is_whole = was

    def apply(self, moves: Sequence[log.Move]) -> None:
        """Count moves in the order of the log."""
        with self.changing():
            self._apply(moves)

    def _apply(self, moves: Sequence[log.Move]) -> None:
        stock: list[Change] = []
        ages: list[Change] = []
        for case_id, before, after in _spans(moves):
            stock += self.stock.changes(before, after)
            ages += self.stock.age_changes(before, after)
            step = self.lapses.move(case_id, after)
            ahead = self.ahead.move(case_id, after)
            if step.lapses or ahead.lapses:
                stock += self.stock.clock_changes(step.lapses, ahead.lapses)
                self._count_units(step)
            self._count_holders(before, after)
        self.seq = moves[-1].seq if moves else self.seq
        self.add_flows(moves)
        self.records.add((m.at, _handled(m)) for m in moves if m.command is Command.HANDLE)
        climb(self.tree, self.stock.counts, stock)
        climb(self.tree, self.stock.ages, ages)
        self.touch({move.after.cell for move in moves})

    def advance(self, now: Millis) -> None:
        """Let the city's time pass: clocks run out, days end."""
        with self.changing():
            if any([self.flows.advance(now), self.coordination.report_ins.advance(now)]):
                self.touch_all()
            self.records.advance(now)
            self._count_lapses(self.lapses.advance(now), self.ahead.advance(now + HOUR))

    def catch_up(self, connection: Connection, until: float = inf) -> bool:
        """Count the moves and acts that the logs hold beyond what is counted.

        After `until` (steady seconds) no further list is begun; tells whether that was all.
        """
        for batch in log.follow(connection, self.seq):
            with self.lock:
                self.apply(batch)
            if len(batch) == log.BATCH and monotonic() > until:
                return False
        for said in acts.follow(connection, self.coordination.seq):
            with self.lock, self.changing():
                self.touch(self.coordination.apply(connection, said))
        return True

    def of(self, metric: str) -> NDArray[np.int32]:
        """Return a metric for all cells; raises KeyError for one that is not counted."""
        if metric in self.stock.row:
            return self.stock.of(metric)
        if metric in self.coordination:
            return self.coordination.of(metric)
        return self.flows.of(metric)

    def counts_of(self, position: int) -> dict[str, int]:
        """Return every count of one cell."""
        stock = self.stock.counts[:, position].tolist()
        today = self.flows.today[: len(self.flows.names), position].tolist()
        window = self.flows.window[:, position].tolist()
        return (
            dict(zip(self.stock.names, stock, strict=True))
            | dict(zip(self.flows.names, today, strict=True))
            | {f"{name}{WINDOW}": n for name, n in zip(self.flows.names, window, strict=True)}
            | self.coordination.counts_of(position)
        )

    def add_flows(self, moves: Sequence[log.Move]) -> None:
        """Count moves in the flows alone."""
        flows = self.flows
        by_day: dict[Millis, list[recount.FlowGroup]] = defaultdict(list)
        for move in moves:
            is_today = flows.start <= move.at < flows.end
            start = flows.start if is_today else self.frame.calendar.day_start(move.at)
            hour = (move.at - start) // HOUR
            level = recount.new_level(move.command, move.before, move.after)
            group = recount.FlowGroup(
                move.after.cell, move.command, move.channel, move.on_time, hour, level, 1
            )
            by_day[start].append(group)
        for start, groups in by_day.items():
            flows.add(groups, start)

    def _count_lapses(self, step: Step, ahead: Step) -> None:
        if step.lapses or ahead.lapses:
            changes = self.stock.clock_changes(step.lapses, ahead.lapses)
            climb(self.tree, self.stock.counts, changes)
            self._count_units(step)
            self.touch({cell for cell, _, _ in (*step.lapses, *ahead.lapses)})

    def _count_units(self, step: Step) -> None:
        for unit, amount in step.units:
            self.overdue_by[unit] += amount

    def _count_holders(self, before: Facts | None, after: Facts) -> None:
        for facts, amount in ((before, -1), (after, 1)):
            if facts is not None and facts.unit is not None and facts.state in OPEN:
                self.held_by[facts.unit] += amount

    def touch(self, cells: set[int]) -> None:
        """Mark cells and all their ancestors as changed."""
        self.beat += 1
        at = np.fromiter(cells, np.int64, len(cells))
        while len(at):
            self.touched[at] = self.beat
            at = self.tree.parent[at].astype(np.int64)
            at = at[at >= 0]

    def touch_all(self) -> None:
        """Mark every cell as changed."""
        self.beat += 1
        self.touched[:] = self.beat

    def _load_tally(self, day: int) -> bytes | None:
        with self.store.read() as connection:
            return load_tally(connection, day)


def _spans(moves: Sequence[log.Move]) -> Iterator[tuple[int, Facts | None, Facts]]:
    """Yield from where to where each case went: what stands adds up to that, whatever the way.

    A report is filed and dispatched as it comes in, which is one span of three moves.
    """
    spans: dict[int, tuple[Facts | None, Facts]] = {}
    for move in moves:
        case_id, before, after = move.case_id, move.before, move.after
        known = spans.get(case_id)
        if known is None:
            spans[case_id] = (before, after)
        elif known[1] == before:
            spans[case_id] = (known[0], after)
        else:  # a move is missing between them: each is counted as it says
            yield case_id, *known
            spans[case_id] = (before, after)
    for case_id, (before, after) in spans.items():
        yield case_id, before, after


def _handled(move: log.Move) -> recount.Handled:
    return recount.Handled(move.after.cell, move.after.unit, move.on_time)
