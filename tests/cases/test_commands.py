"""Commands: one change of the row and one move each; an illegal one costs only itself."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

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


def test_what_commands_set_and_clear_is_written_and_nothing_else_of_the_row(
    stored: StoredCity,
) -> None:
    one, two = given(stored, "one", "two", reporter={"name": "王某", "phone": "13800000000"})
    before = {number: whole_row(stored, number) for number in (one, two)}
    unit = before[one]["unit"]
    steps = (Command.DISPATCH, Command.TAKE_UP, Command.HANDLE, Command.VERIFY, Command.CLOSE)
    given_all = [Instruction(one, each, MONDAY + n, note="已办") for n, each in enumerate(steps, 1)]
    given_all.append(Instruction(two, Command.SUPERVISE, MONDAY + 9, note="急"))
    outcomes = execute(stored, *given_all)
    assert [each.refusal for each in outcomes] == [None] * 6
    after = whole_row(stored, one)
    assert (after["closed_at"], after["near"], after["due"]) == (MONDAY + 5, None, None)
    assert after["unit"] is not None and unit is None and after["version"] == 6
    assert changed(before[one], after) <= {
        "state", "depth", "since", "due", "deadline", "unit", "marks", "clock", "limit_ms", "warn",
        "left_ms", "version", "closed_at", "near",
    }  # fmt: skip
    assert changed(before[two], whole_row(stored, two)) == {"supervised", "version"}


def test_many_commands_of_several_kinds_cost_as_many_statements_as_a_few(
    on_postgres: StoredCity,
) -> None:
    numbers = given(on_postgres, *map(str, range(12)), title="路灯不亮")
    ways = {
        3: [Command.DISPATCH, Command.SUPERVISE, Command.DISPATCH],
        9: [Command.DISPATCH, Command.SUPERVISE, Command.DISPATCH] * 3,
    }
    sent = {}
    for size, wanted in ways.items():
        mine, numbers = numbers[:size], numbers[size:]
        asked = [
            Instruction(number, command, MONDAY + HOUR, note="急")
            for number, command in zip(mine, wanted, strict=True)
        ]
        with statements(on_postgres) as sent[size]:
            assert all(each.refusal is None for each in execute(on_postgres, *asked))
    assert sent[3] == sent[9] and len(sent[9]) == len(set(sent[9]))


def whole_row(city: StoredCity, case_id: int) -> dict[str, object]:
    with city.store.read() as connection:
        query = cases.select().where(cases.c.id == case_id)
        return dict(connection.execute(query).mappings().one())


def changed(before: dict[str, object], after: dict[str, object]) -> set[str]:
    return {name for name, value in after.items() if value != before[name]}


@contextmanager
def statements(city: StoredCity) -> Iterator[list[str]]:
    sent: list[str] = []

    def keep(_connection: object, _cursor: object, sql: str, *_: object) -> None:
        sent.append(sql)

    event.listen(city.store.engine, "before_cursor_execute", keep)
    yield sent
    event.remove(city.store.engine, "before_cursor_execute", keep)
