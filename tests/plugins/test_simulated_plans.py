"""Simulated lifecycles: legal whatever is drawn, the same for the same seed, plausible in sum."""

import csv
from datetime import timedelta
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commandcenter.api import DAY, HOUR, MINUTE, SECOND, Command, Limit, Millis, State
from commandcenter.domain.cases import LEGAL, OPEN, next_state
from commandcenter.testing import small_data, small_registry, small_tree
from plugins.boston.records import read_requests
from plugins.simulated import derive
from plugins.simulated.arrivals import Arrivals, Options
from plugins.simulated.durations import TABLE
from plugins.simulated.plans import Planner, Plans, Stored
from plugins.simulated.resumption import Behind, Standing, remaining
from plugins.simulated.steps import NEVER, STAYING, Step
from plugins.simulated.worktime import WorkingTime
from plugins.simulated.world import World

MONDAY: Millis = 1_764_547_200_000  # 2025-12-01
REGISTRY = small_registry()
CALENDAR = REGISTRY.city.calendar
WORLD = World.of(
    SimpleNamespace(  # type: ignore[arg-type]
        tree=small_tree(),
        calendar=CALENDAR,
        units=small_data().units,
        matters={key: found.item for key, found in REGISTRY.matters.items()},
        channels={key: found.item for key, found in REGISTRY.channels.items()},
    )
)
instants = st.integers(MONDAY - 200 * DAY, MONDAY + 200 * DAY)
numbers = st.integers(0, 100_000)


def _plans(planner: Planner, at: Millis, number: int, count: int = 1) -> Plans:
    return planner.plan(np.full(count, at), number + np.arange(count))


def _steps(plans: Plans, row: int) -> list[tuple[Millis, Command]]:
    """Return what happens to a case, in the order of the columns."""
    return [
        (int(at), plans.command(row, column))
        for column, at in enumerate(plans.times[row])
        if at != NEVER
    ]


@given(st.integers(0, 2**53), instants, numbers)
@settings(max_examples=30, deadline=None)
def test_a_plan_is_legal_from_the_report_to_its_end(seed: int, at: Millis, number: int) -> None:
    plans = _plans(_planner(seed), at, number, 150)
    for row in range(len(plans)):
        state, before = State.REPORTED, at
        for when, command in _steps(plans, row):
            assert (state, command) in LEGAL
            assert when > before
            state, before = next_state(state, command), when
        assert state in (State.CLOSED, State.REJECTED)


@cache
def _planner(seed: int) -> Planner:
    return Planner(WORLD, seed)


@given(instants, numbers)
@settings(max_examples=25, deadline=None)
def test_a_plan_taken_up_again_at_any_step_goes_on_as_planned(at: Millis, number: int) -> None:
    plans = _plans(_planner(1), at, number, 50)
    for row in range(len(plans)):
        steps, state = _steps(plans, row), State.REPORTED
        columns = np.flatnonzero(plans.times[row] != NEVER)
        since = last = at
        for done in range(len(steps)):
            if state is State.CLOSED:  # what has ended is not taken up again
                break
            times = remaining(plans, row, Standing(state, since), Behind(last))
            left = [(int(t), plans.command(row, c)) for c, t in enumerate(times) if t != NEVER]
            assert left == steps[done:]
            last, command = steps[done]
            state = next_state(state, command)
            since = since if STAYING[columns[done]] else last


@given(instants, numbers, st.sampled_from(sorted(OPEN)), st.integers(0, 60 * DAY))
@settings(max_examples=200, deadline=None)
def test_a_case_that_others_moved_still_finds_a_legal_end(
    at: Millis, number: int, state: State, later: Millis
) -> None:
    known = Stored(np.array([0]), np.array([state is not State.REPORTED]))
    plans = _planner(1).plan(np.array([at]), np.array([number]), known)
    since = at + later
    times = remaining(plans, 0, Standing(state, since), Behind(since))
    left = sorted((int(t), c) for c, t in enumerate(times) if t != NEVER)
    assert [c for _, c in left] == sorted(c for _, c in left)
    for when, column in left:
        assert when > since or later == 0
        state = next_state(state, plans.command(0, column))
    assert state in (State.CLOSED, State.REJECTED)


def test_the_same_seed_draws_the_same_alone_and_among_others() -> None:
    at, number = MONDAY + np.arange(500) * MINUTE, np.arange(500)
    together = Planner(WORLD, 7).plan(at, number)
    alone = Planner(WORLD, 7).plan(at[123:124], number[123:124])
    for field in ("cell", "matter", "channel", "due", "times"):
        assert np.array_equal(getattr(together, field)[123:124], getattr(alone, field)), field
    other = Planner(WORLD, 8).plan(at, number)
    assert not np.array_equal(together.times, other.times)


