"""Commands: one change of the row and one move each; an illegal one costs only itself."""

from commandcenter.cases import commands, queries
from commandcenter.cases.commands import Instruction
from commandcenter.cases.rows import facts_of
from commandcenter.domain.cases import Command, Facts, State
from commandcenter.domain.clocks import HOUR
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import IllegalMove, NotFound
from commandcenter.store.log import last_seq, read_after
from commandcenter.store.tables import cases
from commandcenter.testing.stored import MONDAY, StoredCity

EAST, SOUTH = "990102", "990105"


def given(city: StoredCity, *names: str, **fields: object) -> list[int]:
    answers = city.accept(*(city.report(name, **({"matter": "E0201"} | fields)) for name in names))
    return [answer.id or 0 for answer in answers]


def execute(
    city: StoredCity, *instructions: Instruction, viewer: Viewer | None = None
) -> list[commands.Outcome]:
    with city.store.write() as connection:
        return commands.execute(
            connection, viewer or city.viewer(), city.desk, city.matters, list(instructions)
        )


def row(city: StoredCity, case_id: int) -> tuple[Facts, int]:
    with city.store.read() as connection:
        found = connection.execute(cases.select().where(cases.c.id == case_id)).one()
        return facts_of(found), found.version


def test_a_command_changes_the_row_and_writes_the_move_with_before_and_after(
    stored: StoredCity,
) -> None:
    (case_id,) = given(stored, "one")
    with stored.store.read() as connection:
        seq = last_seq(connection)
    before, _ = row(stored, case_id)
    (outcome,) = execute(
        stored, Instruction(case_id, Command.DISPATCH, MONDAY + HOUR, note="去看看")
    )
    after, _ = row(stored, case_id)
    assert outcome.refusal is None and outcome.facts == after
    assert (after.state, after.unit, after.depth) == (State.DISPATCHED, "990105003-cg", 1)
    with stored.store.read() as connection:
        (move,) = read_after(connection, seq)
        step = queries.steps(connection, stored.viewer(), case_id)[-1]
    assert (move.before, move.after) == (before.logged(), after.logged())
    assert (step.actor, step.note, step.unit, step.at) == (
        "test", "duty: 按事项职责就近派遣 · 去看看", "990105003-cg", MONDAY + HOUR
    )  # fmt: skip


def test_an_illegal_command_is_refused_with_what_is_legal_and_the_others_go_on(
    stored: StoredCity,
) -> None:
    one, two = given(stored, "one", "two")
    outcomes = execute(
        stored,
        Instruction(one, Command.CLOSE, MONDAY),
        Instruction(two, Command.SUPERVISE, MONDAY, note="急"),
    )
    assert isinstance(outcomes[0].refusal, IllegalMove)
    assert "dispatch" in outcomes[0].refusal.legal and outcomes[0].facts is None
    assert row(stored, one)[0].state is State.FILED
    assert row(stored, two)[0].supervised is True


def test_several_commands_on_one_case_follow_each_other(stored: StoredCity) -> None:
    one, two = given(stored, "one", "two")
    outcomes = execute(
        stored,
        Instruction(one, Command.DISPATCH, MONDAY + 1),
        Instruction(two, Command.SUPERVISE, MONDAY + 2, note="急"),
        Instruction(one, Command.TAKE_UP, MONDAY + 3),
        Instruction(one, Command.FILE, MONDAY + 4),
        Instruction(one, Command.HANDLE, MONDAY + 5),
    )
    assert [o.refusal is None for o in outcomes] == [True, True, True, False, True]
    with stored.store.read() as connection:
        told = [step.command for step in queries.steps(connection, stored.viewer(), one)]
    assert told[-3:] == [Command.DISPATCH, Command.TAKE_UP, Command.HANDLE]
    assert row(stored, one)[0].state is State.HANDLED
    assert row(stored, one)[0] == outcomes[-1].facts


def test_the_version_grows_with_every_change_and_with_no_refusal(stored: StoredCity) -> None:
    (case_id,) = given(stored, "one")
    versions = [row(stored, case_id)[1]]
    for command in (Command.DISPATCH, Command.DISPATCH, Command.TAKE_UP):
        execute(stored, Instruction(case_id, command, MONDAY))
        versions.append(row(stored, case_id)[1])
    assert versions == [1, 2, 2, 3]


def test_a_case_outside_the_scope_does_not_exist_for_a_command(stored: StoredCity) -> None:
    (case_id,) = given(stored, "one")  # lies in the south
    east, south = stored.viewer(EAST), stored.viewer(SOUTH)
    order = Instruction(case_id, Command.DISPATCH, MONDAY)
    (there,) = execute(stored, order, viewer=east)
    (nowhere,) = execute(stored, Instruction(999, Command.DISPATCH, MONDAY), viewer=east)
    assert isinstance(there.refusal, NotFound) and isinstance(nowhere.refusal, NotFound)
    assert str(there.refusal) == str(nowhere.refusal).replace("999", str(case_id))
    assert row(stored, case_id)[0].state is State.FILED
    (inside,) = execute(stored, order, viewer=south)
    assert inside.refusal is None


def test_no_commands_write_nothing(stored: StoredCity) -> None:
    assert execute(stored) == []
    with stored.store.read() as connection:
        assert last_seq(connection) == 0
