"""What a command asks for and writes beside the case's facts: its fields, checked and kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, insert

from commandcenter.cases import crossing, matter_versions, merging, photos
from commandcenter.cases.held import Held
from commandcenter.cases.instructions import Instruction
from commandcenter.domain.cases import Command, Facts, Mark, Need, Order, rule_for
from commandcenter.domain.clocks import Millis
from commandcenter.domain.desk import Desk, Given
from commandcenter.domain.evidence import missing, named
from commandcenter.domain.matters import Matter
from commandcenter.domain.permits import OF_PARTS, Around
from commandcenter.domain.roles import Role
from commandcenter.domain.routing import Asked, joined
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import Invalid, NotFound
from commandcenter.store.bulk import insert_json
from commandcenter.store.desk_tables import evidence
from commandcenter.store.log import Entry

BEST = 5


@dataclass(slots=True)
class Bench:
    """The cases of one transaction, and what is to be written at its end."""

    connection: Connection
    desk: Desk
    matters: Mapping[str, Matter]
    cases: dict[int, Held]
    closing: Sequence[Held] = ()
    changed: dict[int, Held] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    exhibits: list[dict[str, Any]] = field(default_factory=list)
    """Rows of evidence."""

    def case(self, viewer: Viewer, case_id: int) -> Held:
        """Return a case; raises NotFound where it is missing or outside the scope alike."""
        found = self.cases.get(case_id)
        if found is None or not viewer.sees(found.row.cell):
            raise NotFound(f"case {case_id} does not exist")
        return found


class Step(NamedTuple):
    """A command that is legal, with the facts after it."""

    given: Instruction
    after: Facts


def is_person(viewer: Viewer) -> bool:
    """Tell whether fields are asked for: a source says what was done elsewhere, as far as known."""
    return not viewer.is_system and viewer.role is not Role.SOURCE


def check_needs(
    bench: Bench, viewer: Viewer, case: Held, given: Instruction, around: Around
) -> None:
    """Look whether a command has what it needs; raises Invalid, or IllegalMove for a part."""
    for unit in (given.unit, given.lead, *given.units):
        if unit is not None and bench.desk.unit(unit) is None and is_person(viewer):
            raise Invalid(f"there is no unit {unit}", "unit" if unit == given.unit else "units")
        if given.command is Command.ENGAGE:
            refused = bench.desk.refusal(matter_of(bench, case, given), unit)
            if refused:
                raise Invalid(refused, "units")
    if given.matter is not None and given.matter not in bench.matters:
        raise Invalid(f"the catalogue has no matter {given.matter}", "matter")
    if given.rating is not None and not 1 <= given.rating <= BEST:
        raise Invalid(f"give 1 to {BEST}", "rating")
    if is_person(viewer):
        for need in rule_for(case.facts.state, given.command).needs:
            if need is Need.EVIDENCE:
                _check_evidence(matter_of(bench, case, given), given)
            else:
                _check_need(case, need, given)
        photos.check_named(bench.connection, viewer, [each.url for each in given.evidence])
    if given.command is Command.MERGE and given.master is not None:
        merging.check(bench.case(viewer, given.master), given)
    if given.command is Command.ENGAGE:
        crossing.check_plan(case, given)
    if given.command in OF_PARTS:
        crossing.check_part(viewer, given, around)


def _check_need(case: Held, need: Need, given: Instruction) -> None:
    is_there = {
        Need.NOTE: bool(given.note.strip()),
        Need.MATTER: given.matter is not None or case.matter is not None,
        Need.UNIT: given.unit is not None or case.matter is not None,
        Need.UNITS: bool(given.units),
        Need.MASTER: given.master is not None,
        Need.RATING: given.rating is not None,
    }[need]
    if not is_there:
        raise Invalid(f"{given.command} needs a {need}", need.value)


def _check_evidence(matter: Matter | None, given: Instruction) -> None:
    """Look whether what the matter asks for is there, as it was when the case was filed."""
    lacks = missing(matter.evidence, given.note, given.evidence) if matter else ()
    if matter is None or not lacks:
        return
    raise Invalid(
        f"{given.command} needs {named(lacks)}: the matter {matter.code} {matter.title.zh} asks "
        f"for {' and '.join(matter.evidence.asks)} as evidence",
        "note" if "words" in lacks else "evidence",
    )


def matter_of(bench: Bench, case: Held, given: Instruction) -> Matter | None:
    """Return the matter that counts for a command: the one given with it, else the case's."""
    if given.command is Command.FILE:
        return bench.matters.get(given.matter or case.matter or "")
    current = bench.matters, bench.desk.versions
    return matter_versions.as_filed(bench.connection, current, case.matter, case.matter_version)


