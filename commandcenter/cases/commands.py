"""Commands: each is one change of a case's row and one move in the log."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from commandcenter.cases import held
from commandcenter.cases.carrying import Outcome as Outcome
from commandcenter.cases.carrying import carry_out
from commandcenter.cases.instructions import Exhibit as Exhibit
from commandcenter.cases.instructions import Instruction as Instruction
from commandcenter.domain.cases import Command
from commandcenter.domain.desk import Desk
from commandcenter.domain.matters import Matter
from commandcenter.domain.permits import legal_for
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import NotFound


def execute(
    connection: Connection,
    viewer: Viewer,
    desk: Desk,
    matters: Mapping[str, Matter],
    instructions: Sequence[Instruction],
) -> list[Outcome]:
    """Carry out instructions in their order; one that is refused costs only itself.

    A case outside the viewer's scope is refused as not found. Appends to the log, so it comes last
    in its transaction.
    """
    return carry_out(connection, desk, matters, [(viewer, each) for each in instructions])


def legal(
    connection: Connection, viewer: Viewer, desk: Desk, case_id: int, now: int
) -> tuple[Command, ...]:
    """Return what a viewer may do to a case; raises NotFound."""
    case = held.read(connection, case_id)
    if case is None or not viewer.sees(case.row.cell):
        raise NotFound(f"case {case_id} does not exist")
    return legal_for(viewer, case.facts, held.around(connection, desk, case), now)
