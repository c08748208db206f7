"""The ways that the desk's queues walk: which index, in which order, what is left to look at.

Long: a queue's index, its order and its conditions are to be read beside each other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, TextClause, and_, or_, select, text, union_all

from commandcenter.cases import veil
from commandcenter.cases.queries import WIDE_SCOPE
from commandcenter.domain.cases import CLOCKED, OPEN, Mark, State
from commandcenter.domain.clocks import Millis
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Viewer
from commandcenter.host.coordination import LIST_STATES
from commandcenter.store.desk_tables import parts
from commandcenter.store.tables import cases

S = State
Anchor = tuple[int, ...]
"""Where a page ended: the values of its order in the last row."""
Clause = ColumnElement[bool] | TextClause
Condition = Callable[[Any], ColumnElement[bool]]
"""From the columns of the rows that were walked to what must hold of them."""


class Queue(StrEnum):
    """What waits at the desk, and for whom."""

    TO_FILE = "to_file"
    TO_DISPATCH = "to_dispatch"
    TO_VERIFY = "to_verify"
    RETURNED = "returned"
    LIKELY = "likely"
    OVERDUE = "overdue"
    SOON = "soon"
    SUPERVISED = "supervised"
    CROSS = "cross"
    WHISTLED = "whistled"
    TO_TAKE_UP = "to_take_up"
    HANDLING = "handling"
    SUSPENDED = "suspended"
    PARTS = "parts"
    ALL = "all"
    LISTED = "listed"
    HANDED_OVER = "handed_over"
    BEING_DONE = "being_done"
    CLEARED = "cleared"


LISTS = (Queue.LISTED, Queue.HANDED_OVER, Queue.BEING_DONE, Queue.CLEARED)
"""The four lists; what is cleared is what was closed today."""
STATES_OF: Mapping[Queue, tuple[State, ...]] = {
    Queue.TO_FILE: (S.REPORTED,),
    Queue.TO_DISPATCH: (S.FILED,),
    Queue.TO_VERIFY: (S.HANDLED,),
    Queue.TO_TAKE_UP: (S.DISPATCHED,),
    Queue.HANDLING: (S.HANDLING,),
    Queue.SUSPENDED: (S.SUSPENDED,),
    **{queue: LIST_STATES[queue] for queue in LISTS},
}
MARK_OF = {
    Queue.RETURNED: Mark.RETURNED,
    Queue.LIKELY: Mark.LIKELY,
    Queue.CROSS: Mark.CROSS,
    Queue.WHISTLED: Mark.WHISTLED,
}
BY_DUE = (Queue.OVERDUE, Queue.SOON)
NEWEST_FIRST = (Queue.ALL, Queue.SUPERVISED, Queue.CLEARED)
"""In the others what has waited longest comes first."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which cases of a queue: all conditions that are given must hold at the city's time `now`.

    `first` and `last` are a range of cells, `since` and `until` bound the report, `ids` are those
    that a search found; `is_reversed` turns the queue's own order. `day` is when today began.
    """

    queue: Queue
    first: int
    last: int
    now: Millis
    state: State | None = None
    matter: str | None = None
    unit: str | None = None
    channel: str | None = None
    overdue: bool = False
    since: Millis | None = None
    until: Millis | None = None
    ids: tuple[int, ...] | None = None
    is_reversed: bool = False
    day: Millis = 0


LINE = (
    cases.c.id, cases.c.title, cases.c.channel, cases.c.matter, cases.c.cell, cases.c.unit,
    cases.c.state, cases.c.depth, cases.c.reported_at, cases.c.since, cases.c.due, cases.c.warn,
    cases.c.supervised, cases.c.marks, cases.c.version,
    cases.c.closed_at, *veil.REPORTER,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Path:
    """One index to walk: branches of conditions, and the columns of the order."""

    branches: tuple[tuple[Clause, ...], ...]
    order: tuple[str, ...] = ("id",)
    descending: bool = True
    done: frozenset[str] = frozenset()
    """Fields of the wish that the path itself decides."""
    is_sorted: bool = False
    """The index has another order than the page: its rows are gathered and sorted."""


def path_of(viewer: Viewer, wish: Wish) -> Path:
    """Return the index that leaves least to look at."""
    descending = (wish.queue in NEWEST_FIRST) != wish.is_reversed
    unit = _unit(viewer, wish)
    if wish.ids is not None:
        return Path(((cases.c.id.in_(wish.ids),),), descending=descending, done=frozenset({"ids"}))
    if wish.queue is Queue.PARTS:
        mine = select(parts.c.case_id).where(
            parts.c.unit == (unit or ""), parts.c.done_at.is_(None)
        )
        found = ((cases.c.id.in_(mine),),)
        return Path(found, descending=descending, done=frozenset({"unit"}))
    if wish.queue is Queue.CLEARED:
        cleared = (cases.c.closed_at.is_not(None), cases.c.closed_at >= wish.day)
        return Path((cleared,), ("closed_at", "id"), descending, frozenset({"cleared"}))
    if unit is not None:
        branches = tuple((cases.c.unit == unit, cases.c.state == s) for s in states_of(wish))
        return Path(branches, descending=descending, done=frozenset({"unit", "state"}))
    if wish.queue in BY_DUE or (wish.queue is Queue.ALL and wish.overdue):
        return _by_due(wish)
    if mark := MARK_OF.get(wish.queue):
        return Path(((_by_mark(mark),),), descending=descending)
    if wish.queue is Queue.SUPERVISED:
        return Path(((text("supervised"),),), descending=descending)
    return _by_rest(viewer, wish, descending)


def _by_rest(viewer: Viewer, wish: Wish, descending: bool) -> Path:
    states = states_of(wish)
    if len(states) == 1 and states[0] in OPEN:
        found = ((cases.c.state == states[0].value,),)
        return Path(found, descending=descending, done=frozenset({"state"}))
    if wish.queue in LISTS:
        each = tuple((cases.c.state == state.value,) for state in states)
        return Path(each, descending=descending, done=frozenset({"state"}))
    first, last = _range(viewer, wish)
    if last - first < WIDE_SCOPE and not (first == 0 and last == viewer.last):
        within: tuple[Clause, ...] = (cases.c.cell.between(first, last),)
        if wish.matter is None:
            done = frozenset({"cell"})
            return Path((within,), descending=descending, done=done, is_sorted=True)
        # Two lists of ids that indexes hold, so that only cases on both are looked at; `+ 0` says
        # that the first of them is the one to walk.
        other = cases.alias("alike")
        alike = select(other.c.id).where(other.c.matter == wish.matter)
        both = (*within, (cases.c.id + 0).in_(alike))
        return Path(
            (both,), descending=descending, done=frozenset({"cell", "matter"}), is_sorted=True
        )
    if wish.matter is not None:
        found = ((cases.c.matter == wish.matter,),)
        return Path(found, descending=descending, done=frozenset({"matter"}))
    if wish.since is not None or wish.until is not None:
        order = ("reported_at", "id")
        return Path((_in_time(wish, cases.c),), order, descending, frozenset({"time"}))
    return Path(((),), descending=descending)


def _by_due(wish: Wish) -> Path:
    is_soon = wish.queue is Queue.SOON
    bound = cases.c.due > wish.now if is_soon else cases.c.due <= wish.now
    branch = (cases.c.due.is_not(None), bound)
    # Only states with a limit have a clock that ends.
    done = {"overdue"} if wish.state else {"overdue", "state"}
    return Path((branch,), ("due", "id"), wish.is_reversed, frozenset(done))


def _by_mark(mark: Mark) -> TextClause:
    """Return what finds a mark in the index of sums of marks, which cannot look for one bit.

    As literals: a partial index is found by what the statement says, not by its parameters.
    """
    sums = ", ".join(str(marks) for marks in range(1, sum(Mark) + 1) if marks & mark)
    return text(f"marks <> 0 AND marks IN ({sums})")


def states_of(wish: Wish) -> tuple[State, ...]:
    """Return the states that a wish allows; none for one that contradicts itself."""
    own = STATES_OF.get(wish.queue)
    if own is not None:
        return tuple(state for state in own if wish.state in (None, state))
    if wish.queue is Queue.SOON and wish.overdue:
        return ()
    may = CLOCKED if wish.queue in BY_DUE or wish.overdue else frozenset(State)
    return tuple(s for s in State if s in may and wish.state in (None, s))


def _unit(viewer: Viewer, wish: Wish) -> str | None:
    """Return whose cases are asked for: who is of a unit sees the desk cut to it."""
    if viewer.role is Role.UNIT_OFFICER:
        return viewer.unit or ""
    return wish.unit


def _range(viewer: Viewer, wish: Wish) -> tuple[int, int]:
    return max(wish.first, viewer.first), min(wish.last, viewer.last)


def walk(path: Path, anchor: Anchor | None, limit: int) -> Select[Any]:
    """Return the rows of a path in order after the anchor, `limit` of them."""
    after = _after(path, anchor)
    if len(path.branches) == 1:
        query = select(*LINE).where(*path.branches[0], *after)
        return query.order_by(*_order(path, cases.c)).limit(limit)
    branches = [
        select(
            select(*LINE).where(*branch, *after).order_by(*_order(path, cases.c)).limit(limit)
            .subquery()
        )
        for branch in path.branches
    ]  # fmt: skip
    together = union_all(*branches).subquery("together")
    return select(together).order_by(*_order(path, together.c)).limit(limit)


def _order(path: Path, columns: Any) -> list[ColumnElement[Any]]:
    return [columns[n].desc() if path.descending else columns[n].asc() for n in path.order]


def _after(path: Path, anchor: Anchor | None) -> tuple[ColumnElement[bool], ...]:
    if anchor is None or len(anchor) != len(path.order):
        return ()
    # Where rows are sorted anyway, the anchor must not make the order's own index look cheaper.
    columns = [cases.c[n] + 0 if path.is_sorted else cases.c[n] for n in path.order]
    beyond = [
        column < value if path.descending else column > value
        for column, value in zip(columns, anchor, strict=True)
    ]
    if len(anchor) == 1:
        return (beyond[0],)
    column, value = cases.c[path.order[0]], anchor[0]
    bound = column <= value if path.descending else column >= value
    return (bound, or_(beyond[0], beyond[1]))


def rest_of(viewer: Viewer, wish: Wish, path: Path) -> list[Condition]:
    """Return what the path has not decided."""
    found: list[Condition] = []
    first, last = _range(viewer, wish)
    is_whole = first == 0 and last == viewer.last
    if not is_whole and "cell" not in path.done:
        found.append(lambda c: c.cell.between(first, last))
    states = states_of(wish)
    if len(states) < len(State) and "state" not in path.done:
        found.append(lambda c: c.state.in_([state.value for state in states]))
    exact = {"matter": wish.matter, "channel": wish.channel, "unit": _unit(viewer, wish)}
    found += [
        partial(_equals, name, value)
        for name, value in exact.items()
        if value is not None and name not in path.done
    ]
    if wish.overdue and "overdue" not in path.done:
        found.append(lambda c: and_(c.due.is_not(None), c.due <= wish.now))
    if (wish.since is not None or wish.until is not None) and "time" not in path.done:
        found.append(lambda c: and_(*_in_time(wish, c)))
    return found + _own(wish, path)


def _equals(name: str, value: str, columns: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = columns[name] == value
    return found


def _own(wish: Wish, path: Path) -> list[Condition]:
    """Return what makes the queue itself, where another index is walked."""
    found: list[Condition] = []
    if wish.queue in BY_DUE and "overdue" not in path.done:
        is_soon = wish.queue is Queue.SOON
        found.append(lambda c: c.due > wish.now if is_soon else c.due <= wish.now)
    others = "ids" in path.done or "unit" in path.done
    if (mark := MARK_OF.get(wish.queue)) and others:
        found.append(lambda c: c.marks.bitwise_and(int(mark)) != 0)
    if wish.queue is Queue.CLEARED and "cleared" not in path.done:
        found.append(lambda c: and_(c.closed_at.is_not(None), c.closed_at >= wish.day))
    if wish.queue is Queue.SUPERVISED and others:
        found.append(lambda c: c.supervised)
    return found


def _in_time(wish: Wish, columns: Any) -> tuple[ColumnElement[bool], ...]:
    bounds: list[ColumnElement[bool]] = []
    if wish.since is not None:
        bounds.append(columns.reported_at >= wish.since)
    if wish.until is not None:
        bounds.append(columns.reported_at < wish.until)
    return tuple(bounds)
