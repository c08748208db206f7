"""Counts of whistles and directives that follow the acts equal counts made anew, at every moment.
"""

from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from commandcenter.cases import directives, whistles
from commandcenter.cases.directives import Recall
from commandcenter.cases.whistles import Told
from commandcenter.domain import directives as orders
from commandcenter.domain.clocks import DAY, HOUR, MINUTE
from commandcenter.domain.coordination import CallState
from commandcenter.domain.directives import Acknowledgement, Order, cells_of
from commandcenter.domain.metrics import WHISTLES, called, called_late, calls
from commandcenter.domain.whistles import Act, Summons
from commandcenter.errors import CommandCenterError
from commandcenter.live.coordination import Coordination
from commandcenter.live.rollup import Rollup
from commandcenter.live.verify import verify
from commandcenter.store import coordination_tables as tables
from commandcenter.testing.stored import MONDAY, StoredCity
from tests.cases.coordination import CITY, EAST, WEST, ground_of, officer
from tests.live.running import Running, run
from tests.live.streaming import until

__all__ = ["run"]

STREETS = ("990102001", "990103002", "990105003")
UNITS = ("cg", "sz", "hw")
STEP = st.tuples(
    st.sampled_from(
        ["blow", "issue", "report_in", "act", "done", "rate", "recall", "say", "say", "take back",
         "late", "lapse"]
    ),
    st.integers(1, 4),
    st.integers(0, 8),
    st.sampled_from([0, MINUTE, 29 * MINUTE, 3 * HOUR, 13 * HOUR]),
)  # fmt: skip


def do(city: StoredCity, what: str, which: int, choice: int) -> None:
    """Try something, which may not be legal."""
    ground, now = ground_of(city), city.clock.now
    street = STREETS[choice % 3]
    viewer = officer(city)
    district = street[:6]
    with city.store.write() as connection:
        match what:
            case "blow":
                seats, duties = (street, district), UNITS[: which % 3 + 1]
                units = [f"{seat}-{duty}" for seat in seats for duty in duties]
                at = city.tree.position[street] + choice
                given_ = Summons(at, "占道", tuple(units), depth=2)
                whistles.blow(connection, viewer, ground, given_, now)
            case "issue":
                scope, depth = [(CITY, 5), (EAST, 4), (WEST, 5), (street, 3)][which - 1]
                order = Order(city.tree.position[scope], depth, "走访")
                directives.issue(connection, viewer, ground, order, now)
            case "report_in" | "act" | "done" | "rate" | "recall":
                unit = f"{street if choice > 4 else district}-{UNITS[choice % 2]}"
                told = Told(which, Act(what), unit, rating=3)
                whistles.act(connection, viewer, ground, told, now)
            case "say":
                act = list(orders.TARGETS)[choice % 3]
                at = cells_of(city.tree, 0, 3 + choice % 3)
                said = [Acknowledgement(int(cell), act) for cell in at[choice :: which]]
                directives.acknowledge(connection, viewer, which, said, now)
            case "take back":
                directives.recall(connection, viewer, ground, Recall(which), now)
            case "late":
                whistles.mark_late(connection, now)
                directives.mark_late(connection, now)
            case "lapse":
                directives.end_lapsed(connection, now)


def play(city: StoredCity, rollup: Rollup, steps: list[tuple[str, int, int, int]]) -> None:
    """Do what may be done, let time pass, and have the rollup follow in lists."""
    for number, (what, which, choice, pause) in enumerate(steps):
        with suppress(CommandCenterError):
            do(city, what, which, choice)
        city.clock.now += pause
        if number % 4 == 0:
            follow(city, rollup)
    follow(city, rollup)


def follow(city: StoredCity, rollup: Rollup) -> None:
    """Let the rollup read the logs and the time."""
    with city.store.read() as connection:
        rollup.catch_up(connection)
    rollup.advance(city.clock.now)


def anew(city: StoredCity) -> Coordination:
    """Counts made of the rows alone."""
    made = Coordination(city.tree, 6, city.frame().calendar)
    with city.store.read() as connection:
        made.load(connection, city.clock.now)
    return made


def assert_same(one: Coordination, other: Coordination) -> None:
    for metric in one.names:
        assert (one.of(metric) == other.of(metric)).all(), metric
    assert (one.report_ins.today == other.report_ins.today).all()
    assert (one.report_ins.window == other.report_ins.window).all()
    assert list(one.directives) == list(other.directives)
    for number, found in one.directives.items():
        assert (found.counts == other.directives[number].counts).all()
        assert (found.states == other.directives[number].states).all()


def reset(city: StoredCity) -> None:
    """Empty the store of whistles and directives, and number them anew."""
    with city.store.write() as connection:
        for name in ("whistles", "calls", "directives", "directive_cells", "acts"):
            connection.execute(getattr(tables, name).delete())
    city.clock.now = MONDAY


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(STEP, min_size=5, max_size=40))
def test_counts_that_follow_the_acts_equal_counts_made_anew(
    small: StoredCity, steps: list[tuple[str, int, int, int]]
) -> None:
    reset(small)
    rollup = small.rollup()
    play(small, rollup, [("blow", 1, 0, 0), ("issue", 1, 0, 0), *steps])
    assert_same(rollup.coordination, anew(small))
    assert verify(small.frame(), small.store, small.clock.now).differences == ()


