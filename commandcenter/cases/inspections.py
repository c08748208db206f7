"""Queries on inspections; each takes the viewer and sees nothing outside the scope.

An inspection is seen by who sees a cell that was visited in it, and by who made it; of its acts
each sees those that lie in the own scope.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, distinct, func, select

from commandcenter.cases import veil
from commandcenter.cases.inspection_rows import PLACES, owner_of, route_of
from commandcenter.domain.cases import OPEN
from commandcenter.domain.clocks import Millis
from commandcenter.domain.inspections import (
    MOST_ACTS,
    InspectionAct,
    InspectionState,
    Point,
    Span,
    length,
    state_of,
)
from commandcenter.domain.masking import Person
from commandcenter.domain.rights import Block
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.errors import NotFound
from commandcenter.store.field_tables import inspection_acts, inspections
from commandcenter.store.tables import cases, cells

PAGE_LIMIT = 100
# In a scope of more cells than this the newest inspections are looked through for one that was in
# it; in a smaller one the acts in it are few enough to be gathered.
WIDE_SCOPE = 2000
OPEN_STATES = tuple(state.value for state in OPEN)


@dataclass(frozen=True, slots=True)
class InspectionLine:
    """An inspection in a list; title and name are for staff, the counts are of the own scope.

    `cell` is the position where it began, None outside the scope.
    """

    id: int
    title: str
    who: str
    cell: int | None
    started_at: Millis
    ended_at: Millis | None
    is_mine: bool
    places: int = 0
    findings: int = 0
    open_findings: int = 0

    @property
    def state(self) -> InspectionState:
        """Where it stands, as far as the viewer sees what it found."""
        return state_of(Span(self.started_at, self.ended_at), self.open_findings)


@dataclass(frozen=True, slots=True)
class InspectionStep:
    """One act of an inspection."""

    id: int
    act: InspectionAct
    at: Millis
    taken_at: Millis
    who: str
    cell: int
    lng: float | None
    lat: float | None
    text: str
    case_id: int | None
    photos: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """An inspection as its page shows it: acts and route in the order of their time."""

    line: InspectionLine
    summary: str
    steps: tuple[InspectionStep, ...]
    route: tuple[Point, ...]

    @property
    def metres(self) -> float:
        """How long the route is that the viewer sees."""
        return length(self.route)

    def of(self, *acts: InspectionAct) -> tuple[InspectionStep, ...]:
        """Return the acts of some kinds."""
        return tuple(step for step in self.steps if step.act in acts)

    @property
    def visited(self) -> tuple[int, ...]:
        """The cells that were visited, each once, in the order of the first visit."""
        steps = self.of(InspectionAct.START, InspectionAct.VISIT)
        return tuple(dict.fromkeys(step.cell for step in steps))


@dataclass(frozen=True, slots=True)
class InspectionFilter:
    """Which inspections: a range of cells within the scope, one's own alone, running or not."""

    first: int
    last: int
    mine: bool = False
    is_running: bool | None = None


@dataclass(frozen=True, slots=True)
class InspectionPage:
    """A page of inspections, newest first; `cursor` asks for the next one, None at the end."""

    lines: list[InspectionLine]
    cursor: int | None


def last(connection: Connection, viewer: Viewer, cell: int, limit: int) -> list[InspectionLine]:
    """Return the last inspections that were in a cell or below it; `cell` is its position.

    Who is below the clearance of staff learns neither names nor titles.
    """
    low = max(cell, viewer.first)
    query = select(inspections).where(_was_in(connection, low, _end_of(connection, viewer, cell)))
    return _lines(connection, viewer, query, min(limit, PAGE_LIMIT))


def running(connection: Connection, viewer: Viewer) -> InspectionLine | None:
    """Return the viewer's own inspection that runs, None where none does."""
    query = select(inspections).where(
        inspections.c.owner == owner_of(viewer), inspections.c.ended_at.is_(None)
    )
    lines = _lines(connection, viewer, query, 1)
    return lines[0] if lines else None


def page(
    connection: Connection, viewer: Viewer, wanted: InspectionFilter, cursor: int | None, limit: int
) -> InspectionPage:
    """Return the page of inspections with ids below `cursor`; at most PAGE_LIMIT."""
    query = select(inspections)
    if wanted.mine:
        query = query.where(inspections.c.owner == owner_of(viewer))
    first, last_ = max(wanted.first, viewer.first), min(wanted.last, viewer.last)
    is_whole = (first, last_) == (viewer.first, viewer.last)
    if not (wanted.mine and is_whole) and not (first == 0 and is_whole):
        query = query.where(_was_in(connection, first, last_))
    if wanted.is_running is not None:
        ended = inspections.c.ended_at
        query = query.where(ended.is_(None) if wanted.is_running else ended.is_not(None))
    if cursor is not None:
        query = query.where(inspections.c.id < cursor)
    size = max(1, min(limit, PAGE_LIMIT))
    lines = _lines(connection, viewer, query, size + 1)
    return InspectionPage(lines[:size], lines[size - 1].id if len(lines) > size else None)


