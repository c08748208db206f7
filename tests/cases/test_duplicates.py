"""The same thing reported twice: merged by rule, or offered to the desk, whatever the channel."""

import pytest
from sqlalchemy import event

from commandcenter.cases import commands, duplicates, queries, twins
from commandcenter.cases.commands import Instruction
from commandcenter.cases.duplicates_recount import faults
from commandcenter.domain.cases import Command, Mark, State
from commandcenter.domain.clocks import HOUR
from commandcenter.domain.likeness import METRES_PER_DEGREE, Likeness, Thresholds
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.errors import NotFound
from commandcenter.host.reports import Filing, Report
from commandcenter.ingest.intake import Intake
from commandcenter.store.tables import cases
from commandcenter.testing.stored import MONDAY, StoredCity
from tests.cases.test_queries import plans, scans

EAST = "990102"


@pytest.fixture
def city(stored: StoredCity) -> StoredCity:
    """The small city with an intake that compares."""
    lowest = 4
    rules = stored.intake._rules
    like = Likeness(Thresholds(), stored.tree, stored.matters, lowest)
    compared = type(rules)(**{name: getattr(rules, name) for name in rules.__slots__} | {
        "likeness": like
    })  # fmt: skip
    stored.intake = Intake(stored.store, compared, stored.clock)
    return stored


def point(city: StoredCity, metres: float = 0.0, at: int = -1) -> dict[str, object]:
    """Return where a report is made, in a cell of the deepest level."""
    cell = city.tree.cells[at]
    return {"lng": cell.lng, "lat": cell.lat + metres / METRES_PER_DEGREE, "cell": cell.code}


def told(city: StoredCity, name: str, metres: float = 0.0, **fields: object) -> int:
    said = {"title": "路边有垃圾", "description": "小区东门口"} | fields
    (answer,) = city.accept(city.report(name, **point(city, metres), **said))
    assert answer.status == "accepted" and answer.id is not None
    return answer.id


def row(city: StoredCity, case_id: int) -> dict[str, object]:
    with city.store.read() as connection:
        found = connection.execute(cases.select().where(cases.c.id == case_id)).one()
        return dict(found._mapping)


def command(city: StoredCity, case_id: int, command: Command, **fields: object) -> None:
    given = Instruction(case_id, command, city.clock.now, **fields)  # type: ignore[arg-type]
    with city.store.write() as connection:
        desk = city.desk, city.matters
        (outcome,) = commands.execute(connection, city.viewer(), *desk, [given])
    assert outcome.refusal is None


def test_a_second_report_is_merged_by_rule_across_channels_with_its_reason(
    city: StoredCity,
) -> None:
    first = told(city, "one", channel="app")
    city.clock.now += HOUR
    second = told(city, "two", 8, channel="hotline", description="东门口垃圾成堆",
                  reporter={"name": "王某", "phone": "13900001234"})  # fmt: skip
    found = row(city, second)
    assert (found["state"], found["merged_into"]) == (State.MERGED, first)
    assert (found["near"], found["marks"], found["due"]) == (None, 0, None)
    with city.store.read() as connection:
        steps = queries.steps(connection, city.viewer(), second)
        assert [(s.command, s.actor) for s in steps] == [("report", "test"), ("merge", "rule")]
        assert f"与案件 {first} 为同一问题：相距 8 米，相隔 1 小时，事项相同" in steps[1].note
        assert faults(connection) == []


def test_what_is_less_alike_is_offered_to_the_desk_and_not_dispatched(city: StoredCity) -> None:
    first = told(city, "one")
    second = told(city, "two", 25, description="西边围墙外")
    found = row(city, second)
    assert found["state"] == State.FILED and found["marks"] == Mark.LIKELY
    assert row(city, first)["marks"] == 0
    with city.store.read() as connection:
        (twin,) = twins.twins(connection, city.viewer(), second)
        assert (twin.case_id, twin.decision) == (first, None) and "相距 25 米" in twin.reason
        assert faults(connection) == []
    command(city, second, Command.DISTINCT)
    assert row(city, second)["marks"] == 0
    with city.store.read() as connection:
        (twin,) = twins.twins(connection, city.viewer(), second)
        assert (twin.decision, twin.decided_by) == ("distinct", "test")
        assert faults(connection) == []


