"""Cross cases (三跨): engaging several units under one lead, and how far each is with its part."""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import Connection

from commandcenter.cases import parts
from commandcenter.cases.held import Held
from commandcenter.cases.instructions import Instruction
from commandcenter.domain.cases import Command, Facts, Mark, State
from commandcenter.domain.clocks import Millis
from commandcenter.domain.desk import Desk, Given
from commandcenter.domain.permits import Around, Part, PartState
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import Forbidden, IllegalMove, Invalid

AT_DESK = frozenset({Command.RETURN, Command.ESCALATE, Command.HAND_DOWN, Command.REOPEN})
BACK = AT_DESK | {Command.MERGE}
"""With these the case is at a desk again, or goes into another: nobody has a part in it."""
PARTS = frozenset({Command.PART_TAKE_UP, Command.PART_DONE})
COMMANDS = BACK | PARTS | {Command.ENGAGE, Command.TAKE_UP}
MOST_UNITS = 20


class Shared(Protocol):
    """What is said of units that share a case, in a command or in a life that is told."""

    @property
    def units(self) -> Sequence[str]:
        """Units, each once."""

    @property
    def lead(self) -> str | None:
        """Who leads them, where that is said."""


def check_plan(case: Held, given: Instruction) -> None:
    """Look whether units can share a case: two or more, one of which leads; raises Invalid."""
    units = units_of(case.facts.unit, given)
    if not 2 <= len(units) <= MOST_UNITS:
        raise Invalid(f"give 2 to {MOST_UNITS} units, each once", "units")
    if lead_of(case.facts.unit, given) not in units:
        raise Invalid(f"{given.lead} leads and is none of the units", "lead")


def units_of(responsible: str | None, given: Shared) -> tuple[str, ...]:
    """Return the units that share a case: those named, and the one that has it already."""
    has_it = (responsible,) if responsible is not None else ()
    return tuple(dict.fromkeys((*given.units, *has_it)))


def lead_of(responsible: str | None, given: Shared) -> str | None:
    """Return who leads: the one named, else who has the case, else the first."""
    return given.lead or responsible or next(iter(given.units), None)


def part_due(desk: Desk, before: Facts, after: Facts, at: Millis, given: Given) -> Millis | None:
    """Return until when units have that are engaged `at`: as long as the matter gives them."""
    if before.state is State.FILED:
        return after.due
    clock = desk.unit_clock(at, given)
    return clock.due if clock else after.due


def check_part(viewer: Viewer, given: Instruction, around: Around) -> None:
    """Look whether a unit's part can go on so; raises Invalid, Forbidden or IllegalMove."""
    unit = unit_of(viewer, given)
    if viewer.role is Role.UNIT_OFFICER and unit != viewer.unit:
        raise Forbidden(f"the part of {unit} is not that of the unit {viewer.unit}")
    part = next((each for each in around.parts if each.unit == unit), None)
    if part is None:
        named = ", ".join(each.unit for each in around.parts)
        raise Invalid(f"say whose part it is: {named}", "unit")
    if not _goes_on(part, given.command):
        raise IllegalMove(f"the part of {unit} is {part.state} already", (Command.PART_DONE,))


def _goes_on(part: Part, command: Command) -> bool:
    if command is Command.PART_TAKE_UP:
        return part.state is PartState.CALLED
    return part.state is not PartState.DONE


def unit_of(viewer: Viewer, given: Instruction) -> str | None:
    """Return whose part is meant: the one named, else the viewer's own."""
    return given.unit or viewer.unit


def apply(
    connection: Connection, viewer: Viewer, case: Held, given: Instruction, due: Millis | None
) -> None:
    """Write what a command does to the parts; `due` is until when units have that are engaged."""
    command, case_id = given.command, given.case_id
    if command is Command.ENGAGE:
        units = [(unit, due) for unit in units_of(case.facts.unit, given)]
        plan = parts.Plan(units, lead_of(case.facts.unit, given) or "", given.note)
        parts.engage(connection, case_id, plan, given.at)
    elif command in PARTS:
        done = command is Command.PART_DONE
        state = PartState.DONE if done else PartState.ACTING
        parts.advance(connection, case_id, unit_of(viewer, given) or "", state, given.at)
    elif command is Command.TAKE_UP:
        if case.facts.marks & Mark.CROSS:
            _lead_takes_up(connection, case, given)
    elif case.facts.marks & Mark.CROSS or command is Command.REOPEN:
        parts.drop(connection, case_id)


def _lead_takes_up(connection: Connection, case: Held, given: Instruction) -> None:
    lead = next((part for part in parts.of_case(connection, case.row.id) if part.is_lead), None)
    if lead is not None and lead.state is PartState.CALLED:
        parts.advance(connection, case.row.id, lead.unit, PartState.ACTING, given.at)
