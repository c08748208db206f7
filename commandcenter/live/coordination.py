"""Live counts of whistles and directives: made from what is open, then following the log of acts.

They are small enough to be counted anew at each start, and lie in no checkpoint.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from commandcenter.cases import coordination_recount as recount
from commandcenter.cases.coordination_recount import Judged, OpenDirective
from commandcenter.cases.directives import STATES
from commandcenter.domain.cells import Tree
from commandcenter.domain.clocks import Calendar, Millis
from commandcenter.domain.coordination import CallState, CellProgress
from commandcenter.domain.directives import TARGETS, cells_of
from commandcenter.domain.metrics import (
    REPORT_INS,
    WHISTLES,
    WINDOW,
    called,
    called_late,
    calls,
    coordination_metrics,
)
from commandcenter.domain.whistles import LATE
from commandcenter.host.coordination import ProgressCounts
from commandcenter.live.counts import Change, climb
from commandcenter.live.report_ins import ReportIns
from commandcenter.store import acts
from commandcenter.store.acts import Act, Kind
from commandcenter.store.store import Connection

NUMBER = {name: number for number, name in enumerate(STATES)}
SAID = frozenset(TARGETS)


@dataclass(frozen=True, eq=False)
class LiveDirective:
    """A directive that has not ended, with how far its cells are.

    `counts` [4, cells from `cell` to the last one in it] counts for each cell all that lie under
    it; rows are those of `CellProgress`. `states` has how far each of its cells is, -1 for others.
    """

    about: OpenDirective
    counts: NDArray[np.int32]
    states: NDArray[np.int8]

    @property
    def last(self) -> int:
        """The last position under its cell."""
        return self.about.cell + len(self.states) - 1

    def at(self, position: int) -> ProgressCounts:
        """Return how far the cells under a position are, those of all above its own cell."""
        if self.about.cell <= position <= self.last:
            return ProgressCounts(*self.counts[:, position - self.about.cell].tolist())
        return ProgressCounts(0, 0, 0, 0)

    def within(self, first: int, last: int) -> NDArray[np.int32]:
        """Return the counts of a scope, [4, cells from `first` to `last`]."""
        found = np.zeros((len(CellProgress), last - first + 1), np.int32)
        low, high = max(first, self.about.cell), min(last, self.last)
        if low <= high:
            mine = slice(low - self.about.cell, high - self.about.cell + 1)
            found[:, low - first : high - first + 1] = self.counts[:, mine]
        return found

    def total(self, first: int, last: int) -> ProgressCounts:
        """Return how far the cells of a scope are."""
        if first <= self.about.cell and self.last <= last:
            return self.at(self.about.cell)
        return self.at(first)

    def behind(self, first: int, last: int, limit: int) -> list[tuple[int, int]]:
        """Return position and state of cells of a scope that are not done, the least far first."""
        low, high = max(first, self.about.cell), min(last, self.last)
        mine = self.states[max(0, low - self.about.cell) : max(0, high - self.about.cell + 1)]
        at = np.flatnonzero((mine >= 0) & (mine < CellProgress.DONE))
        order = at[np.argsort(mine[at], kind="stable")][:limit]
        return [(int(low + p), int(mine[p])) for p in order]


@dataclass
class _Whistle:
    """An open whistle: its cell, and level and standing of each called unit."""

    cell: int
    calls: dict[str, tuple[int, str]] = field(default_factory=dict)


class Coordination:
    """Counts per cell, int32 [metrics, cells], exact after `seq` acts; one thread changes them."""

    def __init__(self, tree: Tree, levels: int, calendar: Calendar) -> None:
        self.tree = tree
        self.seq = 0
        self.at: Millis = 0
        """The instant of the last act that is counted."""
        self.names = coordination_metrics(levels)
        self._row = {name: index for index, name in enumerate(self.names)}
        self.counts = np.zeros((len(self.names), len(tree)), np.int32)
        self.report_ins = ReportIns(tree, calendar)
        self.directives: dict[int, LiveDirective] = {}
        """By id, the oldest first."""
        self._whistles: dict[int, _Whistle] = {}
        self._checked: set[int] = set()

    def __contains__(self, metric: str) -> bool:
        return metric in self._row or metric.removesuffix(WINDOW) in REPORT_INS

    def of(self, metric: str) -> NDArray[np.int32]:
        """Return a metric for all cells; raises KeyError for one that is not counted."""
        if metric.removesuffix(WINDOW) in REPORT_INS:
            return self.report_ins.of(metric)
        line: NDArray[np.int32] = self.counts[self._row[metric]]
        return line

    def counts_of(self, position: int) -> dict[str, int]:
        """Return every count of one cell."""
        flows = [name + suffix for suffix in ("", WINDOW) for name in REPORT_INS]
        stock = self.counts[:, position].tolist()
        return dict(zip(self.names, stock, strict=True)) | {
            name: int(self.report_ins.of(name)[position]) for name in flows
        }

    def newest(self, depth: int, first: int, last: int) -> LiveDirective | None:
        """Return the newest live directive to a level that has cells in a scope."""
        for found in reversed(self.directives.values()):
            if found.about.depth_to == depth and any(found.total(first, last)):
                return found
        return None

    def load(self, connection: Connection, now: Millis) -> None:
        """Count everything from what is open, as this transaction sees it."""
        self.seq = acts.last_seq(connection)
        self.counts[:] = 0
        self._whistles = {n: _Whistle(c) for n, c in recount.open_whistles(connection).items()}
        for call in recount.open_calls(connection):
            self._whistles[call.whistle].calls[call.unit] = (call.depth, call.standing)
        changes: list[Change] = []
        for whistle in self._whistles.values():
            changes += self._standing(whistle, 1)
        climb(self.tree, self.counts, changes)
        self.directives = {
            about.id: self._load(connection, about)
            for about in recount.open_directives(connection)
        }
        self.report_ins.load(connection, now)

    def apply(self, connection: Connection, batch: Sequence[Act]) -> set[int]:
        """Count acts in the order of the log; returns the positions at which counts changed."""
        changes: list[Change] = []
        touched: set[int] = set()
        told: dict[int, list[Act]] = {}
        for act in batch:
            if act.kind == Kind.WHISTLE:
                changes += self._whistle(act)
                touched.add(act.cell)
            elif act.kind == Kind.CHECK:
                self._checked.add(act.cell)
                touched.add(act.cell)
            else:
                told.setdefault(act.subject, []).append(act)
        climb(self.tree, self.counts, changes)
        self.report_ins.add(
            (act.at, Judged(act.cell, 1, int(act.on_time)))
            for act in batch if act.on_time is not None
        )  # fmt: skip
        for number, acts_ in told.items():
            touched |= self._directive(connection, number, acts_)
        if batch:
            self.seq, self.at = batch[-1].seq, batch[-1].at
        return touched

    def take_checked(self) -> set[int]:
        """Return the positions that were checked since this was asked last."""
        taken, self._checked = self._checked, set()
        return taken

    def _whistle(self, act: Act) -> list[Change]:
        number, unit = act.subject, act.unit
        if unit is None and act.state_from is None:
            whistle = self._whistles[number] = _Whistle(act.cell)
            return [(self._row[WHISTLES], whistle.cell, 1)]
        known = self._whistles.get(number)
        if known is None:
            return []  # it has ended, and is rated
        if unit is None:
            del self._whistles[number]
            return self._standing(known, -1)
        before = known.calls.get(unit)
        after = known.calls[unit] = (act.depth, act.state_to)
        left = [] if before is None else self._call(known.cell, before, -1)
        return [*left, *self._call(known.cell, after, 1)]

    def _standing(self, whistle: _Whistle, amount: int) -> list[Change]:
        found = [(self._row[WHISTLES], whistle.cell, amount)]
        for call in whistle.calls.values():
            found += self._call(whistle.cell, call, amount)
        return found

    def _call(self, cell: int, call: tuple[int, str], amount: int) -> list[Change]:
        depth, standing = call
        if standing not in (LATE, CallState.CALLED):
            return [(self._row[calls(CallState(standing))], cell, amount)]
        names = [calls(CallState.CALLED), called(depth)]
        names += [called_late(depth)] if standing == LATE else []
        return [(self._row[name], cell, amount) for name in names]

    def _directive(self, connection: Connection, number: int, told: list[Act]) -> set[int]:
        touched: set[int] = set()
        for act in told:
            if act.state_from is None:
                # What it says by now is written after it in the log: it begins with nothing said.
                for about in recount.directives_of(connection, [number]):
                    self.directives[number] = self._begun(about)
                touched |= self._cells(number)
        known = self.directives.get(number)
        if known is None:
            return touched
        said = [act for act in told if act.act in SAID]
        if said:
            touched |= self._go_on(known, said)
        if any(act.act in ("end", "recall") for act in told):
            touched |= self._cells(number)
            del self.directives[number]
        elif len(said) < len(told):
            touched |= self._cells(number)  # its deadline has passed
        return touched

    def _cells(self, number: int) -> set[int]:
        known = self.directives.get(number)
        if known is None:
            return set()
        return set((np.flatnonzero(known.states >= 0) + known.about.cell).tolist())

    def _go_on(self, known: LiveDirective, said: Iterable[Act]) -> set[int]:
        table = np.array(
            [(act.cell, NUMBER[act.state_from or ""], NUMBER[act.state_to]) for act in said],
            np.int64,
        )
        at, before, after = table[:, 0], table[:, 1], table[:, 2]
        known.states[at - known.about.cell] = after  # of several the last one stays
        self._climb(known, at, before, -1)
        self._climb(known, at, after, 1)
        return set(at.tolist())

    def _climb(
        self, known: LiveDirective, at: NDArray[np.int64], states: NDArray[np.int64], amount: int
    ) -> None:
        first = known.about.cell
        while len(at):
            np.add.at(known.counts, (states, at - first), amount)
            at = self.tree.parent[at].astype(np.int64)
            inside = at >= first
            at, states = at[inside], states[inside]

    def _begun(self, about: OpenDirective) -> LiveDirective:
        size = int(self.tree.last[about.cell]) - about.cell + 1
        made = LiveDirective(
            about, np.zeros((len(CellProgress), size), np.int32), np.full(size, -1, np.int8)
        )
        at = cells_of(self.tree, about.cell, about.depth_to).astype(np.int64)
        made.states[at - about.cell] = CellProgress.ISSUED
        self._climb(made, at, np.zeros(len(at), np.int64), 1)
        return made

    def _load(self, connection: Connection, about: OpenDirective) -> LiveDirective:
        made = self._begun(about)
        rows = recount.gone_on(connection, about.id)
        found = np.array([tuple(row) for row in rows], np.int64).reshape(-1, 2)
        at, states = found[:, 0], found[:, 1]
        made.states[at - about.cell] = states
        self._climb(made, at, np.zeros(len(at), np.int64), -1)
        self._climb(made, at, states, 1)
        return made
