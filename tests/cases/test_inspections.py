"""Inspections in the store: acts come once, late and in any order; each sees the own scope of them.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert, select

from commandcenter.cases import inspection_acts, inspections
from commandcenter.cases.inspection_acts import Beginning, Heard, Setting
from commandcenter.cases.inspection_rows import route_of
from commandcenter.cases.inspections import Inspection, InspectionFilter
from commandcenter.domain.cases import Command
from commandcenter.domain.clocks import HOUR, MINUTE
from commandcenter.domain.inspections import Deed, InspectionAct, InspectionState, Point
from commandcenter.domain.rights import Block
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.errors import Forbidden, IllegalMove, Invalid, NotFound
from commandcenter.ingest.locator import Locator
from commandcenter.store.field_tables import inspection_acts as rows
from commandcenter.store.photo_tables import photos
from commandcenter.testing import small_data
from commandcenter.testing.stored import MONDAY, StoredCity
from tests.cases.coordination import CITY, EAST, WEST, officer

A = InspectionAct
STREET = f"{EAST}001"
LEAF = f"{STREET}001001001"


def setting(city: StoredCity) -> Setting:
    """Where places of the small city are found, and its time."""
    return Setting(Locator(city.tree, small_data().outlines).locate, city.clock.now)


def at(city: StoredCity, code: str) -> int:
    return city.tree.position[code]


def place(city: StoredCity, code: str) -> dict[str, float]:
    """A point in a cell."""
    cell = city.tree[code]
    return {"lng": cell.lng, "lat": cell.lat}


def leader(city: StoredCity, scope: str = CITY) -> Viewer:
    return officer(city, scope, Role.LEADER)


def started(city: StoredCity, who: Viewer | None = None, code: str = LEAF, **more: Any) -> int:
    viewer = who or leader(city)
    given = Beginning(at(city, code), "防汛巡查", city.clock.now, **more)
    with city.store.write() as connection:
        return inspection_acts.start(connection, viewer, setting(city), given)


def do(city: StoredCity, number: int, *deeds: Deed, who: Viewer | None = None) -> list[Heard]:
    with city.store.write() as connection:
        return inspection_acts.act(
            connection, who or leader(city), setting(city), number, list(deeds)
        )


def shown(city: StoredCity, number: int, who: Viewer | None = None) -> Inspection:
    with city.store.read() as connection:
        return inspections.inspection(connection, who or leader(city), number)


def photo(city: StoredCity, code: str) -> int:
    """A photo that somebody sent."""
    row = {
        "digest": f"d{code}", "kind": "image/jpeg", "width": 1, "height": 1, "bytes": b"x",
        "thumb": b"x", "cell": at(city, code), "public": False, "by": "x", "at": MONDAY,
    }  # fmt: skip
    with city.store.write() as connection:
        return connection.execute(insert(photos).values(row).returning(photos.c.id)).scalar_one()


def test_an_inspection_goes_from_its_start_to_its_report(stored: StoredCity) -> None:
    stored.accept(stored.report("one", cell=LEAF))
    number = started(stored, key="s1", **place(stored, LEAF))
    visited = Deed(A.VISIT, MONDAY + 5 * MINUTE, at(stored, STREET), **place(stored, WEST), key="v")
    stored.clock.now += 30 * MINUTE
    seen = photo(stored, LEAF)
    heard = do(
        stored, number, visited,
        Deed(A.NOTE, MONDAY + 6 * MINUTE, text="井盖松动", photos=(seen,), key="n"),
        Deed(A.FIND, MONDAY + 7 * MINUTE, case_id=1, text="积水", key="f"),
        Deed(A.END, MONDAY + 9 * MINUTE, text="总体良好", key="e"),
    )  # fmt: skip
    assert [one.refusal for one in heard] == [None] * 4
    found = shown(stored, number)
    assert [step.act for step in found.steps] == [A.START, A.VISIT, A.NOTE, A.FIND, A.END]
    assert [step.cell for step in found.steps[:4]] == [at(stored, c) for c in (
        LEAF, STREET, STREET, LEAF)]  # fmt: skip
    assert (found.line.places, found.line.findings, found.line.open_findings) == (2, 1, 1)
    assert (found.line.ended_at, found.summary) == (MONDAY + 9 * MINUTE, "总体良好")
    assert found.line.state is InspectionState.FOLLOWED
    assert found.of(A.NOTE)[0].photos == (seen,)
    assert len(found.route) == 2 and found.metres > 20
    with stored.store.read() as connection:
        assert connection.scalar(select(photos.c.inspection_id)) == number
        assert inspections.running(connection, leader(stored)) is None


def test_an_act_that_is_sent_again_is_kept_once(stored: StoredCity) -> None:
    number = started(stored, key="s1")
    assert started(stored, key="s1") == number
    note = Deed(A.NOTE, MONDAY, text="路灯不亮", key="n")
    assert [one.is_known for one in do(stored, number, note, note)] == [False, True]
    assert do(stored, number, note)[0].is_known
    assert len(shown(stored, number).of(A.NOTE)) == 1
    (other,) = do(stored, number, replace(note, text="另一件"))
    assert isinstance(other.refusal, Invalid)
    assert started(stored, officer(stored), key="s1") != number, "keys are each person's own"


def test_what_was_done_before_the_end_counts_though_it_is_heard_later(stored: StoredCity) -> None:
    number = started(stored)
    stored.clock.now += HOUR
    do(stored, number, Deed(A.END, MONDAY + 20 * MINUTE, key="e"))
    late, after, early = do(
        stored, number,
        Deed(A.NOTE, MONDAY + 10 * MINUTE, text="之前", key="1"),
        Deed(A.NOTE, MONDAY + 21 * MINUTE, text="之后", key="2"),
        Deed(A.NOTE, MONDAY - HOUR, text="更早", key="3"),
    )  # fmt: skip
    assert late.refusal is None
    assert isinstance(after.refusal, IllegalMove) and "had ended" in str(after.refusal)
    assert isinstance(early.refusal, Invalid) and "before the start" in str(early.refusal)
    (again,) = do(stored, number, Deed(A.END, MONDAY + 30 * MINUTE, key="e2"))
    assert isinstance(again.refusal, IllegalMove)
    assert [step.text for step in shown(stored, number).of(A.NOTE)] == ["之前"]


def test_acts_stand_in_the_order_in_which_they_were_done(stored: StoredCity) -> None:
    number = started(stored)
    stored.clock.now += HOUR
    minutes = (7, 3, 5)
    for minute in minutes:
        done = Deed(A.NOTE, MONDAY + minute * MINUTE, text=str(minute), key=str(minute))
        do(stored, number, done)
    assert [step.text for step in shown(stored, number).of(A.NOTE)] == ["3", "5", "7"]


def test_a_person_makes_one_inspection_at_a_time(stored: StoredCity) -> None:
    number = started(stored)
    with pytest.raises(IllegalMove, match=f"inspection {number} runs"):
        started(stored)
    started(stored, officer(stored))
    do(stored, number, Deed(A.END, MONDAY))
    assert started(stored) != number


def test_a_route_is_thinned_and_keeps_to_the_scope_and_the_time(stored: StoredCity) -> None:
    east = leader(stored, EAST)
    number = started(stored, east)
    stored.clock.now += HOUR
    lng, lat = place(stored, LEAF).values()
    walk = tuple(Point(MONDAY + n * 1000, lng, lat + n * 1e-4, 0) for n in range(5))
    away = Point(MONDAY + 9000, *place(stored, WEST).values(), 0)
    before = Point(MONDAY - HOUR, lng, lat, 0)
    (heard,) = do(stored, number, Deed(A.ROUTE, MONDAY + MINUTE, points=(*walk, away, before),
                                       key="r"), who=east)  # fmt: skip
    assert (heard.refusal, heard.outside) == (None, 2)
    with stored.store.read() as connection:
        kept = route_of(connection, number)
    assert [point.at for point in kept] == [MONDAY, MONDAY + 2000, MONDAY + 4000]
    assert {point.cell for point in kept} == {at(stored, LEAF)}


def test_every_place_lies_in_the_scope_or_is_refused(stored: StoredCity) -> None:
    east = leader(stored, EAST)
    stored.accept(stored.report("west", cell=WEST))
    with pytest.raises(NotFound):
        started(stored, east, WEST)
    number = started(stored, east)
    hidden = photo(stored, WEST)
    heard = do(
        stored, number,
        Deed(A.VISIT, MONDAY, at(stored, WEST), key="1"),
        Deed(A.FIND, MONDAY, case_id=1, key="2"),
        Deed(A.FIND, MONDAY, case_id=99, key="3"),
        Deed(A.NOTE, MONDAY, text="x", photos=(hidden,), key="4"),
        who=east,
    )  # fmt: skip
    assert [type(one.refusal) for one in heard] == [NotFound] * 4
    (note,) = do(stored, number, Deed(A.NOTE, MONDAY, text="x", **place(stored, WEST)), who=east)
    assert (note.refusal, note.outside) == (None, 1), "the note is kept, the place is not"
    assert shown(stored, number, east).of(A.NOTE)[0].lng is None


def test_only_who_may_inspect_begins_and_only_who_began_acts(small: StoredCity) -> None:
    for role in (Role.AUDITOR, Role.UNIT_OFFICER, None):
        with pytest.raises(Forbidden):
            started(small, replace(leader(small), role=role))
    number = started(small)
    with pytest.raises(Forbidden, match="somebody else"):
        do(small, number, Deed(A.END, MONDAY), who=officer(small))
    with pytest.raises(NotFound):
        do(small, number, Deed(A.END, MONDAY), who=leader(small, WEST))
    with pytest.raises(NotFound):
        do(small, number + 1, Deed(A.END, MONDAY))


def test_each_sees_of_an_inspection_what_lies_in_the_own_scope(stored: StoredCity) -> None:
    stored.accept(stored.report("west", cell=WEST))
    number = started(stored)
    do(
        stored, number,
        Deed(A.VISIT, MONDAY, at(stored, WEST)), Deed(A.FIND, MONDAY, case_id=1),
        Deed(A.END, MONDAY, text="东西两区"),
    )  # fmt: skip
    east = shown(stored, number, officer(stored, EAST))
    assert [step.act for step in east.steps] == [A.START, A.END]
    assert (east.line.places, east.line.findings, east.line.state) == (1, 0, "settled")
    west = shown(stored, number, officer(stored, WEST))
    assert (west.line.cell, west.summary, west.line.findings) == (None, "", 1)
    with pytest.raises(NotFound):
        shown(stored, number, officer(stored, "990105"))
    with pytest.raises(NotFound):
        shown(stored, number, replace(officer(stored), clearance=Clearance.PUBLIC))
    blind = replace(officer(stored), given=frozenset({Block.PLACES}))
    assert shown(stored, number, blind).line.findings == 0
    assert A.FIND not in {step.act for step in shown(stored, number, blind).steps}


def test_a_cell_shows_who_was_there_last_and_what_is_still_open(stored: StoredCity) -> None:
    stored.accept(stored.report("one", cell=LEAF), stored.report("two", cell=LEAF))
    first = started(stored)
    do(stored, first, Deed(A.FIND, MONDAY, case_id=1), Deed(A.FIND, MONDAY, case_id=2),
       Deed(A.VISIT, MONDAY, at(stored, WEST)), Deed(A.END, MONDAY))  # fmt: skip
    second = started(stored, code=STREET)
    for command in (Command.TAKE_UP, Command.HANDLE, Command.VERIFY, Command.CLOSE):
        assert stored.advance("one", command)
    with stored.store.read() as connection:
        viewer = officer(stored)

        def ids(code: str) -> list[int]:
            return [i.id for i in inspections.last(connection, viewer, at(stored, code), 5)]

        assert ids(CITY) == ids(EAST) == ids(STREET) == [second, first]
        assert (ids(LEAF), ids(WEST), ids("990105")) == ([first], [first], [])
        line = inspections.last(connection, viewer, at(stored, LEAF), 5)[0]
        assert (line.title, line.who, line.findings, line.open_findings) == (
            "防汛巡查", "leader-990100", 2, 1)  # fmt: skip
        public = replace(viewer, clearance=Clearance.PUBLIC)
        line = inspections.last(connection, public, at(stored, LEAF), 5)[0]
        assert (line.title, line.who) == ("", "")
        assert inspections.last(connection, officer(stored, WEST), at(stored, LEAF), 5) == []


def test_lists_come_newest_first_by_page_mine_and_running(stored: StoredCity) -> None:
    numbers = []
    for _ in range(3):
        numbers.append(started(stored))
        do(stored, numbers[-1], Deed(A.END, MONDAY))
    other = started(stored, officer(stored), WEST)
    numbers.append(other)
    with stored.store.read() as connection:
        viewer = leader(stored)
        everything = InspectionFilter(0, len(stored.tree) - 1)
        first = inspections.page(connection, viewer, everything, None, 2)
        rest = inspections.page(connection, viewer, everything, first.cursor, 2)
        assert [line.id for line in (*first.lines, *rest.lines)] == numbers[::-1]
        assert rest.cursor is None
        mine = replace(everything, mine=True)
        assert [line.id for line in inspections.page(connection, viewer, mine, None, 9).lines] == (
            numbers[2::-1]
        )
        running = replace(everything, is_running=True)
        lines = inspections.page(connection, officer(stored), running, None, 9).lines
        assert [(line.id, line.is_mine) for line in lines] == [(other, True)]
        west = InspectionFilter(*stored.tree.range_of(WEST))
        assert [i.id for i in inspections.page(connection, viewer, west, None, 9).lines] == [other]


def test_what_many_devices_send_at_once_is_written_once(on_postgres: StoredCity) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: started(on_postgres, key="same"), range(4)))
        assert len(found) == 1
        (number,) = found
        note = Deed(A.NOTE, MONDAY, text="同一条", key="n")
        heard = list(pool.map(lambda _: do(on_postgres, number, note), range(4)))
    assert sorted(one.is_known for (one,) in heard) == [False, True, True, True]
    with on_postgres.store.read() as connection:
        assert len(connection.execute(select(rows.c.id)).all()) == 2
