"""A case with what hangs on it, as its page for tablets shows it; asked for where it can be there.

What a case is and what was done with it say whether it has parts, whistles and evidence at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from commandcenter.cases import desk_file, photos, queries, whistle_queries
from commandcenter.cases.desk_file import Evidence, Part
from commandcenter.cases.photos import Photo, StandIn
from commandcenter.cases.queries import Case, Step
from commandcenter.domain.cases import Command
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.host.coordination import WhistleLine

BARE = frozenset({Command.REPORT, Command.FILE, Command.DISPATCH, Command.TAKE_UP})
"""What is done without anything handed in."""


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case with its timeline and what hangs on it, as the viewer may see all that."""

    case: Case
    steps: Sequence[Step]
    parts: Sequence[Part] = ()
    whistles: Sequence[WhistleLine] = ()
    evidence: Sequence[Evidence] = ()
    photos: Sequence[Photo | StandIn] = ()


def read(connection: Connection, viewer: Viewer, case_id: int) -> CaseFile:
    """Return a case with what hangs on it; raises NotFound outside the scope."""
    case = queries.case(connection, viewer, case_id)
    steps = queries.steps(connection, viewer, case_id)
    given = {step.command for step in steps}
    staff = viewer.clearance >= Clearance.STAFF
    has_evidence = staff and not given <= BARE
    evidence = desk_file.evidence_of(connection, case_id) if has_evidence else []
    return CaseFile(
        case,
        steps,
        desk_file.parts_of(connection, case_id, staff) if Command.ENGAGE in given else [],
        _whistles(connection, viewer, case_id) if Command.WHISTLE in given else [],
        evidence,
        photos.hanging_on(connection, viewer, case_id, desk_file.named_in(case, evidence)),
    )


def _whistles(connection: Connection, viewer: Viewer, case_id: int) -> list[WhistleLine]:
    return whistle_queries.of_case(connection, viewer, case_id)
