"""What a panel sees of whistles, directives and marked cases: its scope, and what it may."""

from collections.abc import Callable
from typing import Any

import pytest

from commandcenter.cases import commands, directives, whistles
from commandcenter.cases.commands import Instruction
from commandcenter.cases.whistles import Told
from commandcenter.domain.cases import Command, Mark
from commandcenter.domain.clocks import HOUR, MINUTE
from commandcenter.domain.coordination import CallState, CellProgress, Strain
from commandcenter.domain.directives import Acknowledgement, Order, cells_of
from commandcenter.domain.directives import Act as DirectiveAct
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.domain.whistles import Act, Summons
from commandcenter.errors import NotFound
from commandcenter.live.colours import Colours
from commandcenter.live.topics import Topic
from commandcenter.live.view import City, ScopeView
from commandcenter.store.store import Connection
from commandcenter.testing import small_data
from commandcenter.testing.city import LEVELS
from commandcenter.testing.stored import StoredCity
from tests.cases.coordination import CITY, EAST, WEST, ground_of, officer

STREET = "990102001"
BUREAU, OFFICE = "990102-cg", "990102001-cg"
GRID = 4


def view_of(
    city: StoredCity, connection: Connection, scope: str = CITY, clearance: int = Clearance.STAFF
) -> ScopeView:
    live = City(
        city.rollup(), Colours(city.tree), LEVELS, city.channels, city.matters,
        small_data().units, (),
    )  # fmt: skip
    topic = Topic.of("x.p", scope, clearance, "zh", {})
    return ScopeView(live, topic, str.format, lambda: connection)


def blow(city: StoredCity, scope: str, *units: str) -> int:
    cell = int(city.tree.last[city.tree.position[scope]])
    given = Summons(cell, "夜市占道", units, depth=int(city.tree.depth[city.tree.position[scope]]))
    with city.store.write() as connection:
        who = officer(city, scope)
        return whistles.blow(connection, who, ground_of(city), given, city.clock.now)


def say(city: StoredCity, number: int, unit: str, act: Act) -> None:
    with city.store.write() as connection:
        told = Told(number, act, unit)
        whistles.act(connection, officer(city), ground_of(city), told, city.clock.now)


def order(city: StoredCity, scope: str = CITY, depth: int = GRID, **more: Any) -> int:
    with city.store.write() as connection:
        given = Order(city.tree.position[scope], depth, "防汛巡查", **more)
        who = officer(city, CITY)
        return directives.issue(connection, who, ground_of(city), given, city.clock.now)


def answer(city: StoredCity, number: int, act: DirectiveAct, cells: list[int]) -> None:
    said = [Acknowledgement(cell, act) for cell in cells]
    with city.store.write() as connection:
        directives.acknowledge(connection, officer(city), number, said, city.clock.now)


def grids(city: StoredCity, scope: str) -> list[int]:
    return [int(at) for at in cells_of(city.tree, city.tree.position[scope], GRID)]


def given(city: StoredCity, *names: str, **fields: object) -> list[int]:
    answers = city.accept(*(city.report(name, **({"matter": "E0201"} | fields)) for name in names))
    return [answer.id or 0 for answer in answers]


def execute(city: StoredCity, *instructions: Instruction, who: Viewer | None = None) -> None:
    with city.store.write() as connection:
        viewer = who or officer(city)
        done = commands.execute(connection, viewer, city.desk, city.matters, list(instructions))
        assert [outcome.refusal for outcome in done] == [None] * len(done)


def leaf(city: StoredCity, scope: str) -> str:
    return city.tree.cells[int(city.tree.last[city.tree.position[scope]])].code


def test_whistles_are_seen_in_their_scope_and_the_caller_by_who_may(stored: StoredCity) -> None:
    first = blow(stored, STREET, BUREAU, OFFICE)
    stored.clock.now += MINUTE
    second = blow(stored, WEST, "990103-cg")
    say(stored, first, OFFICE, Act.REPORT_IN)
    with stored.store.read() as connection:
        city, east = view_of(stored, connection), view_of(stored, connection, EAST)
        assert [line.id for line in city.whistles(9)] == [first, second]
        assert [line.id for line in city.whistles(1)] == [first]
        (line,) = east.whistles(9)
        assert {call.unit: call.state for call in line.calls} == {
            BUREAU: CallState.CALLED, OFFICE: CallState.REPORTED_IN,
        }  # fmt: skip
        assert line.caller == "duty_officer-990102001"
        public = view_of(stored, connection, EAST, Clearance.PUBLIC)
        assert public.whistles(9)[0].caller == ""
        assert (east.count("whistles"), east.count("calls.called")) == (1, 1)
        assert (city.count("called.1"), east.count("called.1"), east.count("called.2")) == (2, 1, 0)


def test_a_level_says_what_it_was_called_to_and_how_far_its_directive_is(
    stored: StoredCity,
) -> None:
    number = blow(stored, STREET, BUREAU, OFFICE)
    issued = order(stored, deadline=stored.clock.now + HOUR)
    mine = grids(stored, EAST)
    answer(stored, issued, DirectiveAct.DONE, mine[:6])
    with stored.store.read() as connection:
        levels = {level.key: s for level, s in view_of(stored, connection, EAST).level_status()}
    assert (levels["district"].whistles_waiting, levels["street"].whistles_waiting) == (1, 1)
    assert levels["grid"].directive == 6 / len(mine) and levels["street"].directive is None
    assert levels["grid"].strain is Strain.CALM
    stored.clock.now += 2 * HOUR
    with stored.store.write() as connection:
        whistles.mark_late(connection, stored.clock.now)
    with stored.store.read() as connection:
        levels = {level.key: s for level, s in view_of(stored, connection, EAST).level_status()}
    assert (levels["district"].whistles_late, levels["district"].strain) == (1, Strain.BUSY)
    assert levels["district"].reason.zh == "哨令逾期未到 1/1"
    assert (levels["grid"].directive_late, levels["grid"].strain) == (2, Strain.STRAINED)
    assert levels["grid"].reason.en == "directive 25% late (2/8), bound 20%"
    assert number


