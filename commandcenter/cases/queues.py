"""The desk's queues, page by page: each walks one index from where the last page ended.

A page starts after its anchor, never at an offset. What an index cannot decide is looked at row by
row, and never at more than a budget of rows: where that did not fill the page, the page says how
far back it looked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    func,
    or_,
    select,
    text,
    union_all,
)

from commandcenter.cases.queries import WIDE_SCOPE
from commandcenter.domain.cases import CLOCKED, OPEN, Mark, State
from commandcenter.domain.clocks import Millis
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Viewer
from commandcenter.store.desk_tables import parts
from commandcenter.store.tables import cases

PAGE_LIMIT = 200
BUDGET = 10_000
"""Rows that a page looks at before it gives what it has."""
MOST_BUDGET = 640_000

S = State
Anchor = tuple[int, ...]
"""Where a page ended: the values of its order in the last row."""


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


STATE_OF = {
    Queue.TO_FILE: S.REPORTED,
    Queue.TO_DISPATCH: S.FILED,
    Queue.TO_VERIFY: S.HANDLED,
    Queue.TO_TAKE_UP: S.DISPATCHED,
    Queue.HANDLING: S.HANDLING,
    Queue.SUSPENDED: S.SUSPENDED,
}
MARK_OF = {
    Queue.RETURNED: Mark.RETURNED,
    Queue.LIKELY: Mark.LIKELY,
    Queue.CROSS: Mark.CROSS,
    Queue.WHISTLED: Mark.WHISTLED,
}
BY_DUE = (Queue.OVERDUE, Queue.SOON)
NEWEST_FIRST = (Queue.ALL, Queue.SUPERVISED)
"""In the others what has waited longest comes first."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which cases of a queue: all conditions that are given must hold at the city's time `now`.

    `first` and `last` are a range of cells, `since` and `until` bound the report, `ids` are those
    that a search found; `is_reversed` turns the queue's own order.
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


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A case as a queue shows it: no person, no description."""

    id: int
    title: str
    channel: str
    matter: str | None
    cell: int
    unit: str | None
    state: State
    depth: int
    reported_at: Millis
    since: Millis
    due: Millis | None
    warn: Millis | None
    supervised: bool
    marks: int
    version: int


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Lines in order; `anchor` asks for the next ones, None at the end.

    `reached` is when the last case was reported that was looked at, where the budget ended before
    the page was full.
    """

    lines: list[QueueLine]
    anchor: Anchor | None
    reached: Millis | None = None


