"""Reports of one thing in two transactions that did not see each other are found right after."""

from dataclasses import replace
from threading import Barrier, Thread

import pytest
from sqlalchemy import Connection, event

from commandcenter.cases import commands, queries, simultaneous, twins
from commandcenter.cases.commands import Instruction
from commandcenter.cases.duplicates_recount import faults
from commandcenter.cases.simultaneous import MARK, Rules
from commandcenter.domain.cases import Command, Mark, State
from commandcenter.domain.clocks import HOUR, MINUTE
from commandcenter.domain.likeness import Likeness, Thresholds
from commandcenter.host.reports import Filing, Report
from commandcenter.ingest.intake import Intake
from commandcenter.ingest.meeting import Meeting
from commandcenter.store.settings import set_setting
from commandcenter.testing.stored import StoredCity
from tests.cases.test_duplicates import command, point, row, told
from tests.cases.test_queries import plans, scans


def meeting(city: StoredCity) -> Meeting:
    """What compares afterwards, begun before anything came; the intake finds nothing alike, as
    one that has looked before the other's commit.
    """
    like = Likeness(Thresholds(), city.tree, city.matters, 4)
    looking_by(city, Likeness(Thresholds(1.0, 1.0), city.tree, city.matters, 4))
    found = Meeting(city.store, Rules(like, city.desk, city.matters), city.clock, limit=4)
    assert found.once() and not found.once()
    return found


def looking_by(city: StoredCity, like: Likeness) -> None:
    city.intake = Intake(city.store, replace(city.intake.rules, likeness=like), city.clock)


def settle(found: Meeting) -> None:
    while found.once():
        pass


def sound(city: StoredCity) -> bool:
    with city.store.read() as connection:
        return faults(connection) == []


def steps(city: StoredCity, case_id: int) -> list[tuple[str, str]]:
    with city.store.read() as connection:
        return [
            (s.command, s.actor) for s in queries.steps(connection, city.viewer(), case_id)
        ]


