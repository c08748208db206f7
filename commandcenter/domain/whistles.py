"""Whistles (吹哨报到): a lower level calls, the called units come. Acts, who may, and when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from commandcenter.domain.cells import Level, Tree
from commandcenter.domain.clocks import DAY, MINUTE, Millis
from commandcenter.domain.coordination import CallState
from commandcenter.domain.matters import Unit
from commandcenter.domain.rights import Right, named
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import Forbidden, IllegalMove, Invalid, NotFound


class WhistleState(StrEnum):
    """Where a whistle stands as a whole."""

    OPEN = "open"
    ENDED = "ended"
    """All that were called are done."""
    RECALLED = "recalled"


class Act(StrEnum):
    """What can happen in a whistle; `late` and `end` come by rule."""

    CALL = "call"
    REPORT_IN = "report_in"
    ACT = "act"
    DONE = "done"
    LATE = "late"
    RATE = "rate"
    END = "end"
    RECALL = "recall"


class Side(StrEnum):
    """Who gives an act: the level that whistles or the unit that is called."""

    CALLER = "caller"
    CALLED = "called"


C = CallState
SAME = None
LATE = "late"
"""In the log of acts: how a call stands whose unit has not come and whose time is over."""


@dataclass(frozen=True, slots=True)
class Rule:
    """From which states of a call an act leads where, and which side gives it.

    Skipping forward is allowed: a unit that acts has come.
    """

    act: Act
    sources: tuple[CallState, ...]
    target: CallState | None
    sides: tuple[Side, ...]


RULES = (
    Rule(Act.REPORT_IN, (C.CALLED,), C.REPORTED_IN, (Side.CALLED,)),
    Rule(Act.ACT, (C.CALLED, C.REPORTED_IN), C.ACTING, (Side.CALLED,)),
    Rule(Act.DONE, (C.CALLED, C.REPORTED_IN, C.ACTING), C.DONE, (Side.CALLED,)),
    Rule(Act.RATE, (C.REPORTED_IN, C.ACTING, C.DONE), SAME, (Side.CALLER, Side.CALLED)),
)
"""What may be done with a call; a whistle that has ended allows ratings alone."""
REPORT_IN_LIMIT: Millis = 30 * MINUTE
"""What a called unit has for reporting in where the caller says nothing else."""
LONGEST_LIMIT: Millis = 30 * DAY
MOST_UNITS = 50
WORST, BEST = 1, 5
"""Ratings."""


def legal_acts(state: CallState, is_open: bool = True) -> tuple[Act, ...]:
    """Return the acts that are legal in a state of a call."""
    return tuple(
        rule.act for rule in RULES if state in rule.sources and (is_open or rule.target is SAME)
    )


def next_state(state: CallState, act: Act, is_open: bool = True) -> CallState:
    """Return a call's state after an act; raises IllegalMove."""
    legal = legal_acts(state, is_open)
    if act not in legal:
        stands = state if is_open else f"{state} in a whistle that has ended"
        raise IllegalMove(
            f"cannot {act} a call that is {stands}; legal now: {', '.join(legal) or 'nothing'}",
            tuple(legal),
        )
    rule = next(rule for rule in RULES if rule.act is act)
    return state if rule.target is None else rule.target


@dataclass(frozen=True, slots=True)
class Summons:
    """What somebody whistles for: whom, to which place, by when and why.

    `cell` is the position of the place, `depth` the level that whistles (None: the lowest one that
    may, at or above the place). `key` is the caller's own name for it: the same again is the same
    whistle.
    """

    cell: int
    title: str
    units: tuple[str, ...]
    due: Millis | None = None
    depth: int | None = None
    reason: str = ""
    place: str = ""
    lng: float | None = None
    lat: float | None = None
    case_id: int | None = None
    key: str | None = None


@dataclass(frozen=True)
class Ground:
    """Where whistles and directives are given: the tree, its levels, the units with their seats."""

    tree: Tree
    lowest: int
    """The depth of the lowest level that coordinates."""
    units: Mapping[str, Unit]

    @classmethod
    def of(cls, tree: Tree, levels: Sequence[Level], units: Iterable[Unit]) -> "Ground":
        """Return the ground of a city."""
        lowest = max(depth for depth, level in enumerate(levels) if level.coordinates)
        return cls(tree, lowest, {unit.code: unit for unit in units})

    def depth_of(self, viewer: Viewer) -> int:
        """Return the level of a viewer's scope."""
        return int(self.tree.depth[self.tree.position[viewer.scope]])

    def seat(self, unit: str) -> int:
        """Return the position of a unit's cell."""
        return self.tree.position[self.units[unit].cell]

    def may_act_for(self, viewer: Viewer, unit: str) -> bool:
        """Tell whether a viewer speaks for a unit: as one of it, or as the desk of its level or one
        above, which it has told by telephone.
        """
        if viewer.unit is not None or viewer.role is not Role.DUTY_OFFICER:
            return viewer.may(Right.ANSWER_CALL) and viewer.unit == unit
        return viewer.sees(self.seat(unit))


def require_caller(ground: Ground, viewer: Viewer, depth: int) -> None:
    """Raise Forbidden for who may not whistle for a level."""
    if not viewer.may(Right.WHISTLE):
        raise Forbidden(f"a whistle is blown by {', '.join(named(Right.WHISTLE))}")
    if viewer.role is not Role.SOURCE and ground.depth_of(viewer) > depth:
        raise Forbidden("a level whistles for itself and for those below it, not for one above")


def require_called(ground: Ground, viewer: Viewer, unit: str) -> None:
    """Raise Forbidden for who may not act for a called unit."""
    if viewer.role is not Role.SOURCE and not ground.may_act_for(viewer, unit):
        raise Forbidden(f"{unit} answers for itself, or the desk of its level does")


def checked(ground: Ground, viewer: Viewer, given: Summons, at: Millis) -> Summons:
    """Return a summons with its level and time; raises Invalid, Forbidden or NotFound."""
    tree = ground.tree
    if not viewer.sees(given.cell):
        raise NotFound("no such cell")
    at_depth = min(int(tree.depth[given.cell]), ground.lowest)
    depth = at_depth if given.depth is None else given.depth
    if not 1 <= depth <= at_depth:
        raise Invalid(f"a level from 1 to {at_depth} can whistle to that cell", "depth")
    require_caller(ground, viewer, depth)
    due = at + REPORT_IN_LIMIT if given.due is None else given.due
    if not at < due <= at + LONGEST_LIMIT:
        raise Invalid("must lie in the next thirty days", "due")
    _check_units(ground, given.units, tree.ancestors(given.cell), depth)
    return Summons(
        given.cell, given.title, tuple(dict.fromkeys(given.units)), due, depth, given.reason,
        given.place, given.lng, given.lat, given.case_id, given.key,
    )  # fmt: skip


def _check_units(ground: Ground, units: tuple[str, ...], line: list[int], depth: int) -> None:
    if not 1 <= len(units) <= MOST_UNITS:
        raise Invalid(f"name 1 to {MOST_UNITS} units", "units")
    for unit in units:
        if unit not in ground.units:
            raise Invalid(f"{unit} is no unit of this city", "units")
        seat = ground.seat(unit)
        if seat not in line or int(ground.tree.depth[seat]) > depth:
            raise Invalid(
                f"{unit} is not responsible there, or sits below the level that whistles", "units"
            )
