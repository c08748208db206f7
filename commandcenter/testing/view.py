"""A view over given numbers, so that a panel or a rule can be tried without a server.

Long: it has a short method for each thing that a view can be asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commandcenter.domain.cases import OPEN, Mark, State
from commandcenter.domain.cells import Cell, Level, Officer, Tree
from commandcenter.domain.clocks import HOUR, Calendar, Millis
from commandcenter.domain.coordination import CellProgress, LevelStatus, answers_for
from commandcenter.domain.indices import Index
from commandcenter.domain.matters import Channel, Matter, Unit
from commandcenter.domain.viewers import Clearance
from commandcenter.errors import NotFound
from commandcenter.host.coordination import (
    DirectiveLine,
    FourLists,
    LateCell,
    Listed,
    ProgressCounts,
    WhistleLine,
    added,
    four_lists,
)
from commandcenter.host.panel import CaseLine, ColourChange, Month, UnitLoad
from commandcenter.host.readings import Device, Reading, by_need, device_of
from commandcenter.host.words import Words
from commandcenter.testing.city import CHANNELS, LEVELS, MATTERS, small_city, small_data, small_tree

NOW: Millis = 1_780_300_800_000
"""2026-06-01 16:00 in Shanghai, a Monday."""
BY_LEVEL = {
    "held": "held", "overdue": "overdue", "waiting": "waiting", "new": "new_today", "soon": "soon",
    "called": "whistles_waiting", "called_late": "whistles_late",
}  # fmt: skip
"""The field of a level's status by the name of its metric."""
Numbers = Mapping[str, int] | Sequence[int] | NDArray[np.integer[Any]]