@pytest.mark.postgres
def test_two_transactions_that_miss_each_other_leave_one_case(on_postgres: StoredCity) -> None:
    city, found = on_postgres, meeting(on_postgres)
    looking_by(city, found.rules.likeness)
    looked = Barrier(3)

    def wait(_c: object, _k: object, sql: str, *_: object) -> None:
        if "x.asked" in sql:
            looked.wait(30)

    event.listen(city.store.engine, "after_cursor_execute", wait)
    threads = [Thread(target=told, args=(city, name)) for name in ("one", "two", "three")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    event.remove(city.store.engine, "after_cursor_execute", wait)
    assert [row(city, n)["state"] for n in (1, 2, 3)] == [State.DISPATCHED] * 3
    settle(found)
    assert [row(city, n)["merged_into"] for n in (1, 2, 3)] == [None, 1, 1]
    assert sound(city)


def test_what_was_dispatched_meanwhile_is_merged_and_its_unit_has_it_no_more(
    stored: StoredCity,
) -> None:
    found = meeting(stored)
    first, second = told(stored, "one"), told(stored, "two", 5)
    assert row(stored, second)["state"] == State.DISPATCHED
    settle(found)
    after = row(stored, second)
    assert (after["state"], after["merged_into"]) == (State.MERGED, first)
    assert (after["unit"], after["due"], after["near"]) == (None, None, None)
    assert steps(stored, second)[-1] == ("merge", "rule")
    assert row(stored, first)["state"] == State.DISPATCHED and sound(stored)


def test_what_is_less_alike_or_taken_up_is_offered_to_the_desk(stored: StoredCity) -> None:
    found = meeting(stored)
    first = told(stored, "one")
    second = told(stored, "two", 25, description="西边围墙外")
    third = told(stored, "three", 3)
    command(stored, third, Command.TAKE_UP)
    settle(found)
    assert row(stored, second)["marks"] == row(stored, third)["marks"] == Mark.LIKELY
    assert row(stored, third)["state"] == State.HANDLING
    with stored.store.read() as connection:
        offered = twins.twins(connection, stored.viewer(), second)
    assert first in [each.case_id for each in offered] and sound(stored)
    command(stored, third, Command.DISTINCT)
    assert row(stored, third)["marks"] == 0 and sound(stored)


def test_reading_the_log_again_changes_nothing_and_what_was_parted_stays_so(
    stored: StoredCity,
) -> None:
    found = meeting(stored)
    told(stored, "one")
    second, third = told(stored, "two", 2), told(stored, "three", 25, description="西边围墙外")
    settle(found)
    command(stored, second, Command.UNMERGE)
    before = [steps(stored, n) for n in (1, 2, 3)]
    with stored.store.write() as connection:
        set_setting(connection, MARK, "0")
    settle(found)
    assert [steps(stored, n) for n in (1, 2, 3)] == before
    assert row(stored, third)["marks"] == Mark.LIKELY and sound(stored)


def test_of_two_workers_one_settles_what_both_have_read(stored: StoredCity) -> None:
    found = meeting(stored)
    told(stored, "one")
    told(stored, "two", 2)
    rules, viewer = found.rules, stored.viewer()
    with stored.store.read() as connection:
        batch = simultaneous.upcoming(connection, rules.likeness)
    assert batch is not None and list(batch.pairs) == [2]
    for is_first in (True, False):
        with stored.store.write() as connection:
            done = simultaneous.settle(connection, viewer, rules, batch, stored.clock.now)
        assert done is is_first
    assert steps(stored, 2)[-1][0] == "merge"


def test_what_a_replay_tells_or_came_long_before_is_not_compared(stored: StoredCity) -> None:
    found = meeting(stored)
    told(stored, "one")
    told_again = Report.model_validate(stored.report("two", **point(stored)))
    (answer,) = stored.accept(Filing(told_again, stored.clock.now))
    stored.clock.now += HOUR
    late = told(stored, "late")
    settle(found)
    assert {row(stored, n)["merged_into"] for n in (1, answer.id or 0, late)} == {None}


def test_a_default_point_is_no_place(stored: StoredCity) -> None:
    found = meeting(stored)
    for n in range(14):
        told(stored, f"d{n}", title=f"第{n}件{chr(0x4E00 + 37 * n)}事", description=f"{n}号")
    stored.clock.now += HOUR
    one, two = told(stored, "one"), told(stored, "two")
    settle(found)
    assert row(stored, one)["merged_into"] is row(stored, two)["merged_into"] is None


def test_looking_reads_indexes_alone(stored: StoredCity) -> None:
    found = meeting(stored)
    for n in range(3):
        told(stored, f"n{n}", n)

    def look(connection: Connection) -> None:
        if stored.store.is_postgresql:  # so few rows are read as they lie, unless that is dear
            connection.connection.cursor().execute("SET LOCAL enable_seqscan = off")
        simultaneous.upcoming(connection, found.rules.likeness)

    with plans(stored) as plan_of:
        plan = plan_of(look)
    assert scans(plan) == [] and (stored.store.is_postgresql or "cases_near" in plan)


def test_the_desk_may_merge_what_is_dispatched_and_nobody_has_taken_up(
    small: StoredCity,
) -> None:
    first, second = told(small, "one"), told(small, "two", 200)
    assert row(small, second)["state"] == State.DISPATCHED
    with small.store.write() as connection:
        given = Instruction(second, Command.MERGE, small.clock.now + MINUTE, master=first,
                            note="同一处")  # fmt: skip
        desk = small.desk, small.matters
        (outcome,) = commands.execute(connection, small.viewer(), *desk, [given])
    assert outcome.refusal is None and outcome.facts is not None
    assert (outcome.facts.state, outcome.facts.unit) == (State.MERGED, None)
