"""Carrying out commands of several viewers in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from commandcenter.cases import effects, held
from commandcenter.cases.effects import Bench
from commandcenter.cases.held import NOTHING_BESIDE, Beside, Held
from commandcenter.cases.instructions import Exhibit as Exhibit
from commandcenter.cases.instructions import Instruction as Instruction
from commandcenter.domain.cases import Command, Facts, illegal, legal_commands, move, rule_for
from commandcenter.domain.desk import Desk, Given, in_time
from commandcenter.domain.matters import Matter
from commandcenter.domain.metrics import SATISFIED
from commandcenter.domain.permits import Around, check_role, forbidden, hindrance, legal_for
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import Conflict, Forbidden, IllegalMove, Invalid, NotFound
from commandcenter.store.log import Entry, append

Refusal = IllegalMove | NotFound | Forbidden | Conflict | Invalid
REFUSALS = (IllegalMove, NotFound, Forbidden, Conflict, Invalid)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an instruction: the facts and version after it, or why it was refused."""

    instruction: Instruction
    facts: Facts | None
    refusal: Refusal | None = None
    version: int = 0
    legal: tuple[Command, ...] = ()
    """What the viewer may do next; only where that was asked for."""
    beside: Beside = NOTHING_BESIDE


def carry_out(
    connection: Connection,
    desk: Desk,
    matters: Mapping[str, Matter],
    given: Sequence[tuple[Viewer, Instruction]],
) -> list[Outcome]:
    """Carry out what several viewers want, in one transaction, as `execute` does for one."""
    ids = {each.case_id for _, each in given}
    ids |= {each.master for _, each in given if each.master is not None}
    cases = held.lock(connection, ids, desk.reads_words)
    ending = {each.case_id for _, each in given if each.command is Command.CLOSE}
    bench = Bench(connection, desk, matters, cases, [cases[n] for n in ending & cases.keys()])
    outcomes = []
    for viewer, instruction in given:
        try:
            outcomes.append(_carry_out(bench, viewer, instruction))
        except REFUSALS as refusal:
            outcomes.append(Outcome(instruction, None, refusal))
    held.write(connection, bench.changed.values())
    effects.write_evidence(bench)
    append(connection, bench.entries)
    return outcomes


def _carry_out(bench: Bench, viewer: Viewer, given: Instruction) -> Outcome:
    """Carry out one instruction; whatever refuses it does so before anything is written."""
    case = bench.case(viewer, given.case_id)
    around = _check(bench, viewer, case, given)
    effects.check_needs(bench, viewer, case, given, around)
    before, matter = case.facts, effects.matter_of(bench, case, given)
    unit, note = effects.responsible(bench, viewer, case, matter, given)
    wanted = Given(matter, unit, given.deadline, before, before.clock)
    order = bench.desk.order(given.command, given.at, wanted)
    after = move(before, effects.held_up(bench, case, order, unit))
    effects.apply(bench, viewer, case, effects.Step(given, after))
    case.go_on(after)
    bench.changed[given.case_id] = case
    late = _judged(before, given)
    entry = Entry(
        given.case_id, given.command, given.at, viewer.name, case.row.channel, late, before, after,
        note,
    )  # fmt: skip
    bench.entries.append(entry)
    legal = _legal(bench, viewer, case, given) if given.asks_legal else ()
    return Outcome(given, after, None, case.version, legal, case.beside)


def _judged(before: Facts, given: Instruction) -> bool | None:
    """Tell whether a command came in time, of a rating whether it is a good one."""
    if given.command is Command.RATE:
        return given.rating is not None and given.rating >= SATISFIED
    return in_time(before, given.command, given.at)


def _check(bench: Bench, viewer: Viewer, case: Held, given: Instruction) -> Around:
    """Look whether a command may be given; raises the refusal that says why not."""
    command, facts = given.command, case.facts
    check_role(viewer, command)
    if given.version is not None and given.version != case.version:
        raise Conflict(
            f"case {given.case_id} has changed: it is {facts.state} in version {case.version} "
            f"now, not {given.version}; read it again",
            case.version, facts.state, _legal(bench, viewer, case, given),
        )  # fmt: skip
    if command not in legal_commands(facts.state) and not viewer.is_system:
        raise illegal(command, facts.state, _legal(bench, viewer, case, given))
    rule = rule_for(facts.state, command)
    around = held.around(bench.connection, bench.desk, case, bench.closing)
    if why := forbidden(viewer, rule, facts, around):
        raise Forbidden(why)
    if why := hindrance(command, facts, around, given.at):
        legal = legal_for(viewer, facts, around, given.at)
        raise illegal(command, facts.state, legal, why)
    return around


def _legal(bench: Bench, viewer: Viewer, case: Held, given: Instruction) -> tuple[Command, ...]:
    around = held.around(bench.connection, bench.desk, case, bench.closing)
    return legal_for(viewer, case.facts, around, given.at)
