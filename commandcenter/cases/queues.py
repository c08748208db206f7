"""The desk's queues, page by page: each walks one index from where the last page ended.

A page starts after its anchor, never at an offset. What an index cannot decide is looked at row by
row, and never at more than a budget of rows: where that did not fill the page, the page says how
far back it looked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from commandcenter.cases import veil
from commandcenter.cases.queue_paths import LINE as LINE
from commandcenter.cases.queue_paths import LISTS as LISTS
from commandcenter.cases.queue_paths import Anchor as Anchor
from commandcenter.cases.queue_paths import Path, path_of, rest_of, states_of, walk
from commandcenter.cases.queue_paths import Queue as Queue
from commandcenter.cases.queue_paths import Wish as Wish
from commandcenter.domain.cases import State
from commandcenter.domain.clocks import Millis
from commandcenter.domain.viewers import Viewer
from commandcenter.store.tables import cases

PAGE_LIMIT = 200
BUDGET = 10_000
"""Rows that a page looks at before it gives what it has."""
MOST_BUDGET = 640_000


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
    if wish.ids == () or not states_of(wish):
        return QueuePage([], None)
    path = path_of(viewer, wish)
    rest = rest_of(viewer, wish, path)
    limit = budget if rest else size + 1
    walked = walk(path, anchor, limit).subquery("walked")
    query = select(walked).where(*(make(walked.c) for make in rest)).limit(size + 1)
    rows = connection.execute(query).all()
    lines = [_line(row, viewer) for row in rows[:size]]
    if len(rows) > size:
        return QueuePage(lines, _anchor_of(rows[size - 1], path))
    if not rest:
        return QueuePage(lines, None)
    return _cut_short(connection, path, anchor, lines, limit)


def _cut_short(
    connection: Connection, path: Path, anchor: Anchor | None, lines: list[QueueLine], limit: int
) -> QueuePage:
    """Return a page that did not fill: at the end of the queue, or where the budget ended."""
    walked = walk(path, anchor, limit).subquery("walked")
    ends = func.min if path.descending else func.max
    counted = connection.execute(select(func.count(), ends(walked.c[path.order[0]]))).one()
    if counted[0] < limit:
        return QueuePage(lines, None)
    last = select(walked).where(walked.c[path.order[0]] == counted[1])
    row = connection.execute(last.order_by(walked.c.id.desc() if not path.descending
                                           else walked.c.id)).first()  # fmt: skip
    assert row is not None
    return QueuePage(lines, _anchor_of(row, path), row.reported_at)


def _anchor_of(row: Row[Any], path: Path) -> Anchor:
    return tuple(int(getattr(row, name)) for name in path.order)


def lines(connection: Connection, viewer: Viewer, ids: Sequence[int]) -> list[QueueLine]:
    """Return cases by id, those of the scope, in the order of `ids`; at most PAGE_LIMIT."""
    wanted = list(dict.fromkeys(ids))[:PAGE_LIMIT]
    rows = connection.execute(select(*LINE).where(cases.c.id.in_(wanted)))
    found = {row.id: _line(row, viewer) for row in rows if viewer.sees(row.cell)}
    return [found[case_id] for case_id in wanted if case_id in found]


def _line(row: Any, viewer: Viewer) -> QueueLine:
    return QueueLine(
        row.id, veil.text(row.title, veil.reporter(row, viewer)), row.channel, row.matter,
        row.cell, row.unit, State(row.state), row.depth, row.reported_at, row.since, row.due,
        row.warn, bool(row.supervised), row.marks, row.version,
    )  # fmt: skip
