"""Reported twice: a case merged into its master, taken apart again, or said to be distinct."""

from sqlalchemy import Connection

from commandcenter.cases import twins
from commandcenter.cases.held import Held
from commandcenter.cases.instructions import Instruction
from commandcenter.domain.cases import OPEN, Command
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import Invalid

COMMANDS = frozenset({Command.MERGE, Command.UNMERGE, Command.DISTINCT})


def check(master: Held, given: Instruction) -> None:
    """Look whether a case can be merged into another one; raises Invalid."""
    if given.master == given.case_id:
        raise Invalid("a case cannot be merged into itself", "master")
    into = master.beside.merged_into
    if into is not None:
        raise Invalid(f"case {given.master} is merged itself: give case {into}", "master")
    if master.facts.state not in OPEN:
        raise Invalid(f"case {given.master} has ended: give one that is open", "master")


def apply(connection: Connection, viewer: Viewer, case: Held, given: Instruction) -> None:
    """Write down what was said of a likely duplicate, and where a merged case went."""
    if given.command is Command.UNMERGE:
        case.others["merged_into"] = None
        return
    if given.command is Command.MERGE:
        case.others["merged_into"] = given.master
    twins.decide(connection, viewer, given.case_id, case.others.get("merged_into"), given.at)
