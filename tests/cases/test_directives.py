"""Directives over all cells of a level: what they say counts once, forward, and until a recall."""

from dataclasses import replace

import pytest

from commandcenter.cases import directive_queries as queries
from commandcenter.cases import directives
from commandcenter.cases.directives import Recall
from commandcenter.domain.clocks import DAY, HOUR, MINUTE
from commandcenter.domain.directives import Acknowledgement, Act, Order, cells_of
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.errors import Forbidden, IllegalMove, Invalid, NotFound
from commandcenter.testing.stored import MONDAY, StoredCity
from tests.cases.coordination import CITY, EAST, WEST, ground_of, officer

MICRO = 5


def issued(city: StoredCity, scope: str = CITY, **more: object) -> int:
    """Have the duty officer of a scope order all its micro-grids."""
    order = Order(city.tree.position[scope], MICRO, "入户走访")
    for name, value in more.items():
        object.__setattr__(order, name, value)
    with city.store.write() as connection:
        return directives.issue(
            connection, officer(city, scope), ground_of(city), order, city.clock.now
        )


def say(city: StoredCity, number: int, act: Act, *cells: int, who: Viewer | None = None) -> object:
    """Have cells say how far they are."""
    said = [Acknowledgement(cell, act) for cell in cells]
    with city.store.write() as connection:
        viewer = who or officer(city)
        return directives.acknowledge(connection, viewer, number, said, city.clock.now)


def micros(city: StoredCity, scope: str = CITY) -> list[int]:
    return [int(at) for at in cells_of(city.tree, city.tree.position[scope], MICRO)]


def test_cells_go_forward_alone_and_repeats_change_nothing(stored: StoredCity) -> None:
    number = issued(stored)
    one, two, three, *_ = micros(stored)
    assert say(stored, number, Act.RECEIVE, one, two) == (2, 0, ())
    assert say(stored, number, Act.DONE, two, three) == (2, 0, ())
    assert say(stored, number, Act.ACT, one, two, three) == (1, 2, ())
    assert say(stored, number, Act.ACT, one) == (0, 1, ())
    assert say(stored, number, Act.ACT, 0) == (0, 0, (0,)), "the city is no micro-grid"
    with stored.store.read() as connection:
        found = queries.directive(connection, officer(stored), number, stored.clock.now)
        assert found.line.counts == (53, 0, 1, 2) and found.line.total == 56
        city = queries.progress(connection, officer(stored), stored.tree, number, 0)
        page = queries.page(connection, officer(stored, WEST), None, None, 9, stored.clock.now)
    assert {level.depth: tuple(level.counts) for level in city.levels} == {
        0: (1, 0, 0, 0), 1: (3, 0, 0, 0), 2: (7, 0, 0, 0), 3: (14, 0, 0, 0), 4: (27, 0, 1, 0),
        5: (53, 0, 1, 2),
    }  # fmt: skip
    assert tuple(city.children[0].counts) == (13, 0, 1, 2)
    assert [(line.total, line.counts.issued) for line in page.lines] == [(16, 16)]


def test_when_all_cells_are_done_the_directive_ends(stored: StoredCity) -> None:
    number = issued(stored, EAST)
    say(stored, number, Act.DONE, *micros(stored, EAST))
    with stored.store.read() as connection:
        found = queries.directive(connection, officer(stored), number, stored.clock.now)
    assert (found.line.state, found.ended_at) == ("done", stored.clock.now)
    assert [step.act for step in found.acts] == ["issue", "end"]
    with pytest.raises(IllegalMove, match="done"):
        say(stored, number, Act.DONE, micros(stored, EAST)[0])


def test_after_a_recall_no_cell_says_anything_any_more(stored: StoredCity) -> None:
    number = issued(stored)
    with stored.store.write() as connection:
        viewer = officer(stored)
        given = Recall(number, "暴雨")
        directives.recall(connection, viewer, ground_of(stored), given, stored.clock.now)
    with pytest.raises(IllegalMove, match="recalled"):
        say(stored, number, Act.RECEIVE, micros(stored)[0])


