"""Queries on whistles; each takes the viewer and sees nothing outside the scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from commandcenter.cases import veil
from commandcenter.domain.clocks import Millis
from commandcenter.domain.coordination import CallState
from commandcenter.domain.masking import Person
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.errors import NotFound
from commandcenter.host.coordination import CallLine, WhistleLine
from commandcenter.store.acts import Kind
from commandcenter.store.coordination_tables import acts, calls, whistles

PAGE_LIMIT = 200
ASKING = (CallState.CALLED.value, CallState.REPORTED_IN.value, CallState.ACTING.value)


@dataclass(frozen=True, slots=True)
class Call:
    """A call as the whistle's page shows it; notes and ratings for staff."""

    line: CallLine
    depth: int
    called_at: Millis
    late_at: Millis | None
    acting_at: Millis | None
    done_at: Millis | None
    note: str
    rating_by_caller: int | None
    rating_by_called: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """One act of a whistle or a directive; the actor and the note are for staff."""

    act: str
    at: Millis
    actor: str
    note: str
    unit: str | None
    state: str
    on_time: bool | None


@dataclass(frozen=True, slots=True)
class Whistle:
    """A whistle as its page shows it; what the clearance does not reach is empty."""

    line: WhistleLine
    reason: str
    lng: float | None
    lat: float | None
    ended_at: Millis | None
    version: int
    calls: tuple[Call, ...]
    acts: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which whistles: a range of cells within the scope, open or not, of a unit, on a case."""

    first: int
    last: int
    is_open: bool | None = None
    unit: str | None = None
    case_id: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of whistles, newest first; `cursor` asks for the next one, None at the end."""

    lines: list[WhistleLine]
    cursor: int | None


def whistle(connection: Connection, viewer: Viewer, number: int) -> Whistle:
    """Return one whistle; raises NotFound where it is missing or outside the scope alike."""
    row = connection.execute(select(whistles).where(whistles.c.id == number)).first()
    if row is None or not viewer.sees(row.cell):
        raise NotFound(f"whistle {number} does not exist")
    staff = viewer.clearance >= Clearance.STAFF
    query = select(calls).where(calls.c.whistle_id == number).order_by(calls.c.unit)
    found = connection.execute(query).all()
    who = veil.reporters(connection, [row.case_id]).get(row.case_id, veil.NOBODY)
    return Whistle(
        _line(row, [_call_line(call) for call in found], staff, who),
        veil.text(row.reason, who) if staff else "",
        row.lng,
        row.lat,
        row.ended_at,
        row.version,
        tuple(_call(call, staff, who) for call in found),
        tuple(steps(connection, viewer, Kind.WHISTLE, number, who)),
    )


def steps(
    connection: Connection, viewer: Viewer, kind: Kind, number: int, who: Person = veil.NOBODY
) -> list[Step]:
    """Return the first acts of a whistle, or of a directive as a whole, in order."""
    staff = viewer.clearance >= Clearance.STAFF
    query = select(acts).where(acts.c.kind == kind.value, acts.c.subject == number)
    rows = connection.execute(query.order_by(acts.c.seq).limit(PAGE_LIMIT))
    return [
        Step(row.act, row.at, row.actor if staff else "",
             veil.text(row.note, who) if staff else "", row.unit, row.state_to, row.on_time)
        for row in rows if viewer.sees(row.cell)
    ]  # fmt: skip


def open_whistles(
    connection: Connection, viewer: Viewer, first: int, last: int, limit: int
) -> list[WhistleLine]:
    """Return the open whistles of a range of cells, the longest open first."""
    query = _within(viewer, first, last, True).where(whistles.c.ended_at.is_(None))
    return _lines(connection, viewer, query.order_by(whistles.c.id), limit)


def of_unit(connection: Connection, viewer: Viewer, unit: str, limit: int) -> list[WhistleLine]:
    """Return the open whistles that still ask something of a unit, the oldest first."""
    asking = calls.c.unit == unit, calls.c.state.in_(ASKING)
    query = _within(viewer, viewer.first, viewer.last).where(
        whistles.c.id.in_(select(calls.c.whistle_id).where(*asking))
    )
    return _lines(connection, viewer, query.order_by(whistles.c.id), limit)


