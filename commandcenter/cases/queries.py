"""Queries on cases; each takes the viewer and sees nothing outside the scope."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, select

from commandcenter.cases import veil
from commandcenter.cases.rows import clock_of
from commandcenter.domain.cases import Command, Mark, State
from commandcenter.domain.clocks import Clock, Millis
from commandcenter.domain.masking import Person
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.errors import NotFound
from commandcenter.host.panel import CaseLine
from commandcenter.store.tables import cases, moves

PAGE_LIMIT = 200
# In a scope of more cells than this, reading newest-first and skipping finds a page sooner than
# collecting the whole range; below it the range is small enough to be sorted.
WIDE_SCOPE = 2000


@dataclass(frozen=True, slots=True)
class Case:
    """A case as its page shows it; what the clearance does not reach is None, persons are covered.

    A case from before clocks and versions were kept has neither `clock` nor `matter_version`.
    """

    line: CaseLine
    source: str
    external_id: str
    occurred_at: Millis
    deadline: Millis | None
    lng: float | None
    lat: float | None
    description: str | None
    attachments: tuple[str, ...]
    reporter_name: str | None
    reporter_phone: str | None
    version: int
    clock: Clock | None = None
    matter_version: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One move in a case's timeline."""

    command: Command
    at: Millis
    actor: str
    note: str
    state: State
    unit: str | None
    on_time: bool | None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which cases: a range of cells within the scope, a state, overdue at `now` or not."""

    first: int
    last: int
    state: State | None = None
    overdue: bool | None = None
    now: Millis = 0


@dataclass(frozen=True, slots=True)
class Page:
    """A page of cases, newest first; `cursor` asks for the next one, None at the end."""

    lines: list[CaseLine]
    cursor: int | None


LINE = (
    cases.c.id, cases.c.title, cases.c.channel, cases.c.matter, cases.c.cell, cases.c.unit,
    cases.c.state, cases.c.reported_at, cases.c.since, cases.c.due, cases.c.supervised,
    *veil.REPORTER,
)  # fmt: skip


def case(connection: Connection, viewer: Viewer, case_id: int) -> Case:
    """Return one case; raises NotFound where it is missing or outside the scope alike."""
    row = connection.execute(select(cases).where(cases.c.id == case_id)).first()
    if row is None or not viewer.sees(row.cell):
        raise NotFound(f"case {case_id} does not exist")
    staff = viewer.clearance >= Clearance.STAFF
    personal, who = viewer.clearance >= Clearance.PERSONAL, veil.reporter(row, viewer)
    return Case(
        line=replace(_line(row, who), depth=row.depth, marks=Mark(row.marks), warn=row.warn),
        source=row.source,
        external_id=row.external_id,
        occurred_at=row.occurred_at,
        deadline=row.deadline,
        lng=row.lng,
        lat=row.lat,
        description=veil.text(row.description, who) if staff else None,
        attachments=veil.links(row.attachments, who) if staff else (),
        reporter_name=veil.name(row.reporter_name) if personal else None,
        reporter_phone=veil.phone(row.reporter_phone) if personal else None,
        version=row.version,
        clock=clock_of(row),
        matter_version=row.matter_version,
    )


def steps(connection: Connection, viewer: Viewer, case_id: int) -> list[Step]:
    """Return the timeline of a case, oldest first; actors and notes need the clearance of staff."""
    query = select(moves).where(moves.c.case_id == case_id).order_by(moves.c.seq)
    rows = [row for row in connection.execute(query) if viewer.sees(row.cell)]
    staff = viewer.clearance >= Clearance.STAFF
    who = veil.reporters(connection, [case_id], viewer).get(case_id, veil.NOBODY)
    return [
        Step(
            Command(row.command),
            row.at,
            row.actor if staff else "",
            veil.text(row.note, who) if staff else "",
            State(row.state_to),
            row.unit_to,
            row.on_time,
        )
        for row in rows
    ]


def page(
    connection: Connection, viewer: Viewer, wanted: Filter, cursor: int | None, limit: int
) -> Page:
    """Return the page of cases with ids below `cursor`; at most PAGE_LIMIT."""
    size = max(1, min(limit, PAGE_LIMIT))
    query = _within(connection, select(*LINE), viewer, wanted)
    if wanted.state is not None:
        query = query.where(cases.c.state == wanted.state.value)
    if wanted.overdue is True:
        query = query.where(cases.c.due.is_not(None), cases.c.due <= wanted.now)
    elif wanted.overdue is False:
        query = query.where(cases.c.due.is_(None) | (cases.c.due > wanted.now))
    if cursor is not None:
        query = query.where(cases.c.id < cursor)
    rows = connection.execute(query.order_by(cases.c.id.desc()).limit(size + 1)).all()
    lines = [_line(row, veil.reporter(row, viewer)) for row in rows[:size]]
    return Page(lines, lines[-1].id if len(rows) > size else None)


def newest(
    connection: Connection, viewer: Viewer, first: int, last: int, limit: int
) -> list[CaseLine]:
    """Return the newest cases of a range of cells."""
    return page(connection, viewer, Filter(first, last), None, limit).lines


def most_overdue(
    connection: Connection, viewer: Viewer, wanted: Filter, limit: int
) -> list[CaseLine]:
    """Return the cases whose clocks ran out longest before `wanted.now`.

    Reads the index of running clocks from its oldest end, so at most the overdue cases; gives at
    most PAGE_LIMIT.
    """
    query = _within(connection, select(*LINE), viewer, wanted, by_cell=False)
    query = query.where(cases.c.due.is_not(None), cases.c.due <= wanted.now)
    size = max(1, min(limit, PAGE_LIMIT))
    rows = connection.execute(query.order_by(cases.c.due, cases.c.id).limit(size))
    return [_line(row, veil.reporter(row, viewer)) for row in rows]


def _within(
    connection: Connection,
    query: Select[Any],
    viewer: Viewer,
    wanted: Filter,
    by_cell: bool | None = None,
) -> Select[Any]:
    first, last = max(wanted.first, viewer.first), min(wanted.last, viewer.last)
    if first == 0 and last == viewer.last:
        return query  # position 0 is the city itself: whoever sees it sees every case
    if by_cell is None:
        by_cell = last - first < WIDE_SCOPE
    # PostgreSQL knows how the cases lie and chooses by itself; SQLite is told by `+ 0`.
    by_cell = by_cell or connection.dialect.name == "postgresql"
    cell: ColumnElement[int] = cases.c.cell if by_cell else cases.c.cell + 0
    return query.where(cell.between(first, last))


def _line(row: Row[Any], who: Person) -> CaseLine:
    return CaseLine(
        row.id,
        veil.text(row.title, who),
        row.channel,
        row.matter,
        row.cell,
        row.unit,
        State(row.state),
        row.reported_at,
        row.since,
        row.due,
        row.supervised,
    )
