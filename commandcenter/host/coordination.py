"""What panels see of whistles, directives and the four lists: lines of boards, and counts."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from commandcenter.domain.cases import State
from commandcenter.domain.clocks import Millis
from commandcenter.domain.coordination import CallState, CellProgress
from commandcenter.domain.metrics import calls, state_metric


@dataclass(frozen=True, slots=True)
class CallLine:
    """A unit that was whistled for; `late`: it did not report in by `due`."""

    unit: str
    state: CallState
    due: Millis
    reported_in_at: Millis | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class WhistleLine:
    """An open whistle (吹哨) as a board shows it.

    `cell` and `depth` are the place and the level that whistles. `caller` is a person, empty for
    who may not see persons; `caller_unit` the unit that whistles, if one does.
    """

    id: int
    title: str
    cell: int
    depth: int
    caller: str
    place: str
    due: Millis
    created_at: Millis
    state: str
    case_id: int | None = None
    calls: tuple[CallLine, ...] = ()
    caller_unit: str | None = None


class ProgressCounts(NamedTuple):
    """How many cells of a directive are how far."""

    issued: int
    received: int
    acting: int
    done: int


@dataclass(frozen=True, slots=True)
class DirectiveLine:
    """A live directive (指令), with how far its cells in the scope are.

    `cell` is what it was issued over, from the level `depth_from` to all cells of the level
    `depth_to` in it. Of its cells in the scope, `total`, `late` are not done though `deadline` has
    passed.
    """

    id: int
    title: str
    cell: int
    depth_from: int
    depth_to: int
    issued_at: Millis
    deadline: Millis
    state: str
    counts: ProgressCounts
    total: int
    late: int


class LateCell(NamedTuple):
    """A cell that is not done with a directive after its deadline."""

    position: int
    state: CellProgress


@dataclass(frozen=True, slots=True)
class PartLine:
    """What a unit has to do in a cross case (三跨), by when, and whether it is done."""

    unit: str
    state: str
    is_lead: bool = False
    due: Millis | None = None
    done_at: Millis | None = None


class Listed(NamedTuple):
    """What stands on one of the four lists: cases, called units, cells of directives."""

    cases: int
    calls: int
    cells: int

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self)


@dataclass(frozen=True, slots=True)
class FourLists:
    """The four lists (四单制) of a cell.

    Listed (列单): reported and filed, not given to anybody yet. Handed over (交单): dispatched,
    called, issued. Being done (办单): taken up, reported in, received and acting. Cleared (清单):
    closed today, and done in what is still open of whistles and directives.
    """

    listed: Listed
    handed_over: Listed
    being_done: Listed
    cleared: Listed


LIST_STATES: Mapping[str, tuple[State, ...]] = {
    "listed": (State.REPORTED, State.FILED),
    "handed_over": (State.DISPATCHED,),
    "being_done": (State.HANDLING, State.HANDLED, State.VERIFIED, State.SUSPENDED),
    "cleared": (State.CLOSED, State.ASSESSED),
}
"""Which cases stand on each of the four lists; of those that are closed, the ones of today."""
OPEN_LISTS = ("listed", "handed_over", "being_done")


def added(counts: Iterable[ProgressCounts]) -> ProgressCounts:
    """Return the sum of what several directives count."""
    return ProgressCounts(*(sum(row) for row in zip((0, 0, 0, 0), *counts, strict=True)))


def four_lists(count: Callable[[str], int], cells: ProgressCounts) -> FourLists:
    """Return the four lists from counts by metric, and from how far the cells of directives are."""
    held = {key: sum(count(state_metric(s)) for s in LIST_STATES[key]) for key in OPEN_LISTS}
    called = {state: count(calls(state)) for state in CallState}
    come = called[CallState.REPORTED_IN] + called[CallState.ACTING]
    return FourLists(
        listed=Listed(held["listed"], 0, 0),
        handed_over=Listed(held["handed_over"], called[CallState.CALLED], cells.issued),
        being_done=Listed(held["being_done"], come, cells.received + cells.acting),
        cleared=Listed(count("closed"), called[CallState.DONE], cells.done),
    )