def test_a_directive_is_seen_as_far_as_the_cells_of_the_scope_are(stored: StoredCity) -> None:
    old = order(stored, EAST, deadline=stored.clock.now + HOUR)
    stored.clock.now += MINUTE
    issued = order(stored)
    east, west = grids(stored, EAST), grids(stored, WEST)
    answer(stored, issued, DirectiveAct.RECEIVE, east)
    answer(stored, issued, DirectiveAct.DONE, west[:3])
    with stored.store.read() as connection:
        city, here = view_of(stored, connection), view_of(stored, connection, EAST)
        there = view_of(stored, connection, WEST)
    assert [line.id for line in here.directives(9)] == [issued, old]
    assert [line.id for line in there.directives(9)] == [issued], "it has no cells there"
    assert here.directives(1)[0].counts == (0, 8, 0, 0) and here.directives(1)[0].total == 8
    counts = city.directive_progress(issued)
    assert counts.shape == (4, len(stored.tree))
    assert counts[:, stored.tree.position[WEST]].tolist() == [5, 0, 0, 3]
    assert here.directive_progress(issued)[:, 0].tolist() == [0, 8, 0, 0]
    with pytest.raises(NotFound, match=f"directive {old} is not live in {WEST}"):
        there.directive_progress(old)
    with stored.store.read() as connection:
        micro = view_of(stored, connection, leaf(stored, EAST))
    assert micro.directives(9) == [], "a micro-grid is below the level it was issued to"


def test_late_cells_are_those_not_done_after_the_deadline(stored: StoredCity) -> None:
    issued = order(stored, deadline=stored.clock.now + HOUR)
    east = grids(stored, EAST)
    answer(stored, issued, DirectiveAct.DONE, east[1:])
    answer(stored, issued, DirectiveAct.RECEIVE, grids(stored, WEST)[:7])
    with stored.store.read() as connection:
        assert view_of(stored, connection).late_cells(issued, 9) == []
    stored.clock.now += HOUR + 1
    with stored.store.read() as connection:
        assert view_of(stored, connection, EAST).late_cells(issued, 9) == [(east[0], 0)]
        west = view_of(stored, connection, WEST)
        assert west.directives(9)[0].late == 8
        assert [cell.state for cell in west.late_cells(issued, 2)] == [
            CellProgress.ISSUED, CellProgress.RECEIVED,
        ]  # fmt: skip


def test_boards_of_cases_go_by_their_clocks_marks_and_supervision(stored: StoredCity) -> None:
    first, second, third = given(stored, "one", "two", "three", cell=leaf(stored, EAST))
    (other,) = given(stored, "four", cell=leaf(stored, WEST))
    now = stored.clock.now
    execute(
        stored,
        Instruction(second, Command.SUPERVISE, now, note="急"),
        Instruction(third, Command.SUPERVISE, now, note="急"),
        Instruction(other, Command.SUPERVISE, now, note="急"),
        Instruction(
            first, Command.ENGAGE, now, units=("990102-cg", "990102-hw"), lead="990102-hw"
        ),
    )
    stored.clock.now += MINUTE
    execute(stored, Instruction(third, Command.DISPATCH, stored.clock.now))

    def seen(act: Callable[[ScopeView], object], scope: str = EAST) -> object:
        with stored.store.read() as connection:
            return act(view_of(stored, connection, scope))

    assert seen(lambda view: [case.id for case in view.next_due(9)]) == [second, first, third]
    assert seen(lambda view: [case.id for case in view.next_due(1)], CITY) == [second]
    assert seen(lambda view: [case.id for case in view.supervised_cases(9)]) == [second, third]
    assert seen(lambda view: len(view.supervised_cases(9)), CITY) == 3
    assert seen(lambda view: view.marked(Mark.CROSS, 9), WEST) == []
    assert seen(lambda view: view.marked(Mark.RETURNED, 9), CITY) == []
    (cross,) = seen(lambda view: view.marked(Mark.CROSS, 9))  # type: ignore[misc]
    assert (cross.id, cross.marks) == (first, Mark.CROSS)
    assert [(part.unit, part.is_lead) for part in cross.parts] == [
        ("990102-hw", True), ("990102-cg", False),
    ]  # fmt: skip


def test_the_four_lists_count_cases_called_units_and_cells(stored: StoredCity) -> None:
    given(stored, "one", "two", cell=leaf(stored, EAST))
    number = blow(stored, STREET, BUREAU, OFFICE)
    say(stored, number, OFFICE, Act.ACT)
    answer(stored, order(stored), DirectiveAct.DONE, grids(stored, EAST)[:5])
    with stored.store.read() as connection:
        lists = view_of(stored, connection, EAST).four_lists()
    assert (lists.listed, lists.handed_over) == ((2, 0, 0), (0, 1, 3))
    assert (lists.being_done, lists.cleared) == ((0, 1, 0), (0, 0, 5))
    assert lists.handed_over.total == 4


def test_units_are_known_by_code_wherever_they_are_seated(small: StoredCity) -> None:
    with small.store.read() as connection:
        view = view_of(small, connection, WEST)
    assert view.unit(BUREAU) is not None and view.unit("nobody") is None
