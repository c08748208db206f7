"""Whistles: who is called must come in time, acts and is done; both sides rate; once each."""

from typing import Any

import pytest
from sqlalchemy import select

from commandcenter.cases import coordination_recount, whistles
from commandcenter.cases import whistle_queries as queries
from commandcenter.cases.whistle_queries import Wanted
from commandcenter.cases.whistles import Told
from commandcenter.domain.cases import Command, Mark
from commandcenter.domain.clocks import HOUR, MINUTE
from commandcenter.domain.coordination import CallState
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.domain.whistles import Act, Summons
from commandcenter.errors import CommandCenterError, Forbidden, IllegalMove, Invalid, NotFound
from commandcenter.store.coordination_tables import acts, calls
from commandcenter.store.tables import cases, moves
from commandcenter.testing.stored import MONDAY, StoredCity
from tests.cases.coordination import CITY, EAST, WEST, ground_of, officer

STREET = "990102001"
BUREAU, OFFICE = "990102-cg", "990102001-cg"


def unit(city: StoredCity, code: str = BUREAU) -> Viewer:
    """Somebody of a unit."""
    return officer(city, code.partition("-")[0], Role.UNIT_OFFICER, code)


def summons(city: StoredCity, *units: str, **more: Any) -> Summons:
    """A whistle of a street for its units, to its last cell."""
    cell = more.pop("cell", int(city.tree.last[city.tree.position[STREET]]))
    fields: dict[str, Any] = {"depth": 2} | more
    return Summons(cell, "夜市占道", units or (BUREAU,), **fields)


def blown(city: StoredCity, *units: str, who: Viewer | None = None, **more: Any) -> int:
    """Whistle as a duty officer of the street."""
    viewer = who or officer(city, STREET)
    given = summons(city, *units, **more)
    with city.store.write() as connection:
        return whistles.blow(connection, viewer, ground_of(city), given, city.clock.now)


def say(
    city: StoredCity, viewer: Viewer, number: int, act: Act, code: str = "", **more: Any
) -> None:
    """Say something of a whistle."""
    told = Told(number, act, code, **more)
    with city.store.write() as connection:
        whistles.act(connection, viewer, ground_of(city), told, city.clock.now)


def shown(city: StoredCity, number: int) -> queries.Whistle:
    """A whistle as the whole city's officer sees it."""
    with city.store.read() as connection:
        return queries.whistle(connection, officer(city), number)


def judgements(city: StoredCity) -> list[tuple[str, int, bool]]:
    """What was judged: act, instant, in time."""
    with city.store.read() as connection:
        query = select(acts.c.act, acts.c.at, acts.c.on_time).where(acts.c.on_time.is_not(None))
        return [tuple(row) for row in connection.execute(query.order_by(acts.c.seq))]


def mark_late(city: StoredCity) -> int:
    with city.store.write() as connection:
        return whistles.mark_late(connection, city.clock.now)


def test_called_units_come_act_and_are_done_and_then_the_whistle_ends(stored: StoredCity) -> None:
    number = blown(stored, BUREAU, OFFICE)
    stored.clock.now += 10 * MINUTE
    say(stored, unit(stored), number, Act.REPORT_IN, BUREAU, note="三人已到")
    say(stored, unit(stored), number, Act.ACT, BUREAU)
    say(stored, unit(stored), number, Act.DONE, BUREAU)
    half = shown(stored, number)
    assert (half.line.state, half.ended_at) == ("open", None)
    say(stored, unit(stored, OFFICE), number, Act.DONE, OFFICE)
    found = shown(stored, number)
    assert (found.line.state, found.ended_at) == ("ended", stored.clock.now)
    assert [call.line.state for call in found.calls] == [CallState.DONE, CallState.DONE]
    assert {call.line.reported_in_at for call in found.calls} == {stored.clock.now}
    assert judgements(stored) == [
        ("report_in", stored.clock.now, True), ("done", stored.clock.now, True)
    ]  # fmt: skip
    say(stored, unit(stored), number, Act.RATE, BUREAU, rating=4)
    say(stored, officer(stored, STREET), number, Act.RATE, BUREAU, rating=5)
    rated = next(call for call in shown(stored, number).calls if call.line.unit == BUREAU)
    assert (rated.rating_by_called, rated.rating_by_caller) == (4, 5)
    with pytest.raises(IllegalMove) as refused:
        say(stored, unit(stored), number, Act.ACT, BUREAU)
    assert refused.value.legal == ("rate",)
    with stored.store.read() as connection:
        assert coordination_recount.contradictions(connection) == []