def test_shares_of_late_reworked_and_rejected_are_as_said() -> None:
    at = np.linspace(MONDAY, MONDAY + 28 * DAY, 40_000).astype(np.int64)
    plans = Planner(WORLD, 1).plan(at, np.arange(len(at)))
    filed = ~plans.odd.rejected
    again = plans.times[:, Step.HANDLE_AGAIN]
    handled = np.where(again == NEVER, plans.times[:, Step.HANDLE], again)
    odd = plans.odd
    assert odd.rejected.mean() == pytest.approx(0.03, abs=0.005)
    assert (handled > plans.due)[filed].mean() == pytest.approx(0.08, abs=0.02)
    assert odd.reworked[filed].mean() == pytest.approx(0.04, abs=0.01)
    assert odd.returned[filed].mean() == pytest.approx(0.03, abs=0.01)
    assert odd.cross[filed].mean() == pytest.approx(0.01, abs=0.003)
    assert 0.01 < odd.supervised[filed].mean() < 0.06
    assert 0.005 < odd.escalated[filed].mean() < 0.02 and odd.handed_down.any()
    assert 0.005 < odd.suspended[filed].mean() < 0.02
    assert 3.8 < odd.rating[odd.rating > 0].mean() < 4.6
    assert 0 < odd.reopened.mean() < 0.01


def test_ten_thousand_a_day_leave_some_thousands_open() -> None:
    planner, day = Planner(WORLD, 1), 10_000
    at = np.linspace(MONDAY - 60 * DAY, MONDAY + 7 * DAY, 67 * day).astype(np.int64)
    plans = planner.plan(at, np.arange(len(at)))
    ends = np.where(plans.odd.rejected, plans.times[:, Step.FILE], plans.times[:, Step.CLOSE])
    for hour in range(0, 7 * 24, 6):
        now = MONDAY + hour * HOUR
        assert 3_000 < ((at <= now) & (ends > now)).sum() < 9_000


@given(instants, st.floats(0.01, 400))
@settings(max_examples=200, deadline=None)
def test_working_time_on_the_axis_is_the_calendar_s(start: Millis, hours: float) -> None:
    day = CALENDAR.local(start).date()
    axis = WorkingTime.of(CALENDAR, day - timedelta(days=7), day + timedelta(days=100))
    limit = Limit.working_hours(hours)
    ends = axis.add(np.array([start]), np.array([round(hours * HOUR)]))
    assert ends[0] == CALENDAR.due(start, limit)


def test_a_deadline_is_the_one_the_desk_would_set() -> None:
    plans = _plans(Planner(WORLD, 1), MONDAY, 0, 300)
    again = plans.times[:, [Step.DISPATCH, Step.DISPATCH_AGAIN, Step.DISPATCH_ABOVE]]
    sent = np.where(again == NEVER, 0, again).max(axis=1)
    for row in np.flatnonzero(~plans.odd.rejected):
        limit = WORLD.matters[plans.matter[row]].limit
        assert plans.due[row] == CALENDAR.due(int(sent[row]), limit)


def test_a_day_has_its_curve_and_the_rate_is_kept() -> None:
    arrivals = Arrivals(CALENDAR, Options.of({"rate": 10_000, "seed": 3}))
    slots = range(MONDAY // arrivals.slot, (MONDAY + 7 * DAY) // arrivals.slot)
    at = np.concatenate([arrivals.in_slot(slot) for slot in slots])
    assert len(at) == pytest.approx(70_000, rel=0.02)
    hours = np.bincount([CALENDAR.local(int(t)).hour for t in at[::10]], minlength=24)
    assert hours[3] * 5 < hours[10]
    assert np.array_equal(arrivals.in_slot(slots[0]), arrivals.in_slot(slots[0]))


def test_a_storm_brings_a_thousand_in_every_second() -> None:
    arrivals = Arrivals(CALENDAR, Options.of({"per_second": "1000"}))
    assert arrivals.slot == SECOND
    for slot in range(MONDAY // SECOND, MONDAY // SECOND + 20):
        assert len(arrivals.in_slot(slot)) == pytest.approx(1_000, abs=200)


def test_the_table_of_durations_is_what_boston_s_data_gives() -> None:
    with TABLE.open(encoding="utf-8", newline="") as file:
        kept = list(csv.reader(file))[1:]
    assert kept == [[str(value) for value in row] for row in derive.durations(read_requests())]