def of_case(connection: Connection, viewer: Viewer, case_id: int) -> list[WhistleLine]:
    """Return all whistles on a case, the newest first."""
    query = _within(viewer, viewer.first, viewer.last).where(whistles.c.case_id == case_id)
    return _lines(connection, viewer, query.order_by(whistles.c.id.desc()), PAGE_LIMIT)


def page(
    connection: Connection, viewer: Viewer, wanted: Wanted, cursor: int | None, limit: int
) -> Page:
    """Return the page of whistles with ids below `cursor`."""
    query = _within(viewer, wanted.first, wanted.last, bool(wanted.is_open))
    if wanted.is_open is not None:
        ended = whistles.c.ended_at
        query = query.where(ended.is_(None) if wanted.is_open else ended.is_not(None))
    if wanted.unit is not None:
        of_unit_ = select(calls.c.whistle_id).where(calls.c.unit == wanted.unit)
        query = query.where(whistles.c.id.in_(of_unit_))
    if wanted.case_id is not None:
        query = query.where(whistles.c.case_id == wanted.case_id)
    if cursor is not None:
        query = query.where(whistles.c.id < cursor)
    size = max(1, min(limit, PAGE_LIMIT))
    lines = _lines(connection, viewer, query.order_by(whistles.c.id.desc()), size + 1)
    return Page(lines[:size], lines[size - 1].id if len(lines) > size else None)


def _within(viewer: Viewer, first: int, last: int, is_open: bool = False) -> Select[Any]:
    low, high = max(first, viewer.first), min(last, viewer.last)
    query = select(whistles)
    if low == 0 and high == viewer.last:
        return query
    # Open whistles are few: their own index is better than the one of all that ever was in a cell.
    cell = whistles.c.cell + 0 if is_open else whistles.c.cell
    return query.where(cell.between(low, high))


def _lines(
    connection: Connection, viewer: Viewer, query: Select[Any], limit: int
) -> list[WhistleLine]:
    rows = connection.execute(query.limit(max(1, min(limit, PAGE_LIMIT + 1)))).all()
    staff = viewer.clearance >= Clearance.STAFF
    by_whistle = _calls_of(connection, [row.id for row in rows])
    known = veil.reporters(connection, [row.case_id for row in rows])
    return [
        _line(row, by_whistle.get(row.id, ()), staff, known.get(row.case_id, veil.NOBODY))
        for row in rows
    ]


def _calls_of(connection: Connection, ids: Sequence[int]) -> dict[int, list[CallLine]]:
    found: dict[int, list[CallLine]] = {}
    if not ids:
        return found
    query = select(calls).where(calls.c.whistle_id.in_(ids))
    for row in connection.execute(query.order_by(calls.c.whistle_id, calls.c.unit)):
        found.setdefault(row.whistle_id, []).append(_call_line(row))
    return found


def _line(row: Row[Any], called: Sequence[CallLine], staff: bool, who: Person) -> WhistleLine:
    return WhistleLine(
        id=row.id,
        title=veil.text(row.title, who),
        cell=row.cell,
        depth=row.depth,
        caller=row.caller if staff else "",
        place=veil.text(row.place, who),
        due=row.due,
        created_at=row.created_at,
        state=row.state,
        case_id=row.case_id,
        calls=tuple(called),
        caller_unit=row.caller_unit,
    )


def _call_line(row: Row[Any]) -> CallLine:
    return CallLine(
        row.unit, CallState(row.state), row.due, row.reported_in_at, row.late_at is not None
    )


def _call(row: Row[Any], staff: bool, who: Person) -> Call:
    return Call(
        _call_line(row), row.depth, row.called_at, row.late_at, row.acting_at, row.done_at,
        veil.text(row.note, who) if staff else "", row.rating_by_caller, row.rating_by_called,
    )  # fmt: skip
