"""What panels and rules see: the rollup and the cases, cut to one scope.

Long: it has a short method for each thing that a view can be asked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commandcenter.cases import boards, queries, unit_lists, unit_work, whistle_queries
from commandcenter.domain.cases import Mark, State
from commandcenter.domain.cells import Cell, Level, Officer, Tree
from commandcenter.domain.clocks import HOUR, SECOND, Calendar, Millis
from commandcenter.domain.coordination import CellProgress, LevelStatus, answers_for
from commandcenter.domain.indices import Index
from commandcenter.domain.matters import Channel, Matter, Unit
from commandcenter.domain.metrics import (
    called,
    called_late,
    held,
    newly,
    overdue,
    soon,
    state_metric,
    waiting,
)
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.errors import NotFound
from commandcenter.host.coordination import (
    DirectiveLine,
    FourLists,
    LateCell,
    WhistleLine,
    added,
    four_lists,
)
from commandcenter.host.panel import NOTHING_HANDLED, CaseLine, ColourChange, Month, UnitLoad
from commandcenter.host.readings import Device, Reading
from commandcenter.live.colours import Colours
from commandcenter.live.coordination import LiveDirective
from commandcenter.live.directive_lines import directive_line
from commandcenter.live.readings import Readings
from commandcenter.live.rollup import Rollup
from commandcenter.live.topics import Topic
from commandcenter.store.store import Connection

Translate = Callable[..., str]
Staff = Callable[[Cell, Millis], Sequence[Officer]]


@dataclass(slots=True)
class Loads:
    """What units hold in each range of cells at a beat of the rollup: several panels ask for it."""

    beat: int = -1
    by_range: dict[tuple[int, int], list[UnitLoad]] = field(default_factory=dict)


@dataclass(frozen=True)
class City:
    """What is the same for all views: the city's words and the live counts."""

    rollup: Rollup
    colours: Colours
    levels: Sequence[Level]
    channels: Mapping[str, Channel]
    matters: Mapping[str, Matter]
    units: Sequence[Unit]
    indices: Sequence[Index]
    readings: Readings = field(default_factory=Readings)
    staff: Staff | None = None

    @cached_property
    def seats(self) -> dict[str, tuple[Unit, int]]:
        """Every unit by code, with the position of the cell it is seated in."""
        position = self.rollup.tree.position
        return {unit.code: (unit, position[unit.cell]) for unit in self.units}

    @cached_property
    def unit_loads(self) -> Loads:
        """What was last added up by unit."""
        return Loads()


