"""Lines of cases for the boards of the wall: what turns red next, supervised, marked.

They walk the indexes of the desk's queues, so that none reads more than it shows or a page.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, Select, select, text

from commandcenter.cases import queues, veil
from commandcenter.cases.queues import LINE, PAGE_LIMIT, Queue, QueueLine, Wish
from commandcenter.domain.cases import OPEN, Mark, State
from commandcenter.domain.clocks import Millis
from commandcenter.domain.viewers import Viewer
from commandcenter.host.coordination import PartLine
from commandcenter.host.panel import CaseLine
from commandcenter.store.desk_tables import parts
from commandcenter.store.tables import cases


def next_due(connection: Connection, viewer: Viewer, now: Millis, limit: int) -> list[CaseLine]:
    """Return the cases whose clocks run out next, the soonest first."""
    return _lines(connection, viewer, _wish(viewer, Queue.SOON, now), limit)


def supervised(connection: Connection, viewer: Viewer, now: Millis, limit: int) -> list[CaseLine]:
    """Return the open cases that are supervised, of the newest of them those due first first."""
    newest = _lines(connection, viewer, _wish(viewer, Queue.SUPERVISED, now), PAGE_LIMIT)
    found = [case for case in newest if case.state in OPEN]
    return sorted(found, key=lambda case: (case.due is None, case.due or 0, case.id))[:limit]


def marked(connection: Connection, viewer: Viewer, mark: Mark, limit: int) -> list[CaseLine]:
    """Return the open cases that bear a mark, the newest first; cross cases have their parts."""
    # As literals: a partial index is found by what the statement says, not by its parameters.
    sums = ", ".join(str(n) for n in range(1, sum(Mark) + 1) if n & mark)
    query: Select[Any] = select(*LINE).where(text(f"marks <> 0 AND marks IN ({sums})"))
    if viewer.first:  # position 0 is the city itself: whoever sees it sees every case
        query = query.where((cases.c.cell + 0).between(viewer.first, viewer.last))
    query = query.order_by(cases.c.id.desc()).limit(_size(limit))
    found = [
        _line(row, veil.text(row.title, veil.reporter(row, viewer)))
        for row in connection.execute(query)
    ]
    if mark is not Mark.CROSS:
        return found
    by_case = _parts(connection, [case.id for case in found])
    return [replace(case, parts=tuple(by_case.get(case.id, ()))) for case in found]


def _wish(viewer: Viewer, queue: Queue, now: Millis) -> Wish:
    return Wish(queue, viewer.first, viewer.last, now)


def _lines(connection: Connection, viewer: Viewer, wish: Wish, limit: int) -> list[CaseLine]:
    page = queues.page(connection, viewer, wish, None, limit)
    return [_line(line, line.title) for line in page.lines[: _size(limit)]]


def _size(limit: int) -> int:
    return max(0, min(limit, PAGE_LIMIT))


def _line(line: QueueLine | Row[Any], title: str) -> CaseLine:
    return CaseLine(
        line.id, title, line.channel, line.matter, line.cell, line.unit, State(line.state),
        line.reported_at, line.since, line.due, bool(line.supervised), line.depth, Mark(line.marks),
        line.warn,
    )  # fmt: skip


def _parts(connection: Connection, ids: Sequence[int]) -> dict[int, list[PartLine]]:
    found: dict[int, list[PartLine]] = {}
    query = select(parts).where(parts.c.case_id.in_(ids))
    for row in connection.execute(query.order_by(parts.c.is_lead.desc(), parts.c.unit)):
        line = PartLine(row.unit, row.state, bool(row.is_lead), row.due, row.done_at)
        found.setdefault(row.case_id, []).append(line)
    return found
