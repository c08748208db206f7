"""The rollup's counts are what counting the rows gives, at every moment.

Longer than most: one town's moves serve every count.
"""

import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commandcenter.cases import recount
from commandcenter.domain.cases import OPEN, Command, State, legal_commands
from commandcenter.domain.clocks import DAY, HOUR, MINUTE
from commandcenter.domain.metrics import RETURNING
from commandcenter.live import checkpoint
from commandcenter.live.rollup import Rollup
from commandcenter.live.verify import Proof, verify
from commandcenter.store import log
from commandcenter.testing.stored import StoredCity

STEP = st.tuples(
    st.integers(0, 30),
    st.sampled_from(list(Command)),
    st.integers(0, 108),
    st.sampled_from([0, MINUTE, 20 * MINUTE, 3 * HOUR, 9 * HOUR, DAY]),
)


def play(city: StoredCity, rollup: Rollup, steps: list[tuple[int, Command, int, int]]) -> None:
    """Report or move case number `who`, let time pass, and have the rollup follow."""
    for number, (who, command, cell, pause) in enumerate(steps):
        name = f"case-{who}"
        code = city.tree.cells[cell].code
        city.accept(city.report(name, cell=code, channel=["app", "patrol", "hotline"][who % 3]))
        city.advance(name, command)
        city.clock.now += pause
        if number % 3 == 0:
            follow(city, rollup)
    follow(city, rollup)


def follow(city: StoredCity, rollup: Rollup) -> None:
    """Let the rollup read the log and the time."""
    with city.store.read() as connection:
        rollup.catch_up(connection)
    rollup.advance(city.clock.now)


def assert_same(one: Rollup, other: Rollup) -> None:
    """Hold two rollups against each other, every count of every cell."""
    for position in range(len(one.tree)):
        assert one.counts_of(position) == other.counts_of(position), one.tree.cells[position].code
    assert (one.stock.ages == other.stock.ages).all()
    assert +Counter(one.held_by) == +Counter(other.held_by)
    assert +Counter(one.overdue_by) == +Counter(other.overdue_by)
    half = len(one.tree) // 2
    assert one.records.whole() == other.records.whole()
    assert one.records.within(half, len(one.tree)) == other.records.within(half, len(one.tree))
    for day, usual in other.flows.usual.items():
        mine = one.flows.usual[day]
        assert (usual is None and mine is None) or (mine == usual).all()
    assert (one.flows.hours(True) == other.flows.hours(True)).all()
    assert (one.flows.hours(False) == other.flows.hours(False)).all()


def reset(city: StoredCity) -> None:
    """Empty the store of cases, as each drawn example needs."""
    from commandcenter.store import tables

    with city.store.write() as connection:
        for table in (tables.cases, tables.moves, tables.checkpoints, tables.tallies):
            connection.execute(table.delete())
    city.clock.now = 1_767_578_400_000


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(STEP, min_size=1, max_size=40))
def test_counts_that_follow_the_log_equal_counts_made_anew(
    small: StoredCity, steps: list[tuple[int, Command, int, int]]
) -> None:
    reset(small)
    followed = small.rollup()
    play(small, followed, steps)
    assert_same(followed, small.rollup())


def test_moves_read_at_once_count_as_those_read_one_by_one_also_where_one_is_missing(
    small: StoredCity,
) -> None:
    pairs = [(small.rollup(), small.rollup()) for _ in range(2)]
    storm(small, 20, 5)
    with small.store.read() as connection:
        moves = log.read_after(connection, 0)
    for (at_once, singly), told in zip(pairs, (moves, moves[::2]), strict=True):
        at_once.apply(told)
        for move in told:
            singly.apply([move])
        assert at_once.seq == singly.seq == told[-1].seq
        assert_same(at_once, singly)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(STEP, min_size=2, max_size=40), st.integers(1, 39), st.integers(0, 3 * DAY))
def test_counts_from_a_checkpoint_equal_counts_made_anew(
    small: StoredCity, steps: list[tuple[int, Command, int, int]], cut: int, away: int
) -> None:
    reset(small)
    first = small.rollup()
    play(small, first, steps[:cut])
    checkpoint.save(first)
    # What happens while the counting process is down is found in the log.
    play(small, small.rollup(), steps[cut:])
    small.clock.now += away
    second = Rollup(small.frame(), small.store)
    assert checkpoint.start(second, small.clock.now)
    assert_same(second, small.rollup())


