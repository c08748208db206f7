"""A case with all that hangs on it, as the desk opens it, as far as the viewer may see."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from commandcenter.cases import matter_versions, photos, queries, twins, veil, whistle_queries
from commandcenter.cases.photos import Photo, StandIn
from commandcenter.cases.queries import Case, Step
from commandcenter.cases.queues import QueueLine, lines
from commandcenter.cases.twins import Reporter, Twin
from commandcenter.domain.clocks import Millis
from commandcenter.domain.matters import Matter
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.errors import NotFound
from commandcenter.host.coordination import WhistleLine
from commandcenter.store.desk_tables import evidence, parts
from commandcenter.store.tables import cases

MOST_PIECES = 50


@dataclass(frozen=True, slots=True)
class Part:
    """What one unit of a cross case has to do."""

    unit: str
    is_lead: bool
    task: str
    state: str
    since: Millis
    due: Millis | None
    done_at: Millis | None
    note: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was handed in to show that something was done."""

    command: str
    at: Millis
    url: str
    note: str


@dataclass(frozen=True, slots=True)
class DeskFile:
    """A case, its moves and what hangs on it."""

    line: QueueLine
    case: Case
    steps: Sequence[Step]
    parts: Sequence[Part]
    evidence: Sequence[Evidence]
    twins: Sequence[Twin]
    reporters: Sequence[Reporter]
    whistles: Sequence[WhistleLine]
    merged_into: int | None
    filed_as: Matter | None = None
    """The matter as it was when the case was filed."""
    photos: Sequence[Photo | StandIn] = ()


def read(connection: Connection, viewer: Viewer, case_id: int) -> DeskFile:
    """Return a case with all that hangs on it; raises NotFound outside the scope."""
    case = queries.case(connection, viewer, case_id)
    found = lines(connection, viewer, [case_id])
    if not found:
        raise NotFound(f"case {case_id} does not exist")
    merged = select(cases.c.merged_into).where(cases.c.id == case_id)
    staff = viewer.clearance >= Clearance.STAFF
    handed_in = evidence_of(connection, case_id) if staff else []
    return DeskFile(
        found[0],
        case,
        queries.steps(connection, viewer, case_id),
        parts_of(connection, case_id, staff),
        handed_in,
        twins.twins(connection, viewer, case_id),
        twins.reporters(connection, viewer, case_id),
        whistle_queries.of_case(connection, viewer, case_id),
        connection.execute(merged).scalar(),
        matter_versions.filed_as(connection, case),
        photos.hanging_on(connection, viewer, case_id, named_in(case, handed_in)),
    )


def named_in(shown: Case, evidence: Sequence[Evidence]) -> list[tuple[str, Millis]]:
    """Return all addresses that came with a case, each with the instant at which it came.

    Both have passed the veil.
    """
    reported = shown.line.reported_at
    return [(url, reported) for url in shown.attachments] + [(e.url, e.at) for e in evidence]


def parts_of(connection: Connection, case_id: int, staff: bool) -> list[Part]:
    """Return the parts of a cross case, the lead first; what is to be done is for staff."""
    who = veil.reporters(connection, [case_id]).get(case_id, veil.NOBODY)
    query = select(parts).where(parts.c.case_id == case_id)
    rows = connection.execute(query.order_by(parts.c.is_lead.desc(), parts.c.unit))
    return [
        Part(row.unit, bool(row.is_lead), veil.text(row.task, who) if staff else "", row.state,
             row.since, row.due, row.done_at, veil.text(row.note, who) if staff else "")
        for row in rows
    ]  # fmt: skip


def evidence_of(connection: Connection, case_id: int) -> list[Evidence]:
    """Return what was handed in for a case, the newest first."""
    who = veil.reporters(connection, [case_id]).get(case_id, veil.NOBODY)
    query = select(evidence).where(evidence.c.case_id == case_id)
    rows = connection.execute(query.order_by(evidence.c.id.desc()).limit(MOST_PIECES))
    return [
        Evidence(row.command, row.at, veil.link(row.url, who), veil.text(row.note, who))
        for row in rows
    ]