def responsible(
    bench: Bench, viewer: Viewer, case: Held, matter: Matter | None, given: Instruction
) -> tuple[str | None, str]:
    """Return who is to handle a case and what is noted: who gives no unit leaves it to the desk."""
    if given.command is Command.ENGAGE:
        return crossing.lead_of(case.facts.unit, given), given.note
    if given.command is not Command.DISPATCH or given.unit is not None or matter is None:
        return given.unit, given.note
    row, cell = case.row, case.row.cell
    if case.facts.marks & Mark.ESCALATED:
        cell = bench.desk.holder_at(cell, case.facts.depth)
    said = (row.title, row.description) if bench.desk.reads_words else ()
    found, note = bench.desk.decide(Asked(matter, cell, row.channel, *said))
    if found is None and is_person(viewer):
        raise Invalid("no rule says which unit is responsible: name it", "unit")
    return found.code if found else None, joined(note, given.note)


def held_up(bench: Bench, case: Held, order: Order, unit: str | None) -> Order:
    """Return an order as a case takes it that a level above the lowest has been holding.

    What was handed up or down stays with that level when it is dispatched again.
    """
    facts = case.facts
    if order.command is Command.ENGAGE:
        order = order._replace(unit=unit)
    if order.command not in (Command.DISPATCH, Command.ENGAGE) or case.matter is None:
        return order
    was_moved = facts.depth < bench.desk.lowest_at(facts.cell)
    return order._replace(depth=facts.depth) if was_moved else order


def apply(bench: Bench, viewer: Viewer, case: Held, step: Step) -> None:
    """Write what a command changes beside the facts."""
    given, command = step.given, step.given.command
    if command is Command.FILE:
        code = given.matter or case.matter
        case.others |= {"matter": code, "matter_version": bench.desk.versions.get(code or "")}
    elif command is Command.CLOSE:
        case.others["closed_at"] = given.at
    elif command is Command.REOPEN:
        case.others |= {"closed_at": None, "rating": None}
        case.was_reopened = True
    elif command is Command.RATE:
        case.others["rating"] = given.rating
    elif command in merging.COMMANDS:
        merging.apply(bench.connection, viewer, case, given)
    if command in crossing.COMMANDS:
        due = _part_due(bench, case, step) if command is Command.ENGAGE else None
        crossing.apply(bench.connection, viewer, case, given, due)
    if given.evidence:
        _keep_evidence(bench, viewer, given)


def _part_due(bench: Bench, case: Held, step: Step) -> Millis | None:
    asked = Given(matter_of(bench, case, step.given), deadline=step.given.deadline)
    return crossing.part_due(bench.desk, case.facts, step.after, step.given.at, asked)


def _keep_evidence(bench: Bench, viewer: Viewer, given: Instruction) -> None:
    bench.exhibits += [
        {"case_id": given.case_id, "command": given.command.value, "at": given.at,
         "actor": viewer.name, "url": exhibit.url, "note": exhibit.note}
        for exhibit in given.evidence
    ]  # fmt: skip
    addresses = [each.url for each in given.evidence]
    photos.attach(bench.connection, viewer, given.case_id, addresses)


def write_evidence(bench: Bench) -> None:
    """Write the evidence of all commands of the transaction, in their order."""
    if not bench.exhibits:
        return
    if bench.connection.dialect.name == "postgresql":
        rows = orjson.dumps(bench.exhibits).decode()
        bench.connection.exec_driver_sql(WRITE_EVIDENCE, (rows,))
    else:
        bench.connection.execute(insert(evidence), bench.exhibits)


EXHIBITED = ("case_id", "command", "at", "actor", "url", "note")
WRITE_EVIDENCE = insert_json(evidence, EXHIBITED)