def storm(city: StoredCity, cases: int, seed: int) -> None:
    """Report many cases and move them at random, with time passing."""
    chance = random.Random(seed)
    states: dict[str, State] = {}
    for number in range(cases):
        name = f"storm-{number}"
        cell = city.tree.cells[chance.randrange(len(city.tree))].code
        matter = chance.choice(list(city.matters))
        city.accept(city.report(name, cell=cell, matter=matter))
        states[name] = State.FILED
        for _ in range(2):
            who = chance.choice(list(states))
            command = chance.choice(list(Command))
            city.advance(who, command)
        city.clock.now += chance.randrange(0, HOUR)


def test_every_scenario_is_proved_by_cases_and_by_moves(stored: StoredCity) -> None:
    storm(stored, 60, seed=4)
    rollup = stored.rollup()
    checkpoint.save(rollup)
    storm_more(stored)
    proof: Proof = verify(stored.frame(), stored.store, stored.clock.now)
    assert proof.differences == ()
    assert proof.cases == 80 and proof.compared > 5000


def storm_more(city: StoredCity) -> None:
    """Go on after a checkpoint."""
    for number in range(20):
        city.accept(city.report(f"more-{number}"))
        city.clock.now += 40 * MINUTE


def test_a_proof_finds_a_row_that_was_changed_behind_the_log(stored: StoredCity) -> None:
    from sqlalchemy import update

    from commandcenter.store.tables import cases

    stored.accept(stored.report("one"), stored.report("two"))
    checkpoint.save(stored.rollup())
    with stored.store.write() as connection:
        connection.execute(update(cases).where(cases.c.id == 1).values(state="closed"))
    proof = verify(stored.frame(), stored.store, stored.clock.now)
    assert {(d.what, d.metric) for d in proof.differences} >= {("cases", "open")}


def handle(city: StoredCity, name: str) -> None:
    """Report a case in one leaf and have its unit handle it."""
    city.accept(city.report(name, matter="P0202"))
    for command in (Command.DISPATCH, Command.TAKE_UP, Command.HANDLE):
        city.advance(name, command)


def test_what_units_handled_is_counted_for_thirty_days_with_what_was_in_time(
    small: StoredCity,
) -> None:
    rollup = small.rollup()
    handle(small, "quick")
    small.accept(small.report("slow", matter="P0202"))
    small.advance("slow", Command.DISPATCH)
    small.advance("slow", Command.TAKE_UP)
    small.clock.now += 20 * DAY
    small.advance("slow", Command.HANDLE)
    follow(small, rollup)
    ((unit, record),) = rollup.records.whole().items()
    assert unit and (record.handled, record.judged, record.in_time) == (2, 2, 1)
    assert record.on_time == 0.5
    small.clock.now += 10 * DAY
    follow(small, rollup)
    assert [tuple(r) for r in rollup.records.whole().values()] == [(1, 1, 0)]
    small.clock.now += 20 * DAY
    follow(small, rollup)
    assert rollup.records.whole() == {}


def test_a_proof_holds_what_units_handled_against_what_cells_have(stored: StoredCity) -> None:
    from sqlalchemy import update

    from commandcenter.store.tables import moves

    handle(stored, "one")
    checkpoint.save(stored.rollup())
    assert verify(stored.frame(), stored.store, stored.clock.now).differences == ()
    with stored.store.write() as connection:
        handled = moves.c.command == Command.HANDLE.value
        connection.execute(update(moves).where(handled).values(on_time=None))
    proof = verify(stored.frame(), stored.store, stored.clock.now)
    assert ("units", "handled.judged.30d") in {(d.what, d.metric) for d in proof.differences}


def test_a_case_is_overdue_from_the_very_instant_its_clock_runs_out(small: StoredCity) -> None:
    small.accept(small.report("late", matter="P0202"))  # stays filed: 15 minutes to dispatch
    rollup = small.rollup()
    due = small.clock.now + 15 * MINUTE
    rollup.advance(due - 1)
    assert rollup.counts_of(0)["overdue"] == 0
    rollup.advance(due)
    assert rollup.counts_of(0)["overdue"] == 1
    small.clock.now = due
    assert small.advance("late", Command.DISPATCH)
    follow(small, rollup)
    assert rollup.counts_of(0)["overdue"] == 0


