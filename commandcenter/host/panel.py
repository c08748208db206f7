"""What a panel is: parts, and a pure function from a view of the city to their values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from commandcenter.domain.cases import NO_MARKS, Mark, State
from commandcenter.domain.cells import Cell, Level, Officer, Tree
from commandcenter.domain.checks import Checked
from commandcenter.domain.clocks import Calendar, Millis
from commandcenter.domain.colours import Colour
from commandcenter.domain.coordination import LevelStatus
from commandcenter.domain.indices import Index
from commandcenter.domain.matters import Channel, Matter, Unit
from commandcenter.domain.rights import Block
from commandcenter.domain.text import Text
from commandcenter.host.coordination import (
    DirectiveLine,
    FourLists,
    LateCell,
    PartLine,
    WhistleLine,
)
from commandcenter.host.kit import AnyPart
from commandcenter.host.readings import Device, Reading


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case as a board shows it: no person, no description.

    `depth` is the level that holds it, `warn` the instant from which its clock is yellow. `parts`
    are said of cross cases alone, and only where those were asked for.
    """

    id: int
    title: str
    channel: str
    matter: str | None
    cell: int
    unit: str | None
    state: State
    reported_at: Millis
    since: Millis
    due: Millis | None
    supervised: bool
    depth: int = 0
    marks: Mark = NO_MARKS
    warn: Millis | None = None
    parts: tuple[PartLine, ...] = ()


@dataclass(frozen=True, slots=True)
class ColourChange:
    """A cell that changed its colour, and why; `checked` is when somebody looked last."""

    cell: int
    at: Millis
    before: Colour
    after: Colour
    rule: str
    words: str
    owner: str
    next_check: Millis
    checked: Checked | None = None


class UnitRecord(NamedTuple):
    """How many cases a unit handled in thirty days, how many of them were judged, and in time.

    A case that was handled twice counts twice.
    """

    handled: int = 0
    judged: int = 0
    in_time: int = 0

    @property
    def on_time(self) -> float | None:
        """The share in time of what was judged, None where nothing was."""
        return self.in_time / self.judged if self.judged else None


NOTHING_HANDLED = UnitRecord()


@dataclass(frozen=True, slots=True)
class UnitLoad:
    """What a unit holds now, and what it has handled."""

    unit: Unit
    held: int
    overdue: int
    record: UnitRecord = NOTHING_HANDLED


class Month(NamedTuple):
    """How often something happened in the month so far and on the same days of the last one.

    `days` are the whole days that count, up to yesterday; None stands for not known.
    """

    days: int
    this: int | None
    before: int | None


