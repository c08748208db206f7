"""Whatever is tried by whomever, a case stands where the table says, and the refusal says why."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select, update

from commandcenter.cases import commands
from commandcenter.cases.carrying import Outcome, carry_out
from commandcenter.cases.instructions import Instruction
from commandcenter.domain.cases import BY_SYSTEM, LEGAL, OPEN, Command, Mark, State
from commandcenter.domain.clocks import HOUR
from commandcenter.domain.permits import LEVEL_FREE, roles_of
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import Forbidden, IllegalMove
from commandcenter.live.verify import verify
from commandcenter.store.store import Store
from commandcenter.store.tables import cases, moves
from commandcenter.testing.stored import MONDAY, StoredCity

UNIT, OTHER = "990105003-cg", "990105-sz"
UNITLESS = (State.REPORTED, State.REJECTED, State.FILED, State.MERGED)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoredCity]:
    """A city with two cases; what is tried in it is taken back."""
    path = tmp_path_factory.mktemp("table") / "city.db"
    with closing(Store(f"sqlite:///{path}")) as store:
        made = StoredCity(store)
        made.accept(*(made.report(name, matter="E0201") for name in ("one", "two")))
        yield made


@contextmanager
def tried(city: StoredCity) -> Iterator[Connection]:
    """A transaction of which nothing is kept."""
    with city.store.engine.connect().execution_options(writes=True) as connection:
        transaction = connection.begin()
        yield connection
        transaction.rollback()


def everything(case_id: int, command: Command, master: int) -> Instruction:
    """A command with all that any command can need."""
    return Instruction(
        case_id, command, MONDAY + HOUR, UNIT, None, "因为", None, (UNIT, OTHER), None, "E0201",
        master, 3,
    )  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(State), st.sampled_from(Command), st.sampled_from([*Role, None]),
    st.sampled_from([0, 1, 4]), st.sampled_from([None, UNIT, OTHER]),
)  # fmt: skip
def test_a_command_leads_where_the_table_says_or_is_refused_for_one_reason(
    city: StoredCity, state: State, command: Command, role: Role | None, depth: int,
    unit: str | None,
) -> None:  # fmt: skip
    viewer = replace(city.viewer(), role=role, depth=depth, unit=unit)
    with tried(city) as connection:
        holder = None if state in UNITLESS else UNIT
        set_to = {"state": state.value, "unit": holder, "depth": 1}
        connection.execute(update(cases).where(cases.c.id == 1).values(set_to))
        legal = commands.legal(connection, viewer, city.desk, 1, MONDAY + HOUR)
        order = everything(1, command, 2)
        (outcome,) = commands.execute(connection, viewer, city.desk, city.matters, [order])
        version = connection.execute(select(cases.c.version).where(cases.c.id == 1)).scalar()
    check(outcome, state, viewer)
    assert (outcome.refusal is None) is (command in legal)
    assert version == (2 if outcome.refusal is None else 1)


def check(outcome: Outcome, state: State, viewer: Viewer) -> None:
    command, refusal = outcome.instruction.command, outcome.refusal
    if viewer.role not in roles_of(command):
        assert isinstance(refusal, Forbidden) and outcome.facts is None
        return
    if (state, command) not in LEGAL:
        assert isinstance(refusal, IllegalMove)
        assert command not in refusal.legal
        return
    if refusal is not None:
        assert isinstance(refusal, IllegalMove | Forbidden), refusal
        return
    facts = outcome.facts
    assert facts is not None and facts.state is (LEGAL[state, command] or state)
    assert facts.state in OPEN or not facts.marks
    if viewer.role is Role.UNIT_OFFICER:
        assert viewer.unit == UNIT
    elif viewer.role is not Role.SOURCE and command not in LEVEL_FREE:
        assert viewer.depth <= 1


def test_what_the_system_alone_does_nobody_else_is_offered() -> None:
    assert {Command.LIKELY, Command.WHISTLE, Command.WHISTLE_END} == BY_SYSTEM
    assert not any(roles_of(command) for command in BY_SYSTEM)


def test_after_any_number_of_commands_by_anybody_the_counts_and_versions_hold(
    stored: StoredCity,
) -> None:
    chance = Random(5)
    stored.accept(*(stored.report(f"n{n}", matter="E0201") for n in range(6)))
    viewers = [replace(stored.viewer(), role=role, unit=UNIT) for role in Role]
    boss, done = stored.viewer(), 0
    for step in range(60):
        at = MONDAY + step * HOUR
        batch = [
            (chance.choice([boss, *viewers]), everything(case_id, command, chance.randint(1, 6)))
            for case_id in range(1, 7)
            for command in chance.sample(list(Command), 3)
        ]
        given = [(viewer, replace(order, at=at)) for viewer, order in batch]
        with stored.store.write() as connection:
            outcomes = carry_out(connection, stored.desk, stored.matters, given)
        done += sum(outcome.refusal is None for outcome in outcomes)
    assert done > 50
    stored.clock.now = at
    with stored.store.read() as connection:
        rows = connection.execute(select(cases)).all()
        query = select(moves.c.case_id, func.count()).group_by(moves.c.case_id)
        made = {case_id: count for case_id, count in connection.execute(query)}
    assert sum(made.values()) == done + 12
    for row in rows:
        assert row.version == made[row.id] - 1
        assert (row.merged_into is not None) is (row.state == State.MERGED)
        assert row.state in OPEN or row.marks == 0
        assert row.unit is not None or not row.marks & Mark.CROSS
    assert verify(stored.frame(), stored.store, stored.clock.now).differences == ()