def test_the_desk_merges_a_likely_one_and_takes_it_apart_again(city: StoredCity) -> None:
    first = told(city, "one")
    second = told(city, "two", 25, description="西边围墙外")
    command(city, second, Command.MERGE, master=first, note="同一处")
    assert row(city, second)["merged_into"] == first and row(city, second)["near"] is None
    with city.store.read() as connection:
        assert twins.twins(connection, city.viewer(), second)[0].decision == "merge"
    command(city, second, Command.UNMERGE)
    assert row(city, second)["merged_into"] is None and row(city, second)["near"] is not None
    with city.store.read() as connection:
        assert faults(connection) == []


def test_what_has_ended_is_no_master(city: StoredCity) -> None:
    first = told(city, "one")
    for step in (Command.DISPATCH, Command.TAKE_UP, Command.HANDLE, Command.VERIFY, Command.CLOSE):
        if row(city, first)["state"] != State.DISPATCHED or step is not Command.DISPATCH:
            command(city, first, step)
    assert row(city, first)["near"] is None
    assert row(city, told(city, "two"))["state"] != State.MERGED


def test_two_in_one_list_are_found_too_and_take_one_query_for_the_list(city: StoredCity) -> None:
    told(city, "before", 4000)
    sent: list[str] = []

    def keep(_c: object, _k: object, sql: str, *_: object) -> None:
        sent.append(sql)

    event.listen(city.store.engine, "before_cursor_execute", keep)
    spread = [city.report(f"s{n}", **point(city, 300 * n)) for n in range(1, 9)]
    again = [city.report(f"a{n}", **point(city, 300 * n + 5)) for n in range(1, 9)]
    answers = city.accept(*spread, *again)
    event.remove(city.store.engine, "before_cursor_execute", keep)
    ids = [answer.id or 0 for answer in answers]
    assert [row(city, case_id)["merged_into"] for case_id in ids[8:]] == ids[:8]
    assert (
        len([sql for sql in sent if "json_" in sql and "near" in sql and "asked" in sql]) == 2
    )
    resent = city.accept(*spread, *again)
    assert [(a.status, a.id) for a in resent] == [("duplicate", case_id) for case_id in ids]


def test_a_default_point_neither_merges_nor_costs(city: StoredCity) -> None:
    fields = [
        {"title": f"第{n}件{chr(0x4E00 + 37 * n)}事", "description": f"{n}号"} for n in range(60)
    ]
    ids = [told(city, f"d{n}", **each) for n, each in enumerate(fields)]
    assert row(city, told(city, "late", **fields[50]))["state"] != State.MERGED
    with plans(city) as plan_of:
        like = city.intake._rules.likeness
        assert like is not None
        asked = duplicates.told(like, Report.model_validate(
            city.report("x", **point(city))), len(city.tree) - 1, "E0101", MONDAY)  # fmt: skip
        plan = plan_of(lambda c: duplicates.look(c, like, [duplicates.placed(asked)]))
        assert scans(plan) == [] and "cases_near" in plan
    assert len(ids) == 60


def test_a_replay_and_the_matters_that_are_each_ones_own_are_not_looked_at(
    city: StoredCity,
) -> None:
    told(city, "one")
    report = Report.model_validate(city.report("two", **point(city), description="小区东门口"))
    (answer,) = city.accept(Filing(report, MONDAY))
    assert row(city, answer.id or 0)["state"] == State.REPORTED
    like = city.intake._rules.likeness
    assert like is not None
    own = Likeness(Thresholds(own=frozenset({"E0101"})), like.tree, like.matters, like.lowest)
    assert duplicates.told(own, report, len(city.tree) - 1, "E0101", MONDAY) is None


def test_the_master_shows_all_reporters_as_far_as_the_viewer_may_see(city: StoredCity) -> None:
    first = told(city, "one", reporter={"name": "李某", "phone": "13800001111"})
    for n in range(3):
        city.clock.now += HOUR
        told(city, f"again{n}", n, reporter={"name": f"甲{n}", "phone": "13900002222"})

    def seen(viewer: Viewer) -> list[str | None]:
        with city.store.read() as connection:
            return [each.name for each in twins.reporters(connection, viewer, first)]

    assert seen(city.viewer(clearance=Clearance.PERSONAL)) == ["李*", "甲*", "甲*", "甲*"]
    assert seen(city.viewer()) == [None] * 4
    with pytest.raises(NotFound):
        seen(city.viewer(EAST, Clearance.PERSONAL))
