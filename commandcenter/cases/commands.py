"""Commands: each is one change of a case's row and one move in the log."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Boolean, Connection, Row, bindparam, case, select, update

from commandcenter.cases import duplicates
from commandcenter.cases.rows import columns, facts_of
from commandcenter.domain.cases import OPEN, Command, Facts, move
from commandcenter.domain.clocks import Millis
from commandcenter.domain.desk import Desk, Given, in_time
from commandcenter.domain.matters import Matter
from commandcenter.domain.routing import Asked, joined
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import IllegalMove, NotFound
from commandcenter.store.log import Entry, append
from commandcenter.store.tables import cases


@dataclass(frozen=True, slots=True)
class Instruction:
    """One command on one case, as somebody gave it."""

    case_id: int
    command: Command
    at: Millis
    unit: str | None = None
    deadline: Millis | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an instruction: the facts after it, or why it was refused."""

    instruction: Instruction
    facts: Facts | None
    refusal: IllegalMove | NotFound | None = None


def execute(
    connection: Connection,
    viewer: Viewer,
    desk: Desk,
    matters: dict[str, Matter],
    instructions: Sequence[Instruction],
) -> list[Outcome]:
    """Carry out instructions in their order; an illegal one is refused and the others go on.

    A case outside the viewer's scope is refused as not found.
    """
    rows = _lock(connection, {i.case_id for i in instructions}, desk.reads_words)
    standing = {case_id: facts_of(row) for case_id, row in rows.items() if viewer.sees(row.cell)}
    outcomes, entries = [], []
    for instruction in instructions:
        before = standing.get(instruction.case_id)
        if before is None:
            refusal = NotFound(f"case {instruction.case_id} does not exist")
            outcomes.append(Outcome(instruction, None, refusal))
            continue
        row = rows[instruction.case_id]
        matter = matters.get(row.matter)
        unit, note = _unit(desk, matter, row, instruction)
        try:
            given = Given(matter, unit, instruction.deadline, before, before.clock)
            order = desk.order(instruction.command, instruction.at, given)
            after = move(before, order)
        except IllegalMove as refusal:
            outcomes.append(Outcome(instruction, None, refusal))
            continue
        standing[instruction.case_id] = after
        noted = instruction if note == instruction.note else replace(instruction, note=note)
        entries.append(_entry(viewer, row, noted, before, after))
        outcomes.append(Outcome(instruction, after))
    _write(connection, {e.case_id: standing[e.case_id] for e in entries})
    duplicates.place_again(connection, [e.case_id for e in entries if _is_open_again(e)])
    append(connection, entries)
    return outcomes


def _unit(
    desk: Desk, matter: Matter | None, row: Row[Any], given: Instruction
) -> tuple[str | None, str]:
    """Return who is to handle a case and what is noted: who gives no unit leaves it to the desk."""
    if given.unit is not None or matter is None or given.command is not Command.DISPATCH:
        return given.unit, given.note
    said = (row.title, row.description) if desk.reads_words else ()
    found, note = desk.decide(Asked(matter, row.cell, row.channel, *said))
    return found.code if found else None, joined(note, given.note)


def _lock(connection: Connection, ids: set[int], with_words: bool) -> dict[int, Any]:
    words = (cases.c.title, cases.c.description) if with_words else ()
    query = select(
        cases.c.id, cases.c.channel, cases.c.matter, cases.c.cell, cases.c.state, cases.c.depth,
        cases.c.since, cases.c.due, cases.c.deadline, cases.c.unit, cases.c.supervised,
        cases.c.marks, cases.c.clock, cases.c.limit_ms, cases.c.warn, cases.c.left_ms, *words,
    ).where(cases.c.id.in_(ids)).order_by(cases.c.id)  # fmt: skip
    if connection.dialect.name == "postgresql":
        query = query.with_for_update()
    return {row.id: row for row in connection.execute(query)}


def _entry(viewer: Viewer, row: Row[Any], given: Instruction, before: Facts, after: Facts) -> Entry:
    late = in_time(before, given.command, given.at)
    return Entry(
        given.case_id, given.command, given.at, viewer.name, row.channel, late, before, after,
        given.note,
    )  # fmt: skip


def _is_open_again(entry: Entry) -> bool:
    return (
        entry.before is not None
        and entry.before.state not in OPEN
        and entry.after.state in OPEN
    )


def _write(connection: Connection, changed: dict[int, Facts]) -> None:
    if not changed:
        return
    # New reports are compared with open cases alone.
    near = case((bindparam("is_open", type_=Boolean()), cases.c.near), else_=None)
    statement = (
        update(cases)
        .where(cases.c.id == bindparam("case"))
        .values(
            {name: bindparam(f"new_{name}") for name in _CHANGED}
            | {"version": cases.c.version + 1, "near": near}
        )
    )
    rows = [
        {"case": case_id, "is_open": facts.state in OPEN}
        | {f"new_{name}": value for name, value in columns(facts).items()}
        for case_id, facts in changed.items()
    ]
    connection.execute(statement, rows)


_CHANGED = (
    "cell", "state", "depth", "since", "due", "deadline", "unit", "supervised", "marks",
    "clock", "limit_ms", "warn", "left_ms",
)  # fmt: skip