def test_who_does_not_come_is_late_at_the_very_instant_and_once(stored: StoredCity) -> None:
    due = MONDAY + 30 * MINUTE
    number = blown(stored, BUREAU, OFFICE)
    stored.clock.now = due
    assert mark_late(stored) == 0, "a unit that comes at the last instant is in time"
    say(stored, unit(stored, OFFICE), number, Act.REPORT_IN, OFFICE)
    stored.clock.now = due + 3 * HOUR
    with stored.store.read() as connection:
        assert whistles.next_due(connection) == due
    assert (mark_late(stored), mark_late(stored)) == (1, 0)
    say(stored, unit(stored), number, Act.REPORT_IN, BUREAU)
    assert judgements(stored) == [("report_in", due, True), ("late", due, False)]
    line = {call.unit: call for call in shown(stored, number).line.calls}
    assert line[BUREAU].late and not line[OFFICE].late
    with stored.store.read() as connection:
        assert whistles.next_due(connection) is None


def test_who_comes_late_before_anybody_said_so_is_judged_at_its_time(stored: StoredCity) -> None:
    number = blown(stored)
    stored.clock.now += HOUR
    say(stored, unit(stored), number, Act.ACT, BUREAU)
    assert mark_late(stored) == 0
    assert judgements(stored) == [("late", MONDAY + 30 * MINUTE, False)]
    with stored.store.read() as connection:
        assert coordination_recount.contradictions(connection) == []


def test_a_whistle_is_recalled_and_then_nobody_need_come(stored: StoredCity) -> None:
    number = blown(stored, BUREAU, OFFICE)
    say(stored, unit(stored, OFFICE), number, Act.REPORT_IN, OFFICE)
    with pytest.raises(Forbidden):
        say(stored, unit(stored), number, Act.RECALL)
    say(stored, officer(stored, STREET), number, Act.RECALL, note="已散去")
    stored.clock.now += HOUR
    assert mark_late(stored) == 0
    assert {call.line.state for call in shown(stored, number).calls} == {CallState.RECALLED}
    with pytest.raises(IllegalMove):
        say(stored, unit(stored), number, Act.REPORT_IN, BUREAU)
    with pytest.raises(IllegalMove):
        say(stored, officer(stored, STREET), number, Act.RECALL)
    with stored.store.read() as connection:
        assert coordination_recount.contradictions(connection) == []


def test_a_case_bears_the_mark_while_a_whistle_on_it_is_open(stored: StoredCity) -> None:
    leaf = stored.tree.cells[int(stored.tree.last[stored.tree.position[STREET]])].code
    stored.accept(stored.report("one", cell=leaf))
    first, second = blown(stored, case_id=1), blown(stored, OFFICE, case_id=1)

    def marked() -> bool:
        with stored.store.read() as connection:
            return bool(connection.scalar(select(cases.c.marks)) & Mark.WHISTLED)

    assert marked()
    say(stored, unit(stored), first, Act.DONE, BUREAU)
    assert marked()
    say(stored, unit(stored, OFFICE), second, Act.DONE, OFFICE)
    assert not marked()
    with stored.store.read() as connection:
        told = connection.scalars(select(moves.c.command).order_by(moves.c.seq)).all()
        assert [line.id for line in queries.of_case(connection, officer(stored), 1)] == [2, 1]
    assert told[-3:] == [Command.WHISTLE, Command.WHISTLE, Command.WHISTLE_END]
    with pytest.raises(NotFound):
        blown(stored, case_id=99)
    with pytest.raises(NotFound):
        blown(stored, "990103-cg", case_id=1, who=officer(stored, WEST), depth=1,
              cell=stored.tree.position[WEST])  # fmt: skip