class ScopeView:
    """The `View` of one topic at one moment; `connection` is opened when cases are asked for."""

    def __init__(
        self, city: City, topic: Topic, translate: Translate, connection: Callable[[], Connection]
    ) -> None:
        tree = city.rollup.tree
        if topic.scope not in tree:
            raise NotFound(f"cell {topic.scope} does not exist")
        self._city = city
        self._rollup = city.rollup
        self._connection = connection
        self._plugin = topic.panel.partition(".")[0]
        self.t = translate
        self.tree: Tree = tree
        self.levels = city.levels
        self.calendar: Calendar = city.rollup.frame.calendar
        self.scope: Cell = tree[topic.scope]
        self.first, self.last = tree.range_of(topic.scope)
        self.now: Millis = city.rollup.now
        self.language = topic.language
        self.clearance = topic.clearance
        self.options: Mapping[str, Any] = dict(topic.options)
        self.channels = city.channels
        self.matters = city.matters
        self.indices = city.indices
        self._viewer = Viewer(
            f"panel {topic.panel}", topic.scope, self.first, self.last,
            Clearance(topic.clearance), topic.language, "system",
        )  # fmt: skip

    def count(self, metric: str, position: int | None = None) -> int:
        """Return a count of a cell in the scope."""
        return int(self._rollup.of(metric)[self._inside(position)])

    def counts(self, metric: str) -> NDArray[np.int32]:
        """Return the counts of all cells of the scope."""
        return self._rollup.of(metric)[self.first : self.last + 1].copy()

    def children(self, position: int | None = None) -> list[int]:
        """Return the positions of the children of a cell in the scope."""
        return self.tree.children(self._inside(position))

    def hours(self) -> tuple[list[Millis], list[int], list[float | None]]:
        """Return the last 24 hour starts, the one that runs included, with reports and usual."""
        flows, at = self._rollup.flows, self.first
        hour = self._hour()
        starts, reports, usual = [], [], []
        for back in range(23, -1, -1):
            yesterday, of_day = hour < back, (hour - back) % 24
            starts.append(flows.start + (hour - back) * HOUR)
            reports.append(int(flows.hours(yesterday)[of_day, at]))
            known = flows.usual[flows.day - 1 if yesterday else flows.day]
            usual.append(None if known is None else float(known[of_day, at]))
        return starts, reports, usual

    def recent(self) -> tuple[NDArray[np.int32], NDArray[np.float32] | None]:
        """Return reports of this hour and the one before, and the usual for the same span."""
        flows, hour, cells = self._rollup.flows, self._hour(), slice(self.first, self.last + 1)
        yesterday = hour == 0
        before = (hour - 1) % 24
        now = flows.hours(False)[hour, cells] + flows.hours(yesterday)[before, cells]
        known = flows.usual[flows.day]
        known_before = flows.usual[flows.day - 1 if yesterday else flows.day]
        if known is None or known_before is None:
            return now, None
        passed = (self.now - flows.start - hour * HOUR) / HOUR
        return now, known_before[before, cells] + known[hour, cells] * np.float32(passed)

    def step_age(self, state: State) -> float | None:
        """Return the mean seconds that the cases now in a state have been there."""
        stock = self._rollup.stock
        count = int(stock.of(state_metric(state))[self.first])
        if count == 0:
            return None
        entered = int(stock.ages[stock.states[state], self.first]) / count
        return max(0.0, self.now / SECOND - entered)

    def level_status(self) -> list[tuple[Level, LevelStatus]]:
        """Return what each coordinating level holds and was called to in the scope."""
        return [
            (level, self._status(d)) for d, level in enumerate(self.levels) if level.coordinates
        ]

    def _status(self, depth: int) -> LevelStatus:
        every = self.directives(len(self._rollup.coordination.directives))
        line = next((d for d in every if answers_for(self.levels, depth, d.depth_to)), None)
        return LevelStatus(
            held=self.count(held(depth)),
            overdue=self.count(overdue(depth)),
            waiting=self.count(waiting(depth)),
            new_today=self.count(newly(depth)),
            soon=self.count(soon(depth)),
            whistles_waiting=self.count(called(depth)),
            whistles_late=self.count(called_late(depth)),
            directive_cells=line.total if line else 0,
            directive_done=line.counts.done if line else 0,
            directive_late=line.late if line else 0,
        )

    def unit_loads(self) -> list[UnitLoad]:
        """Return the units seated in the scope that hold cases, the most overdue first."""
        known, cells = self._city.unit_loads, (self.first, self.last)
        if known.beat != self._rollup.beat:
            known.beat = self._rollup.beat
            known.by_range.clear()
        if cells not in known.by_range:
            known.by_range[cells] = self._make_unit_loads()
        return list(known.by_range[cells])

    def _make_unit_loads(self) -> list[UnitLoad]:
        seats, late = self._city.seats, self._rollup.overdue_by
        records = self._rollup.records.whole()
        loads = [
            UnitLoad(seats[code][0], held, late.get(code, 0), records.get(code, NOTHING_HANDLED))
            for code, held in self._rollup.held_by.items()
            if held > 0 and code in seats and self._viewer.sees(seats[code][1])
        ]
        return sorted(loads, key=lambda load: (-load.overdue, -load.held, load.unit.code))

    def unit(self, code: str) -> Unit | None:
        """Return a unit of the city by its code, None where none has it."""
        found = self._city.seats.get(code)
        return None if found is None else found[0]

    def newest(self, limit: int) -> list[CaseLine]:
        """Return the newest cases of the scope."""
        return queries.newest(self._connection(), self._viewer, self.first, self.last, limit)

    def most_overdue(self, limit: int) -> list[CaseLine]:
        """Return the cases of the scope whose clocks ran out longest ago."""
        wanted = queries.Filter(self.first, self.last, now=self.now)
        return queries.most_overdue(self._connection(), self._viewer, wanted, limit)

    def next_due(self, limit: int) -> list[CaseLine]:
        """Return the cases of the scope whose clocks run out next."""
        return boards.next_due(self._connection(), self._viewer, self.now, limit)

    def supervised_cases(self, limit: int) -> list[CaseLine]:
        """Return the open cases of the scope that are supervised."""
        return boards.supervised(self._connection(), self._viewer, self.now, limit)

    def marked(self, mark: Mark, limit: int) -> list[CaseLine]:
        """Return the open cases of the scope that bear a mark, the newest first."""
        return boards.marked(self._connection(), self._viewer, mark, limit)

    def whistles(self, limit: int) -> list[WhistleLine]:
        """Return the open whistles of the scope, the longest waiting first."""
        return whistle_queries.open_whistles(
            self._connection(), self._viewer, self.first, self.last, limit
        )

    def directives(self, limit: int) -> list[DirectiveLine]:
        """Return the live directives with cells in the scope, the newest first."""
        every = reversed(self._rollup.coordination.directives.values())
        found = (directive_line(d, self.first, self.last, self.now) for d in every)
        return [line for line in found if line.total][: max(0, limit)]

    def directive_progress(self, id: int) -> NDArray[np.int32]:
        """Return how many cells of a live directive are how far, [4, cells of the scope]."""
        return self._live(id).within(self.first, self.last)

    def late_cells(self, id: int, limit: int) -> list[LateCell]:
        """Return the cells of the scope that are not done with a directive after its deadline."""
        directive = self._live(id)
        if self.now <= directive.about.deadline:
            return []
        found = directive.behind(self.first, self.last, max(0, limit))
        return [LateCell(at, CellProgress(state)) for at, state in found]

    def four_lists(self, unit: str | None = None) -> FourLists:
        """Return what stands on the four lists of the scope, or of a unit in it."""
        if unit is not None:
            day = self._rollup.flows.start
            return unit_lists.of_unit(self._connection(), self._viewer, unit, day)
        every = self._rollup.coordination.directives.values()
        return four_lists(self.count, added(d.total(self.first, self.last) for d in every))

    def _live(self, id: int) -> LiveDirective:
        found = self._rollup.coordination.directives.get(id)
        if found is None or not any(found.total(self.first, self.last)):
            raise NotFound(f"directive {id} is not live in {self.scope.code}")
        return found

    def colours(self) -> NDArray[np.int8]:
        """Return the colour of all cells of the scope, 0 for unknown."""
        return self._city.colours.now[self.first : self.last + 1].copy()

    def colour_changes(self, limit: int) -> list[ColourChange]:
        """Return the newest changes to red in the scope whose cell is still red."""
        changes = self._city.colours.reddened(self.first, self.last, limit)
        if self.clearance >= Clearance.STAFF:
            return changes
        return [_without_persons(change) for change in changes]

    def reason(self) -> ColourChange | None:
        """Return why the scope itself has its colour."""
        change = self._city.colours.reason(self.first)
        if change is None or self.clearance >= Clearance.STAFF:
            return change
        return _without_persons(change)

    def colour_trend(self, depth: int) -> tuple[list[Millis], dict[str, list[int]]]:
        """Return the last 24 hour starts and the red and yellow cells of a level at each."""
        flows = self._rollup.flows
        starts = [flows.start + (self._hour() - back) * HOUR for back in range(23, -1, -1)]
        return starts, self._city.colours.trend(self.first, self.last, depth, starts)

    def readings(self) -> list[Reading]:
        """Return what the sources of the same plugin said last in the scope, by source and key."""
        return self._city.readings.of(self._plugin, self.first, self.last)

    def devices(self, limit: int) -> list[Device]:
        """Return the devices in the scope that readings speak of, those in need first."""
        return self._city.readings.devices(self.first, self.last)[: max(0, limit)]

    def month(self, metric: str, position: int | None = None) -> Month:
        """Return a flow of a cell in this month's whole days, and on those of the last month."""
        row, at = self._rollup.flows.row[metric], self._inside(position)
        made = self._rollup.months.made()
        if made is None or not made.days:
            return Month(0, None, None)
        before = None if made.before is None else int(made.before[row, at])
        return Month(made.days, int(made.this[row, at]), before)

    def staff(self, position: int | None = None) -> list[Officer]:
        """Return who works for a cell now beside its chief; nobody below the clearance of staff."""
        at, staff = self._inside(position), self._city.staff
        if staff is None or self.clearance < Clearance.STAFF:
            return []
        return list(staff(self.tree.cells[at], self.now))

    def units_here(self, limit: int) -> list[UnitLoad]:
        """Return the units that hold open cases of the scope, the most overdue first.

        Their records are of the scope too.
        A wide scope has those that are seated in it: they are counted, and nothing is read.
        """
        if self.last - self.first >= unit_work.FEW_CELLS:
            return self.unit_loads()[: max(0, limit)]
        found = unit_work.unit_work(self._connection(), self._viewer, self.now, limit)
        seats, records = self._city.seats, self._rollup.records.within(self.first, self.last)
        return [
            UnitLoad(seats[u][0], held, late, records.get(u, NOTHING_HANDLED))
            for u, held, late in found
            if u in seats
        ]

    def _hour(self) -> int:
        flows = self._rollup.flows
        return min(max(0, (self.now - flows.start) // HOUR), 23)

    def _inside(self, position: int | None) -> int:
        at = self.first if position is None else position
        if not self.first <= at <= self.last:
            raise NotFound(f"cell at {at} lies outside {self.scope.code}")
        return at


def _without_persons(change: ColourChange) -> ColourChange:
    """Return a change without its chief and without who checked, who are persons."""
    check = change.checked and replace(change.checked, by="", note="", photo=None)
    return replace(change, owner="", checked=check)