def test_a_storm_of_acts_counts_the_same_on_both_databases(stored: StoredCity) -> None:
    chance = np.random.default_rng(5)
    names = ["blow", "issue", "report_in", "act", "done", "rate", "recall", "say", "say", "say",
             "late"]  # fmt: skip
    steps = [
        (str(chance.choice(names)), int(chance.integers(1, 5)), int(chance.integers(0, 9)),
         int(chance.choice([0, MINUTE, 29 * MINUTE])))
        for _ in range(60)
    ]  # fmt: skip
    rollup = stored.rollup()
    play(stored, rollup, [("blow", 1, 0, 0), ("issue", 1, 0, 0), *steps])
    assert_same(rollup.coordination, anew(stored))
    assert verify(stored.frame(), stored.store, stored.clock.now).differences == ()


@pytest.mark.parametrize(
    ("spoiled", "said"),
    [
        ("UPDATE calls SET state = 'done' WHERE unit = '990102-cg'", "call of 990102-cg"),
        ("UPDATE directive_cells SET state = 2 WHERE cell = 6", "cells acting of directive"),
        ("DELETE FROM directive_cells WHERE cell = 6", "directive's cells"),
        ("UPDATE whistles SET state = 'ended', ended_at = 1", "whistle is ended"),
        ("DELETE FROM acts WHERE unit = '990102-cg'", "calls.reported_in"),
        ("UPDATE directives SET ended_at = 1", "directive is open"),
        ("UPDATE acts SET on_time = TRUE", "call judged"),
        ("UPDATE whistles SET case_id = 1", "mark of a whistle"),
    ],
)
def test_rows_that_were_spoiled_are_found(small: StoredCity, spoiled: str, said: str) -> None:
    small.accept(small.report("one"))
    do(small, "blow", 1, 0)
    do(small, "issue", 1, 0)
    do(small, "say", 1, 2)
    do(small, "report_in", 1, 0)
    with small.store.write() as connection:
        connection.execute(text(spoiled))
    found = verify(small.frame(), small.store, small.clock.now).differences
    assert any(said in str(each) for each in found), found


def test_waiting_units_count_by_their_own_level_at_the_whistles_place_and_above(
    small: StoredCity,
) -> None:
    rollup = small.rollup()
    do(small, "blow", 1, 0)  # which=1: two units of the street, two of the district
    follow(small, rollup)
    street = small.tree.position["990102001"]
    assert rollup.of(WHISTLES)[street] == rollup.of(WHISTLES)[0] == 1
    assert [int(rollup.of(called(d))[0]) for d in range(5)] == [0, 2, 2, 0, 0]
    small.clock.now += HOUR
    do(small, "report_in", 1, 0)
    do(small, "late", 1, 0)
    follow(small, rollup)
    assert [int(rollup.of(called_late(d))[street]) for d in (1, 2)] == [1, 2]
    assert rollup.of(calls(CallState.REPORTED_IN))[0] == 1
    counts = rollup.counts_of(0)
    assert (counts["reported_in.judged"], counts["reported_in.on_time"]) == (4, 0)
    small.clock.now += DAY
    follow(small, rollup)
    counts = rollup.counts_of(0)
    assert (counts["reported_in.judged"], counts["reported_in.judged.30d"]) == (0, 4)
    small.clock.now += 30 * DAY
    follow(small, rollup)
    assert rollup.counts_of(0)["reported_in.judged.30d"] == 0


def test_progress_is_that_of_each_scope_and_touches_who_watches_it(small: StoredCity) -> None:
    rollup = small.rollup()
    do(small, "issue", 3, 0)  # the micro-grids of the western district
    follow(small, rollup)
    (found,) = rollup.coordination.directives.values()
    last = len(small.tree) - 1
    assert tuple(found.total(0, last)) == (16, 0, 0, 0)
    before = rollup.beat
    cell = int(cells_of(small.tree, small.tree.position[WEST], 5)[0])
    with small.store.write() as connection:
        said = [Acknowledgement(cell, orders.Act.DONE)]
        directives.acknowledge(connection, officer(small), 1, said, small.clock.now)
    follow(small, rollup)
    touched = [at for at in range(last + 1) if rollup.touched[at] > before]
    assert touched == small.tree.ancestors(cell)
    assert tuple(found.at(cell)) == (0, 0, 0, 1)
    assert found.within(0, last)[3].sum() == len(small.tree.ancestors(cell)) - 1
    assert found.behind(cell, cell, 9) == [] and len(found.behind(0, last, 99)) == 15
    newest = rollup.coordination.newest
    assert newest(5, 0, last) is found and newest(4, 0, last) is None
    assert newest(5, *small.tree.range_of(EAST)) is None


@pytest.mark.parametrize("depth", [3, 5])
def test_a_directive_that_ends_is_counted_no_more(small: StoredCity, depth: int) -> None:
    rollup = small.rollup()
    with small.store.write() as connection:
        order = Order(small.tree.position[EAST], depth, "走访")
        directives.issue(connection, officer(small), ground_of(small), order, small.clock.now)
        said = [
            Acknowledgement(int(at), orders.Act.DONE)
            for at in cells_of(small.tree, small.tree.position[EAST], depth)
        ]
        directives.acknowledge(connection, officer(small), 1, said, small.clock.now)
    follow(small, rollup)
    assert rollup.coordination.directives == {}


def test_who_stands_by_has_the_same_counts_and_goes_on_with_them(
    small: StoredCity, run: Callable[[], Running]
) -> None:
    def counted(live: Running, metric: str) -> int:
        return int(live.live.rollup.of(metric)[0])

    do(small, "blow", 1, 0)
    first = run()
    until(lambda: first.live.term)
    second = run()
    do(small, "blow", 1, 1)
    do(small, "issue", 3, 0)
    until(lambda: [counted(live, WHISTLES) for live in (first, second)] == [2, 2])
    first.stop()
    do(small, "report_in", 1, 0)
    until(lambda: second.live.term and counted(second, calls(CallState.REPORTED_IN)) == 1)
    assert_same(second.live.rollup.coordination, anew(small))