def test_today_ends_at_midnight_of_the_city_and_the_window_after_thirty_days(
    small: StoredCity,
) -> None:
    small.accept(small.report("first"))
    rollup = small.rollup()
    small.clock.now += DAY
    follow(small, rollup)
    counts = rollup.counts_of(0)
    assert (counts["reported"], counts["reported.30d"]) == (0, 1)
    small.clock.now += 28 * DAY
    follow(small, rollup)
    assert rollup.counts_of(0)["reported.30d"] == 1
    small.clock.now += DAY
    follow(small, rollup)
    assert rollup.counts_of(0)["reported.30d"] == 0


def test_a_change_is_counted_for_the_cell_and_all_its_ancestors_alone(small: StoredCity) -> None:
    rollup = small.rollup()
    leaf = len(small.tree) - 1
    small.accept(small.report("one", cell=small.tree.cells[leaf].code))
    before = rollup.beat
    follow(small, rollup)
    counted = [at for at in range(len(small.tree)) if rollup.counts_of(at)["total"]]
    assert counted == small.tree.ancestors(leaf)
    touched = [at for at in range(len(small.tree)) if rollup.touched[at] > before]
    assert touched == small.tree.ancestors(leaf)


@pytest.mark.parametrize("state", list(State))
def test_open_states_are_those_from_which_a_command_still_leads_on(state: State) -> None:
    beside = {
        Command.SUPERVISE, Command.RELEASE, Command.ASSESS, Command.RATE, Command.NOTE, *RETURNING,
    }  # fmt: skip
    leads_on = set(legal_commands(state)) - beside
    assert (state in OPEN) == bool(leads_on)


def test_groups_from_moves_and_from_cases_agree(stored: StoredCity) -> None:
    storm(stored, 30, seed=9)
    with stored.store.read() as connection:
        sums: Counter[tuple[object, ...]] = Counter()
        for group in recount.groups_of_moves(connection):
            sums[group.cell, group.state, group.depth, group.supervised] += group.count
        counted = {
            (g.cell, g.state, g.depth, g.supervised): g.count
            for g in recount.groups_of_cases(connection)
        }
    assert {key: n for key, n in sums.items() if n} == counted


def counted(rollup: Rollup, *names: str) -> list[int]:
    return [int(rollup.of(name)[0]) for name in names]


def test_what_runs_out_within_the_hour_is_known_at_every_instant(small: StoredCity) -> None:
    small.accept(small.report("one", matter="E0201"))
    rollup = small.rollup()
    (clock,) = rollup.lapses._clocks.values()
    names = ("soon", f"soon.{clock.depth}", "overdue", f"overdue.{clock.depth}")
    for at, expected in (
        (clock.due - HOUR - 1, [0, 0, 0, 0]),
        (clock.due - HOUR, [1, 1, 0, 0]),
        (clock.due - 1, [1, 1, 0, 0]),
        (clock.due, [0, 0, 1, 1]),
        (clock.due + DAY, [0, 0, 1, 1]),
    ):
        anew = Rollup(small.frame(), small.store)
        anew.rebuild(at)
        assert counted(anew, *names) == expected, at - clock.due
    rollup.advance(clock.due - 1)
    assert counted(rollup, *names) == [1, 1, 0, 0]
    rollup.advance(clock.due)
    assert counted(rollup, *names) == [0, 0, 1, 1]
    small.clock.now = clock.due + 1
    assert small.advance("one", Command.DISPATCH)
    follow(small, rollup)
    assert counted(rollup, *names) == [0, 0, 0, 0], "its unit has fifteen working days"


def test_what_came_to_be_held_by_a_level_today_is_counted_once(small: StoredCity) -> None:
    small.accept(small.report("one", matter="E0201"))
    rollup = small.rollup()
    levels = [f"new.{depth}" for depth in range(6)]
    before = counted(rollup, *levels)
    assert sum(before) in (1, 2), "reported to one level, perhaps filed for another"
    small.advance("one", Command.DISPATCH)  # the matter's level is the district
    small.advance("one", Command.ESCALATE)
    follow(small, rollup)
    after = counted(rollup, *levels)
    gained = [now - then for now, then in zip(after, before, strict=True)]
    assert gained == [1, 1, 0, 0, 0, 0], "dispatched by the district, handed up to the city"
    assert counted(rollup, "escalated") == [1]
    small.clock.now += DAY
    follow(small, rollup)
    assert counted(rollup, *levels) == [0] * 6
    assert counted(rollup, *(f"{name}.30d" for name in levels)) == after
