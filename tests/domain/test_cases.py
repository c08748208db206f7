"""A case never leaves the table of legal moves, and every refusal names what would be legal."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from commandcenter.domain.cases import (
    BY_SYSTEM,
    CLOCKED,
    LEGAL,
    OPEN,
    STEPS,
    TABLE,
    WAITING,
    Command,
    Facts,
    Order,
    State,
    legal_commands,
    move,
    next_state,
)
from commandcenter.domain.clocks import DAY, HOUR, MINUTE, Limit, Millis
from commandcenter.domain.desk import (
    DISPATCH_LIMIT,
    FILING_LIMIT,
    VERIFICATION_LIMIT,
    Desk,
    Given,
    in_time,
)
from commandcenter.domain.matters import Matter
from commandcenter.errors import IllegalMove
from commandcenter.testing import small_city, small_data, small_tree
from commandcenter.testing.city import LEVELS, MATTERS

START: Millis = 1_767_578_400_000
TREE = small_tree()
DESK = Desk(TREE, LEVELS, small_city().calendar, small_data().units)
CALENDAR = small_city().calendar
C = Command
LIMITED = dict.fromkeys((C.FILE, C.RETURN, C.ESCALATE, C.HAND_DOWN, C.REOPEN), DISPATCH_LIMIT) | {
    C.HANDLE: VERIFICATION_LIMIT,
    C.UNMERGE: FILING_LIMIT,
}
STILL = frozenset(rule.command for rule in TABLE if rule.target is None)


class CaseLife(RuleBasedStateMachine):
    """Gives a case any command at any time and keeps a plain record of what must be so."""

    def __init__(self) -> None:
        super().__init__()
        self.at = START
        self.facts = Facts(0, State.REPORTED, 0, START)
        self.matter: Matter = MATTERS[0]
        self.deadline: Millis | None = None
        self.supervised = False
        self.left: Millis | None = None

    @initialize(cell=st.integers(0, len(TREE) - 1), matter=st.sampled_from(MATTERS))
    def report(self, cell: int, matter: Matter) -> None:
        self.facts, self.matter = DESK.report(cell, self.at), matter
        assert self.facts.due == self.at + FILING_LIMIT
        assert self.facts.depth == min(TREE.depth[cell], len(LEVELS) - 2)

    @rule(pause=st.sampled_from([0, 1, MINUTE, HOUR, 3 * DAY]))
    def wait(self, pause: int) -> None:
        self.at += pause

    @precondition(lambda self: set(legal_commands(self.facts.state)) - STILL)
    @rule(data=st.data())
    def step(self, data: st.DataObject) -> None:
        """Take a step of the loop: drawing any command would mostly stand still."""
        steps = [c for c in legal_commands(self.facts.state) if c not in STILL]
        self.order(data.draw(st.sampled_from(steps)))

    @rule(command=st.sampled_from(list(Command)))
    def order(self, command: Command) -> None:
        before = self.facts
        unit = DESK.unit_for(self.matter, before.cell)
        code = unit.code if unit and command is Command.DISPATCH else None
        given = Given(self.matter, code, facts=before, clock=before.clock)
        order = DESK.order(command, self.at, given)
        if (before.state, command) not in LEGAL:
            with pytest.raises(IllegalMove) as refused:
                move(before, order)
            assert refused.value.legal == legal_commands(before.state)
            assert all(c in str(refused.value) for c in refused.value.legal or ("nothing",))
            return
        self.facts = move(before, order)
        self._check(command, before, order)

    def _check(self, command: Command, before: Facts, order: Order) -> None:
        after = self.facts
        if LEGAL[before.state, command] is None:
            if command in (C.SUPERVISE, C.RELEASE):
                self.supervised = command is C.SUPERVISE
            marks = after.marks
            assert after == before._replace(supervised=self.supervised, marks=marks)
            assert marks == before.marks or command in (
                C.ENGAGE,
                C.LIKELY,
                C.DISTINCT,
                C.WHISTLE,
                C.WHISTLE_END,
            )
            return
        if command in (C.DISPATCH, C.ENGAGE):
            self.deadline = CALENDAR.due(self.at, self.matter.limit)
        if command is C.DISPATCH:
            assert (after.unit, after.depth) == (order.unit, self.matter.depth)
        if command is C.SUSPEND:
            assert after.due is None and after.clock is not None
            self.left = after.clock.left
        if command is C.RESUME:
            kind = self.matter.limit.clock
            self.deadline = CALENDAR.after(self.at, self.left or 0, kind)
        assert after.since == self.at
        if command in LIMITED:
            assert after.due == self.at + LIMITED[command]
        elif after.state in (State.DISPATCHED, State.HANDLING):
            assert after.due == self.deadline

    @invariant()
    def stands_in_the_table(self) -> None:
        facts = self.facts
        assert facts.deadline == self.deadline
        assert facts.supervised == self.supervised
        assert facts.due is None or facts.state in CLOCKED
        assert facts.unit is None or facts.state not in (State.REPORTED, State.FILED)
        assert not facts.marks or facts.state in OPEN
        assert facts.since <= self.at


TestCaseLife = CaseLife.TestCase


@given(st.sampled_from(list(State)), st.sampled_from(list(Command)))
def test_the_table_and_the_list_of_legal_commands_say_the_same(
    state: State, command: Command
) -> None:
    if (state, command) in LEGAL:
        assert (command in legal_commands(state)) is (command not in BY_SYSTEM)
        assert next_state(state, command) == (LEGAL[state, command] or state)
    else:
        assert command not in legal_commands(state)
        with pytest.raises(IllegalMove):
            next_state(state, command)


def walk(commands: Sequence[Command]) -> list[State]:
    states = [State.REPORTED]
    for command in commands:
        states.append(next_state(states[-1], command))
    return states


def test_the_main_line_passes_the_eight_steps_in_order() -> None:
    line = [Command.FILE, Command.DISPATCH, Command.TAKE_UP, Command.HANDLE, Command.VERIFY,
            Command.CLOSE, Command.ASSESS]  # fmt: skip
    assert tuple(walk(line)) == STEPS


def test_a_rework_goes_back_to_handling_and_a_return_to_the_desk() -> None:
    assert next_state(State.HANDLED, Command.REWORK) is State.HANDLING
    assert next_state(State.HANDLING, Command.RETURN) is State.FILED
    assert next_state(State.DISPATCHED, Command.RETURN) is State.FILED


def test_every_state_can_be_reached_from_a_report() -> None:
    reached, edge = {State.REPORTED}, [State.REPORTED]
    while edge:
        state = edge.pop()
        new = {next_state(state, c) for c in legal_commands(state)} - reached
        reached |= new
        edge += new
    assert reached == set(State)


def test_what_was_rejected_stays_so_and_what_was_merged_can_be_taken_apart() -> None:
    assert legal_commands(State.REJECTED) == ()
    assert legal_commands(State.MERGED) == (Command.UNMERGE,)
    with pytest.raises(IllegalMove, match="legal now: nothing"):
        next_state(State.REJECTED, Command.SUPERVISE)


def test_waiting_cases_are_open() -> None:
    assert WAITING < OPEN


@pytest.mark.parametrize(
    ("command", "late_by"),
    [(Command.HANDLE, 0), (Command.CLOSE, VERIFICATION_LIMIT)],
)
def test_a_command_is_in_time_up_to_the_very_instant_of_its_limit(
    command: Command, late_by: Millis
) -> None:
    facts = Facts(0, State.HANDLING, 0, START, START + HOUR, START + HOUR)
    limit = START + HOUR + late_by
    assert in_time(facts, command, limit) is True
    assert in_time(facts, command, limit + 1) is False


def test_filing_is_judged_by_the_clock_of_the_report() -> None:
    facts = DESK.report(0, START)
    assert in_time(facts, Command.FILE, START + FILING_LIMIT) is True
    assert in_time(facts, Command.FILE, START + FILING_LIMIT + 1) is False


def test_what_has_no_limit_is_not_judged() -> None:
    without = Facts(0, State.HANDLING, 0, START)
    assert in_time(without, Command.HANDLE, START) is None
    limited = Facts(0, State.HANDLING, 0, START, START, START)
    assert in_time(limited, Command.TAKE_UP, START + DAY) is None


def test_the_nearest_unit_of_the_duty_is_responsible() -> None:
    cover = next(m for m in MATTERS if m.code == "P0201")
    leaf = TREE.position["990105003002002002"]
    found = DESK.unit_for(cover, leaf)
    assert found is not None and found.code == "990105003-sz"
    district = DESK.unit_for(cover, TREE.position["990105"])
    assert district is not None and district.code == "990105-sz"
    assert DESK.unit_for(cover, 0) is None
    assert DESK.unit_for(replace(cover, duty="林业"), leaf) is None


def test_a_dispatch_by_hand_keeps_the_unit_its_level_and_the_deadline_that_were_given() -> None:
    order = DESK.order(Command.DISPATCH, START, Given(None, "990102-cg", START + HOUR))
    assert (order.unit, order.depth, order.deadline) == ("990102-cg", 1, START + HOUR)
    by_matter = DESK.order(Command.DISPATCH, START, Given(MATTERS[4], "990102-sz"))
    assert by_matter.deadline == START + Limit.urgent_hours(2).hours * HOUR