def test_levels_order_those_below_them_in_their_own_scope(stored: StoredCity) -> None:
    ground, now = ground_of(stored), stored.clock.now
    east = stored.tree.position[EAST]
    street = stored.tree.children(east)[0]

    def refused(viewer: Viewer, error: type[Exception], cell: int, depth: int, **more: int) -> None:
        with stored.store.write() as connection, pytest.raises(error):
            order = Order(cell, depth, "走访", **more)  # type: ignore[arg-type]
            directives.issue(connection, viewer, ground, order, now)

    refused(officer(stored, WEST), NotFound, east, MICRO)
    refused(officer(stored, EAST), Forbidden, east, 1)
    refused(officer(stored, EAST), Invalid, street, 1)
    refused(officer(stored, EAST), Invalid, street, MICRO, deadline=now)
    refused(officer(stored, EAST, role=Role.GRID_CHIEF), Forbidden, street, MICRO)
    refused(replace(stored.viewer(), role=None), Forbidden, street, MICRO)
    number = issued(stored, EAST)
    with stored.store.write() as connection, pytest.raises(Forbidden):
        street_officer = officer(stored, stored.tree.cells[street].code)
        directives.recall(connection, street_officer, ground, Recall(number), now)
    with pytest.raises(NotFound):
        say(stored, number, Act.DONE, 1, who=officer(stored, WEST))
    with pytest.raises(Forbidden):
        say(stored, number, Act.DONE, 1, who=officer(stored, role=Role.AUDITOR))
    other = micros(stored, EAST)[-1]
    own = officer(stored, stored.tree.cells[street].code, role=Role.GRID_CHIEF)
    assert say(stored, number, Act.DONE, other, who=own) == (0, 0, (other,))


def test_late_is_who_was_not_done_at_the_very_deadline(stored: StoredCity) -> None:
    number = issued(stored, EAST, deadline=MONDAY + HOUR)
    one, two, three, *others = micros(stored, EAST)
    stored.clock.now = MONDAY + HOUR
    say(stored, number, Act.DONE, one)
    with stored.store.write() as connection:
        assert directives.mark_late(connection, stored.clock.now) == 0
        assert directives.next_deadline(connection) == MONDAY + HOUR
    stored.clock.now += 1
    say(stored, number, Act.DONE, two)
    stored.clock.now += MINUTE
    with stored.store.write() as connection:
        assert directives.mark_late(connection, stored.clock.now) == 1
        assert directives.mark_late(connection, stored.clock.now) == 0
        assert directives.next_deadline(connection) is None
    with stored.store.read() as connection:
        viewer = officer(stored)
        found = queries.directive(connection, viewer, number, stored.clock.now)
        late = queries.late_cells(connection, viewer, number, None, 4, stored.clock.now)
        rest = queries.late_cells(connection, viewer, number, late.cursor, 99, stored.clock.now)
        before = queries.late_cells(connection, viewer, number, None, 9, MONDAY)
    assert (found.late, found.line.late, found.acts[-1].at) == (15, 14, MONDAY + HOUR)
    assert [cell.position for cell in (*late.cells, *rest.cells)] == [three, *others]
    assert rest.cursor is None and before.cells == []
    with stored.store.write() as connection:
        assert directives.end_lapsed(connection, MONDAY + HOUR + DAY) == 0
        assert directives.end_lapsed(connection, MONDAY + HOUR + DAY + 1) == 1


def test_the_same_key_is_the_same_directive(stored: StoredCity) -> None:
    source = Viewer("sim", CITY, 0, len(stored.tree) - 1, Clearance.STAFF, role=Role.SOURCE)
    order = Order(0, MICRO, "走访", key="round-1")
    ids = []
    for _ in range(2):
        with stored.store.write() as connection:
            ids.append(directives.issue(connection, source, ground_of(stored), order, MONDAY))
    assert ids[0] == ids[1]
    with stored.store.read() as connection:
        assert directives.find(connection, source, ["round-1", "x"]) == {"round-1": ids[0]}