def inspection(connection: Connection, viewer: Viewer, number: int) -> Inspection:
    """Return one inspection; raises NotFound where it is missing or outside the scope alike."""
    query = select(inspections).where(inspections.c.id == number)
    row = connection.execute(query).first()
    # Asked in any case: one that lies outside must not take longer than one that is not there.
    steps = _steps(connection, viewer, number)
    if row is None or viewer.clearance < Clearance.STAFF:
        raise NotFound(f"inspection {number} does not exist")
    is_mine = row.owner == owner_of(viewer)
    if not steps and not is_mine:
        raise NotFound(f"inspection {number} does not exist")
    route = tuple(p for p in route_of(connection, number) if viewer.sees(p.cell))
    counts = _counts(connection, viewer, [number])
    line = _line(row, viewer, counts.get(number, (0, 0, 0)))
    summary = veil.text(row.summary) if is_mine or viewer.sees(row.cell) else ""
    return Inspection(line, summary, steps, route)


def _end_of(connection: Connection, viewer: Viewer, cell: int) -> int:
    found = connection.execute(select(cells.c.last).where(cells.c.position == cell)).scalar()
    return min(cell if found is None else found, viewer.last)


def _was_in(connection: Connection, first: int, last_: int) -> ColumnElement[bool]:
    """Return the condition that something was done in a range of cells."""
    lies = inspection_acts.c.cell.between(first, last_)
    if last_ - first < WIDE_SCOPE:
        return inspections.c.id.in_(select(inspection_acts.c.inspection_id).where(lies))
    same = inspection_acts.c.inspection_id == inspections.c.id
    return select(inspection_acts.c.id).where(same, lies).exists()


def _lines(
    connection: Connection, viewer: Viewer, query: Select[Any], limit: int
) -> list[InspectionLine]:
    newest = query.order_by(inspections.c.id.desc()).limit(max(1, limit))
    rows = connection.execute(newest).all()
    counts = _counts(connection, viewer, [row.id for row in rows])
    return [_line(row, viewer, counts.get(row.id, (0, 0, 0))) for row in rows]


def _line(row: Row[Any], viewer: Viewer, counts: tuple[int, int, int]) -> InspectionLine:
    staff = viewer.clearance >= Clearance.STAFF
    return InspectionLine(
        row.id,
        veil.text(row.title) if staff else "",
        row.who if staff else "",
        row.cell if viewer.sees(row.cell) else None,
        row.started_at,
        row.ended_at,
        row.owner == owner_of(viewer),
        *counts,
    )


def _counts(
    connection: Connection, viewer: Viewer, ids: Sequence[int]
) -> dict[int, tuple[int, int, int]]:
    """Return how many places, findings and open findings of the scope inspections have."""
    if not ids:
        return {}
    acts, master = inspection_acts, cases.alias("master")
    # A case that was merged goes on as the one into which it was.
    state = func.coalesce(master.c.state, cases.c.state)
    is_found = acts.c.act == InspectionAct.FIND.value
    query = (
        select(
            acts.c.inspection_id,
            func.count(distinct(case((acts.c.act.in_(PLACES), acts.c.cell)))),
            func.count(distinct(case((is_found, acts.c.case_id)))),
            func.count(distinct(case((is_found & state.in_(OPEN_STATES), acts.c.case_id)))),
        )
        .outerjoin(cases, and_(is_found, cases.c.id == acts.c.case_id))
        .outerjoin(master, master.c.id == cases.c.merged_into)
        .where(acts.c.inspection_id.in_(ids), acts.c.cell.between(viewer.first, viewer.last))
        .group_by(acts.c.inspection_id)
    )
    has_cases = Block.CASES in viewer.blocks
    return {
        number: (places, found, open_) if has_cases else (places, 0, 0)
        for number, places, found, open_ in connection.execute(query)
    }


def _steps(
    connection: Connection, viewer: Viewer, number: int
) -> tuple[InspectionStep, ...]:
    acts = inspection_acts
    query = select(acts).where(
        acts.c.inspection_id == number,
        acts.c.cell.between(viewer.first, viewer.last),
        acts.c.act != InspectionAct.ROUTE.value,
    )
    query = query.order_by(acts.c.at, acts.c.id).limit(MOST_ACTS)
    found = connection.execute(query).all()
    who = veil.reporters(connection, [row.case_id for row in found])
    steps = (_step(row, who.get(row.case_id, veil.NOBODY)) for row in found)
    if Block.CASES in viewer.blocks:
        return tuple(steps)
    return tuple(step for step in steps if step.act is not InspectionAct.FIND)


def _step(row: Row[Any], who: Person) -> InspectionStep:
    return InspectionStep(
        row.id, InspectionAct(row.act), row.at, row.taken_at, row.who, row.cell, row.lng, row.lat,
        veil.text(row.text, who), row.case_id, tuple(row.photos or ()),
    )  # fmt: skip