@pytest.mark.parametrize(
    ("error", "units", "more"),
    [
        (Invalid, ("nobody",), {}),
        (Invalid, (), {"units": ()}),
        (Invalid, ("990103-cg",), {}),
        (Invalid, (OFFICE,), {"depth": 1}),
        (Invalid, (BUREAU,), {"due": MONDAY}),
        (Invalid, (BUREAU,), {"depth": 0}),
        (NotFound, (BUREAU,), {"cell": 0}),
    ],
)
def test_a_whistle_that_makes_no_sense_is_refused(
    small: StoredCity, error: type[CommandCenterError], units: tuple[str, ...], more: dict[str, Any]
) -> None:
    given = summons(small, *units, **{k: v for k, v in more.items() if k != "units"})
    if "units" in more:
        object.__setattr__(given, "units", more["units"])
    viewer = officer(small, EAST if more.get("depth") == 1 else STREET)
    with small.store.write() as connection, pytest.raises(error):
        whistles.blow(connection, viewer, ground_of(small), given, small.clock.now)


def test_each_side_acts_for_itself_alone(small: StoredCity) -> None:
    for viewer in (unit(small, OFFICE), officer(small, STREET, Role.AUDITOR)):
        with pytest.raises(Forbidden):
            blown(small, who=viewer)
    community = small.tree.cells[small.tree.position[STREET] + 1].code
    with pytest.raises(Forbidden):
        blown(small, who=officer(small, community, Role.GRID_CHIEF),
              cell=small.tree.position[community])  # fmt: skip
    number = blown(small)
    for viewer in (officer(small, STREET), officer(small, EAST, Role.UNIT_OFFICER, "990102-sz")):
        with pytest.raises(Forbidden):
            say(small, viewer, number, Act.REPORT_IN, BUREAU)
    with pytest.raises(NotFound):
        say(small, officer(small, WEST, Role.UNIT_OFFICER, BUREAU), number, Act.REPORT_IN, BUREAU)
    with pytest.raises(NotFound):
        say(small, unit(small), number, Act.REPORT_IN, OFFICE)
    with pytest.raises(IllegalMove):
        say(small, unit(small), number, Act.RATE, BUREAU, rating=3)
    say(small, officer(small, EAST), number, Act.REPORT_IN, BUREAU)  # told by telephone
    with pytest.raises(Invalid):
        say(small, unit(small), number, Act.RATE, BUREAU, rating=6)


def test_lists_show_what_is_open_in_the_scope_and_what_asks_something_of_a_unit(
    stored: StoredCity,
) -> None:
    numbers = [blown(stored, BUREAU, OFFICE), blown(stored), blown(stored, OFFICE)]
    say(stored, unit(stored), numbers[1], Act.DONE, BUREAU)
    with stored.store.read() as connection:
        viewer = officer(stored)
        last = len(stored.tree) - 1
        opened = queries.open_whistles(connection, viewer, 0, last, 9)
        assert [line.id for line in opened] == [numbers[0], numbers[2]]
        west = officer(stored, WEST)
        assert queries.open_whistles(connection, west, 0, last, 9) == []
        own = queries.of_unit(connection, unit(stored), BUREAU, 9)
        assert [line.id for line in own] == [numbers[0]]
        first = queries.page(connection, viewer, Wanted(0, last), None, 2)
        rest = queries.page(connection, viewer, Wanted(0, last), first.cursor, 2)
        assert [line.id for line in (*first.lines, *rest.lines)] == numbers[::-1]
        ended = queries.page(connection, viewer, Wanted(0, last, is_open=False), None, 9)
        assert [line.id for line in ended.lines] == [numbers[1]]
        public = Viewer("wall", CITY, 0, last, Clearance.PUBLIC)
        assert queries.open_whistles(connection, public, 0, last, 1)[0].caller == ""


def test_a_source_knows_its_whistles_by_its_own_names(stored: StoredCity) -> None:
    source = Viewer("sim", CITY, 0, len(stored.tree) - 1, Clearance.STAFF, role=Role.SOURCE)
    first = blown(stored, who=source, key="w1")
    assert blown(stored, who=source, key="w1") == first
    with stored.store.read() as connection:
        assert connection.scalar(select(calls.c.unit)) == BUREAU
        assert whistles.find(connection, source, ["w1", "w2"]) == {"w1": first}