@dataclass
class FakeView:
    """A view of the small city, or of any tree, over numbers that a test gives.

    `given` has the counts by metric: either an array with one entry per cell of the tree, or a
    mapping from cell codes to counts, which are added up to the cells above. A metric that is not
    given counts 0. `at` is the code of the scope (empty: the city).
    """

    given: Mapping[str, Numbers] = field(default_factory=dict)
    at: str = ""
    tree: Tree = field(default_factory=small_tree)
    levels: Sequence[Level] = LEVELS
    calendar: Calendar = field(default_factory=lambda: small_city().calendar)
    now: Millis = NOW
    language: str = "zh"
    clearance: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    channels: Mapping[str, Channel] = field(default_factory=lambda: {c.key: c for c in CHANNELS})
    matters: Mapping[str, Matter] = field(default_factory=lambda: {m.code: m for m in MATTERS})
    indices: Sequence[Index] = ()
    words: Words = field(default_factory=lambda: Words("zh", []))
    reports: Sequence[int] = (0,) * 24
    usual: Sequence[float | None] = (None,) * 24
    ages: Mapping[State, float] = field(default_factory=dict)
    units: Sequence[Unit] = field(default_factory=lambda: small_data().units)
    loads: Sequence[UnitLoad] = ()
    cases: Sequence[CaseLine] = ()
    coloured: Numbers = field(default_factory=dict)
    changes: Sequence[ColourChange] = ()
    trend: Mapping[str, Sequence[int]] = field(default_factory=dict)
    just_reported: Numbers = field(default_factory=dict)
    just_usual: Sequence[float] | None = None
    said: Sequence[Reading] = ()
    whistled: Sequence[WhistleLine] = ()
    directed: Sequence[DirectiveLine] = ()
    progressed: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    """By directive and the code of a cell that it is issued to, how far the cell is."""
    unit_lists: Mapping[str, FourLists] = field(default_factory=dict)
    works_here: Sequence[UnitLoad] = ()
    officers: Mapping[str, Sequence[Officer]] = field(default_factory=dict)
    days: int = 0
    """Whole days of the month so far, with what happened on them and on the same days before."""
    this_month: Mapping[str, Numbers] = field(default_factory=dict)
    last_month: Mapping[str, Numbers] | None = None

    def __post_init__(self) -> None:
        code = self.at or self.tree.cells[0].code
        self.first, self.last = self.tree.range_of(code)
        self.scope: Cell = self.tree[code]

    def t(self, words: str, **values: object) -> str:
        """Translate and fill a Chinese source string."""
        return self.words(words, **values)

    def count(self, metric: str, position: int | None = None) -> int:
        """Return a count of a cell; raises IndexError for one outside the scope."""
        at = self._inside(position)
        return int(self._all(self.given.get(metric, {}))[at])

    def counts(self, metric: str) -> NDArray[np.int32]:
        """Return the counts of all cells of the scope."""
        return self._all(self.given.get(metric, {}))[self.first : self.last + 1]

    def children(self, position: int | None = None) -> list[int]:
        """Return the positions of the children of a cell in the scope."""
        return self.tree.children(self._inside(position))

    def hours(self) -> tuple[list[Millis], list[int], list[float | None]]:
        """Return the last 24 hour starts with the given reports and the usual."""
        return self._hour_starts(), list(self.reports), list(self.usual)

    def step_age(self, state: State) -> float | None:
        """Return the given age of a state in seconds."""
        return self.ages.get(state)

    def level_status(self) -> list[tuple[Level, LevelStatus]]:
        """Return each coordinating level with its counts, as held.N and overdue.N of level N."""
        return [
            (level, self._status(depth))
            for depth, level in enumerate(self.levels)
            if level.coordinates
        ]

    def unit_loads(self) -> list[UnitLoad]:
        """Return the given loads of units in the scope."""
        inside = (x for x in self.loads if self._sees(self.tree.position[x.unit.cell]))
        return sorted(inside, key=lambda x: (-x.overdue, -x.held, x.unit.code))

    def unit(self, code: str) -> Unit | None:
        """Return a unit of the given ones by its code."""
        return next((unit for unit in self.units if unit.code == code), None)

    def newest(self, limit: int) -> list[CaseLine]:
        """Return the newest of the given cases in the scope."""
        return sorted(self._cases(), key=lambda case: -case.reported_at)[:limit]

    def most_overdue(self, limit: int) -> list[CaseLine]:
        """Return the given cases in the scope whose clocks ran out longest ago."""
        late = [(case.due, case) for case in self._cases() if case.due and case.due < self.now]
        return [case for _, case in sorted(late, key=lambda pair: pair[0])][:limit]

    def next_due(self, limit: int) -> list[CaseLine]:
        """Return the given cases in the scope whose clocks run out next."""
        ahead = [(case.due, case) for case in self._cases() if case.due and case.due >= self.now]
        return [case for _, case in sorted(ahead, key=lambda pair: pair[0])][:limit]

    def supervised_cases(self, limit: int) -> list[CaseLine]:
        """Return the given open cases in the scope that are supervised."""
        found = [case for case in self._cases() if case.supervised and case.state in OPEN]
        return sorted(found, key=lambda c: (c.due is None, c.due or 0, c.id))[:limit]

    def marked(self, mark: Mark, limit: int) -> list[CaseLine]:
        """Return the given open cases in the scope that bear a mark."""
        found = [case for case in self._cases() if case.marks & mark and case.state in OPEN]
        return sorted(found, key=lambda case: -case.id)[:limit]

    def whistles(self, limit: int) -> list[WhistleLine]:
        """Return the given whistles in the scope, the longest waiting first."""
        inside = [whistle for whistle in self.whistled if self._sees(whistle.cell)]
        return sorted(inside, key=lambda whistle: (whistle.created_at, whistle.id))[:limit]

    def directives(self, limit: int) -> list[DirectiveLine]:
        """Return the given directives with cells in the scope, the newest first."""
        lines = [self._scoped(line) for line in self.directed]
        found = [line for line in lines if line.total]
        return sorted(found, key=lambda line: (-line.issued_at, -line.id))[:limit]

    def directive_progress(self, id: int) -> NDArray[np.int32]:
        """Return how many cells of a directive are how far, for all cells of the scope."""
        return self._progress(self._line(id))[:, self.first : self.last + 1]

    def late_cells(self, id: int, limit: int) -> list[LateCell]:
        """Return the cells of the scope that are not done after a directive's deadline."""
        line = self._line(id)
        far = self._far(line).items() if line.deadline < self.now else ()
        late = [LateCell(at, p) for at, p in far if self._sees(at) and p < CellProgress.DONE]
        return sorted(late, key=lambda cell: (cell.state, cell.position))[:limit]

    def four_lists(self, unit: str | None = None) -> FourLists:
        """Return what stands on the four lists, from the given counts and directives; of a unit
        what is given for it.
        """
        if unit is not None:
            return self.unit_lists.get(unit, FourLists(*(Listed(0, 0, 0),) * 4))
        lines = self.directives(len(self.directed))
        return four_lists(self.count, added(line.counts for line in lines))

    def colours(self) -> NDArray[np.int8]:
        """Return the given colours of the cells of the scope; they are not added up."""
        colours = self._exact(self.coloured).astype(np.int8)
        return colours[self.first : self.last + 1]

    def colour_changes(self, limit: int) -> list[ColourChange]:
        """Return the given changes in the scope."""
        return [change for change in self.changes if self._sees(change.cell)][:limit]

    def reason(self) -> ColourChange | None:
        """Return the given change of the scope itself."""
        return next((change for change in self.changes if change.cell == self.first), None)

    def colour_trend(self, depth: int) -> tuple[list[Millis], dict[str, list[int]]]:
        """Return the last 24 hour starts with the given trend, the same for each level."""
        return self._hour_starts(), {colour: list(line) for colour, line in self.trend.items()}

    def recent(self) -> tuple[NDArray[np.int32], NDArray[np.float32] | None]:
        """Return the given reports of this hour and the one before, and the usual."""
        reported = self._all(self.just_reported)[self.first : self.last + 1]
        usual = None if self.just_usual is None else np.asarray(self.just_usual, np.float32)
        return reported, usual

    def readings(self) -> list[Reading]:
        """Return the given readings whose cell lies in the scope."""
        root = self.tree.cells[0].code
        placed = [replace(reading, cell=reading.cell or root) for reading in self.said]
        return [r for r in placed if r.cell and self._sees(self.tree.position[r.cell])]

    def devices(self, limit: int) -> list[Device]:
        """Return the devices that the given readings speak of, those in need first."""
        found = map(device_of, self.readings())
        return by_need(device for device in found if device is not None)[:limit]

    def month(self, metric: str, position: int | None = None) -> Month:
        """Return the given flows of the month and of the last one; nothing where no days are."""
        at = self._inside(position)
        if not self.days:
            return Month(0, None, None)
        this = int(self._all(self.this_month.get(metric, {}))[at])
        if self.last_month is None:
            return Month(self.days, this, None)
        return Month(self.days, this, int(self._all(self.last_month.get(metric, {}))[at]))

    def staff(self, position: int | None = None) -> list[Officer]:
        """Return the given officers of a cell; nobody below the clearance of staff."""
        code = self.tree.cells[self._inside(position)].code
        return list(self.officers.get(code, ())) if self.clearance >= Clearance.STAFF else []

    def units_here(self, limit: int) -> list[UnitLoad]:
        """Return the given work of units in the scope."""
        return sorted(self.works_here, key=lambda x: (-x.overdue, -x.held, x.unit.code))[:limit]

    def _status(self, depth: int) -> LevelStatus:
        counts = {field: self.count(f"{name}.{depth}") for name, field in BY_LEVEL.items()}
        lines = self.directives(len(self.directed))
        mine = (line for line in lines if answers_for(self.levels, depth, line.depth_to))
        line = next(mine, None)
        if line is None:
            return LevelStatus(**counts)
        return LevelStatus(
            **counts, directive_cells=line.total, directive_done=line.counts.done,
            directive_late=line.late,
        )  # fmt: skip

    def _scoped(self, line: DirectiveLine) -> DirectiveLine:
        """Return a directive with what is in the scope of it, as given where no cell is."""
        if line.id not in self.progressed:
            return line
        far = [progress for at, progress in self._far(line).items() if self._sees(at)]
        counts = ProgressCounts(*(far.count(progress) for progress in CellProgress))
        late = len(far) - counts.done if line.deadline < self.now else 0
        return replace(line, counts=counts, total=len(far), late=late)

    def _far(self, line: DirectiveLine) -> dict[int, CellProgress]:
        """Return how far each cell is that a directive was issued to, by position."""
        first, last = self.tree.range_of(self.tree.cells[line.cell].code)
        known = self.progressed.get(line.id, {})
        cells = self.tree.cells
        return {
            at: CellProgress(known.get(cells[at].code, CellProgress.ISSUED))
            for at in range(first, last + 1)
            if cells[at].depth == line.depth_to
        }

    def _progress(self, line: DirectiveLine) -> NDArray[np.int32]:
        codes = self.tree.cells
        far = self._far(line).items()
        rows = [{codes[at].code: 1 for at, p in far if p == row} for row in CellProgress]
        return np.stack([self._all(row) for row in rows])

    def _line(self, id: int) -> DirectiveLine:
        line = next((line for line in self.directed if line.id == id), None)
        if line is None or not self._scoped(line).total:
            raise NotFound(f"directive {id} is not live in {self.scope.code}")
        return line

    def _hour_starts(self) -> list[Millis]:
        this = self.now - self.now % HOUR
        return [this - back * HOUR for back in range(23, -1, -1)]

    def _inside(self, position: int | None) -> int:
        at = self.first if position is None else position
        if not self._sees(at):
            raise IndexError(f"position {at} lies outside the scope {self.first}..{self.last}")
        return at

    def _sees(self, position: int) -> bool:
        return self.first <= position <= self.last

    def _cases(self) -> list[CaseLine]:
        return [case for case in self.cases if self._sees(case.cell)]

    def _exact(self, numbers: Numbers) -> NDArray[np.int32]:
        if not isinstance(numbers, Mapping):
            return np.asarray(numbers, np.int32)
        exact = np.zeros(len(self.tree), np.int32)
        for code, number in numbers.items():
            exact[self.tree.position[code]] += number
        return exact

    def _all(self, numbers: Numbers) -> NDArray[np.int32]:
        """Return one count per cell; what is given by code is added up to the cells above."""
        total = self._exact(numbers)
        if isinstance(numbers, Mapping):
            for at in range(len(total) - 1, 0, -1):
                total[self.tree.parent[at]] += total[at]
        return total