class View(Protocol):
    """What a panel sees: counts and cases of one scope, nothing outside it.

    Positions are pre-order positions in `tree`, from `first` to `last` for the scope.
    """

    tree: Tree
    levels: Sequence[Level]
    calendar: Calendar
    scope: Cell
    first: int
    last: int
    now: Millis
    language: str
    clearance: int
    options: Mapping[str, Any]
    channels: Mapping[str, Channel]
    matters: Mapping[str, Matter]
    indices: Sequence[Index]

    def t(self, words: str, **values: object) -> str:
        """Translate a Chinese source string into the viewer's language and fill it."""

    def count(self, metric: str, position: int | None = None) -> int:
        """Return a count of a cell in the scope (default: the scope itself)."""

    def counts(self, metric: str) -> NDArray[np.int32]:
        """Return the counts of all cells of the scope, index 0 is position `first`."""

    def children(self, position: int | None = None) -> list[int]:
        """Return the positions of the children of a cell in the scope."""

    def hours(self) -> tuple[list[Millis], list[int], list[float | None]]:
        """Return the last 24 hour starts, reports in each, and the usual for each."""

    def step_age(self, state: State) -> float | None:
        """Return the mean seconds that the cases now in a state have been there, None for none."""

    def level_status(self) -> list[tuple[Level, LevelStatus]]:
        """Return what each coordinating level holds and was called to in the scope, and its state.
        """

    def unit_loads(self) -> list[UnitLoad]:
        """Return the units in the scope that hold cases, the most overdue first."""

    def unit(self, code: str) -> Unit | None:
        """Return a unit of the city by its code, wherever it is seated, None where none has it."""

    def newest(self, limit: int) -> list[CaseLine]:
        """Return the newest cases of the scope."""

    def most_overdue(self, limit: int) -> list[CaseLine]:
        """Return the cases of the scope whose clocks ran out longest ago."""

    def next_due(self, limit: int) -> list[CaseLine]:
        """Return the cases of the scope whose clocks run out next, the soonest first."""

    def supervised_cases(self, limit: int) -> list[CaseLine]:
        """Return the open cases of the scope that are supervised, those due first before others."""

    def marked(self, mark: Mark, limit: int) -> list[CaseLine]:
        """Return the open cases of the scope that bear a mark, the newest first; cross cases have
        their parts.
        """

    def whistles(self, limit: int) -> list[WhistleLine]:
        """Return the open whistles of the scope, the longest waiting first."""

    def directives(self, limit: int) -> list[DirectiveLine]:
        """Return the live directives with cells in the scope, the newest first."""

    def directive_progress(self, id: int) -> NDArray[np.int32]:
        """Return how many cells of a live directive are how far, [4, cells of the scope].

        Rows are those of `CellProgress`; a cell counts all that lies under it. Raises NotFound for
        a directive that is not live in the scope.
        """

    def late_cells(self, id: int, limit: int) -> list[LateCell]:
        """Return the cells of the scope that are not done with a directive after its deadline, the
        furthest behind first; empty before the deadline.
        """

    def four_lists(self, unit: str | None = None) -> FourLists:
        """Return what stands on the four lists of the scope, or of a unit in it."""

    def colours(self) -> NDArray[np.int8]:
        """Return the colour of all cells of the scope, 0 for unknown."""

    def colour_changes(self, limit: int) -> list[ColourChange]:
        """Return the newest changes to red in the scope whose cell is still red."""

    def reason(self) -> ColourChange | None:
        """Return why the scope itself has its colour, None while it never changed."""

    def colour_trend(self, depth: int) -> tuple[list[Millis], dict[str, list[int]]]:
        """Return the last 24 hour starts and the number of red and yellow cells of a level then."""

    def recent(self) -> tuple[NDArray[np.int32], NDArray[np.float32] | None]:
        """Return the reports of this hour and the one before for all cells of the scope, and the
        usual for the same span of time (None while less than a week is known).
        """

    def readings(self) -> list[Reading]:
        """Return what the sources of the same plugin said last in the scope, by source and key."""

    def devices(self, limit: int) -> list[Device]:
        """Return the devices in the scope that readings speak of, those in need first."""

    def month(self, metric: str, position: int | None = None) -> Month:
        """Return a flow of a cell in this month's whole days, and on those of the last month."""

    def staff(self, position: int | None = None) -> list[Officer]:
        """Return who works for a cell now beside its chief; nobody below the clearance of staff."""

    def units_here(self, limit: int) -> list[UnitLoad]:
        """Return the units that hold open cases of the scope, wherever they are seated, with what
        they hold in it, the most overdue first; in a scope of over 100 cells those seated in it.
        """


@dataclass(frozen=True)
class Panel:
    """A panel: `render` gets a view and returns a value for each part, by name.

    `pace` is how often it may change: numbers 10 to 20, charts 2 a second, slow once in `interval`
    seconds. `interval` is the age in seconds after which a value is late. `columns` is the number
    of columns its parts are set in.
    """

    key: str
    title: Text
    parts: tuple[AnyPart, ...]
    render: Callable[[View], Mapping[str, Any]]
    pace: Literal["numbers", "charts", "slow"] = "numbers"
    interval: float = 10.0
    columns: int = 1
    formula: Text | None = None
    """Words that explain the numbers, shown on demand."""
    block: Block = Block.CASES
    """The kind of data it shows: who lacks the block does not see the panel."""


@dataclass(frozen=True)
class RiskRule:
    """A rule that colours cells.

    `grade` gets a `View` of the rule's scope and returns an int8 array of `Colour` values for its
    cells, 0 where it has nothing to say. `explain` gives the reason for one position in words,
    with `owner` and check interval from the host. It is called only for cells that changed.
    """

    key: str
    title: Text
    grade: Callable[[View], NDArray[np.int8]]
    explain: Callable[[View, int], str]
    check_hours: float = 2.0