LINE = (
    cases.c.id, cases.c.title, cases.c.channel, cases.c.matter, cases.c.cell, cases.c.unit,
    cases.c.state, cases.c.depth, cases.c.reported_at, cases.c.since, cases.c.due, cases.c.warn,
    cases.c.supervised, cases.c.marks, cases.c.version,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Path:
    """One index to walk: branches of conditions, and the columns of the order."""

    branches: tuple[tuple[ColumnElement[bool], ...], ...]
    order: tuple[str, ...] = ("id",)
    descending: bool = True
    done: frozenset[str] = frozenset()
    """Fields of the wish that the path itself decides."""


def page(
    connection: Connection,
    viewer: Viewer,
    wish: Wish,
    anchor: Anchor | None,
    size: int,
    budget: int = BUDGET,
) -> QueuePage:
    """Return the lines after `anchor`, at most PAGE_LIMIT of them."""
    size = max(1, min(size, PAGE_LIMIT))
    budget = max(size + 1, min(budget, MOST_BUDGET))
    if wish.ids == () or not _states(wish):
        return QueuePage([], None)
    path = _path(viewer, wish)
    rest = _rest(viewer, wish, path)
    limit = budget if rest else size + 1
    walked = _walk(path, anchor, limit).subquery("walked")
    columns = walked.c
    query = select(walked).where(*(make(columns) for make in rest)).limit(size + 1)
    rows = connection.execute(query).all()
    lines = [_line(row) for row in rows[:size]]
    if len(rows) > size:
        return QueuePage(lines, _anchor_of(rows[size - 1], path))
    if not rest:
        return QueuePage(lines, None)
    return _cut_short(connection, path, anchor, lines, limit)


def _cut_short(
    connection: Connection, path: _Path, anchor: Anchor | None, lines: list[QueueLine], limit: int
) -> QueuePage:
    """Return a page that did not fill: at the end of the queue, or where the budget ended."""
    walked = _walk(path, anchor, limit).subquery("walked")
    ends = func.min if path.descending else func.max
    counted = connection.execute(select(func.count(), ends(walked.c[path.order[0]]))).one()
    if counted[0] < limit:
        return QueuePage(lines, None)
    last = select(walked).where(walked.c[path.order[0]] == counted[1])
    row = connection.execute(last.order_by(walked.c.id.desc() if not path.descending
                                           else walked.c.id)).first()  # fmt: skip
    assert row is not None
    return QueuePage(lines, _anchor_of(row, path), row.reported_at)


def _path(viewer: Viewer, wish: Wish) -> _Path:
    """Return the index that leaves least to look at."""
    descending = (wish.queue in NEWEST_FIRST) != wish.is_reversed
    unit = _unit(viewer, wish)
    if wish.ids is not None:
        return _Path(((cases.c.id.in_(wish.ids),),), descending=descending, done=frozenset({"ids"}))
    if wish.queue is Queue.PARTS:
        mine = select(parts.c.case_id).where(
            parts.c.unit == (unit or ""), parts.c.done_at.is_(None)
        )
        found = ((cases.c.id.in_(mine),),)
        return _Path(found, descending=descending, done=frozenset({"unit"}))
    if unit is not None:
        branches = tuple((cases.c.unit == unit, cases.c.state == s) for s in _states(wish))
        return _Path(branches, descending=descending, done=frozenset({"unit", "state"}))
    if wish.queue in BY_DUE or (wish.queue is Queue.ALL and wish.overdue):
        return _by_due(wish)
    if mark := MARK_OF.get(wish.queue):
        return _Path(((_by_mark(mark),),), descending=descending)
    if wish.queue is Queue.SUPERVISED:
        return _Path(((text("supervised"),),), descending=descending)
    return _by_rest(viewer, wish, descending)


def _by_rest(viewer: Viewer, wish: Wish, descending: bool) -> _Path:
    states = _states(wish)
    if len(states) == 1 and states[0] in OPEN:
        found = ((cases.c.state == states[0].value,),)
        return _Path(found, descending=descending, done=frozenset({"state"}))
    first, last = _range(viewer, wish)
    if last - first < WIDE_SCOPE and not (first == 0 and last == viewer.last):
        within = ((cases.c.cell.between(first, last),),)
        return _Path(within, descending=descending, done=frozenset({"cell"}))
    if wish.matter is not None:
        found = ((cases.c.matter == wish.matter,),)
        return _Path(found, descending=descending, done=frozenset({"matter"}))
    if wish.since is not None or wish.until is not None:
        order = ("reported_at", "id")
        return _Path((_in_time(wish, cases.c),), order, descending, frozenset({"time"}))
    return _Path(((),), descending=descending)


def _by_due(wish: Wish) -> _Path:
    is_soon = wish.queue is Queue.SOON
    bound = cases.c.due > wish.now if is_soon else cases.c.due <= wish.now
    branch = (cases.c.due.is_not(None), bound)
    return _Path((branch,), ("due", "id"), wish.is_reversed, frozenset({"overdue"}))


def _by_mark(mark: Mark) -> Any:
    """Return what finds a mark in the index of sums of marks, which cannot look for one bit.

    As literals: a partial index is found by what the statement says, not by its parameters.
    """
    sums = ", ".join(str(marks) for marks in range(1, sum(Mark) + 1) if marks & mark)
    return text(f"marks <> 0 AND marks IN ({sums})")


def _states(wish: Wish) -> tuple[State, ...]:
    own = STATE_OF.get(wish.queue)
    if own is not None:
        return (own,) if wish.state in (None, own) else ()
    may = CLOCKED if wish.queue in BY_DUE or wish.overdue else frozenset(State)
    return tuple(s for s in State if s in may and wish.state in (None, s))


def _unit(viewer: Viewer, wish: Wish) -> str | None:
    """Return whose cases are asked for: who is of a unit sees the desk cut to it."""
    if viewer.role is Role.UNIT_OFFICER:
        return viewer.unit or ""
    return wish.unit


def _range(viewer: Viewer, wish: Wish) -> tuple[int, int]:
    return max(wish.first, viewer.first), min(wish.last, viewer.last)


def _walk(path: _Path, anchor: Anchor | None, limit: int) -> Select[Any]:
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


def _order(path: _Path, columns: Any) -> list[ColumnElement[Any]]:
    return [columns[n].desc() if path.descending else columns[n].asc() for n in path.order]


def _after(path: _Path, anchor: Anchor | None) -> tuple[ColumnElement[bool], ...]:
    if anchor is None or len(anchor) != len(path.order):
        return ()
    beyond = [
        cases.c[n] < value if path.descending else cases.c[n] > value
        for n, value in zip(path.order, anchor, strict=True)
    ]
    if len(anchor) == 1:
        return (beyond[0],)
    column, value = cases.c[path.order[0]], anchor[0]
    bound = column <= value if path.descending else column >= value
    return (bound, or_(beyond[0], beyond[1]))


Condition = Any
"""From the columns of the rows that were walked to what must hold of them."""


def _rest(viewer: Viewer, wish: Wish, path: _Path) -> list[Condition]:
    """Return what the path has not decided."""
    found: list[Condition] = []
    first, last = _range(viewer, wish)
    is_whole = first == 0 and last == viewer.last
    if not is_whole and "cell" not in path.done:
        found.append(lambda c: c.cell.between(first, last))
    states = _states(wish)
    if len(states) < len(State) and "state" not in path.done:
        found.append(lambda c: c.state.in_([state.value for state in states]))
    for name in ("matter", "channel", "unit"):
        value = getattr(wish, name)
        if value is not None and name not in path.done:
            found.append(lambda c, name=name, value=value: c[name] == value)
    if wish.overdue and "overdue" not in path.done:
        found.append(lambda c: and_(c.due.is_not(None), c.due <= wish.now))
    if (wish.since is not None or wish.until is not None) and "time" not in path.done:
        found.append(lambda c: and_(*_in_time(wish, c)))
    return found + _own(wish, path)


def _own(wish: Wish, path: _Path) -> list[Condition]:
    """Return what makes the queue itself, where another index is walked."""
    found: list[Condition] = []
    if wish.queue in BY_DUE and "overdue" not in path.done:
        is_soon = wish.queue is Queue.SOON
        found.append(lambda c: c.due > wish.now if is_soon else c.due <= wish.now)
    others = "ids" in path.done or "unit" in path.done
    if (mark := MARK_OF.get(wish.queue)) and others:
        found.append(lambda c: c.marks.bitwise_and(int(mark)) != 0)
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


def _anchor_of(row: Row[Any], path: _Path) -> Anchor:
    return tuple(int(getattr(row, name)) for name in path.order)


def lines(connection: Connection, viewer: Viewer, ids: Sequence[int]) -> list[QueueLine]:
    """Return cases by id, those of the scope, in the order of `ids`; at most PAGE_LIMIT."""
    wanted = list(dict.fromkeys(ids))[:PAGE_LIMIT]
    rows = connection.execute(select(*LINE).where(cases.c.id.in_(wanted)))
    found = {row.id: _line(row) for row in rows if viewer.sees(row.cell)}
    return [found[case_id] for case_id in wanted if case_id in found]


def _line(row: Row[Any]) -> QueueLine:
    return QueueLine(
        row.id, row.title, row.channel, row.matter, row.cell, row.unit, State(row.state), row.depth,
        row.reported_at, row.since, row.due, row.warn, bool(row.supervised), row.marks, row.version,
    )  # fmt: skip
