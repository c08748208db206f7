"""Deadlines equal those of a model that counts minute by minute; the city's clock is invertible."""

from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commandcenter.domain.clocks import (
    DAY,
    HOUR,
    MINUTE,
    Calendar,
    CityClock,
    Limit,
    Millis,
    iso,
    millis,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
BOSTON = ZoneInfo("America/New_York")
# The Spring Festival of 2026 with its make-up days, as the State Council announced them.
HOLIDAYS = frozenset(date(2026, 2, day) for day in range(15, 24))
MAKEUP = frozenset({date(2026, 2, 14), date(2026, 2, 28)})
FESTIVAL = Calendar(SHANGHAI, HOLIDAYS, MAKEUP)
CALENDARS = [FESTIVAL, Calendar(SHANGHAI), Calendar(BOSTON, frozenset({date(2026, 2, 16)}))]
FIRST = datetime(2026, 2, 9)


def works(calendar: Calendar, wall: datetime) -> bool:
    """Tell whether a minute is worked, in the words of the rule."""
    day = wall.date()
    free = (wall.weekday() >= 5 or day in calendar.holidays) and day not in calendar.makeup_days
    return not free and (8 <= wall.hour < 12 or 14 <= wall.hour < 18)


@cache
def worked_minutes(which: int) -> list[bool]:
    """Return for each minute of forty days whether it is worked."""
    return [works(CALENDARS[which], FIRST + timedelta(minutes=m)) for m in range(40 * 24 * 60)]


def slow_due(which: int, start: int, minutes: int) -> int:
    """Return the minute at which so many worked minutes have passed."""
    worked, at = worked_minutes(which), start
    while minutes:
        minutes -= worked[at]
        at += 1
    return at


def instant(calendar: Calendar, minute: int) -> Millis:
    # Wall time plus an offset: right as long as no clock change lies between.
    wall = FIRST + timedelta(minutes=minute)
    return millis(wall.replace(tzinfo=calendar.zone))


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2), st.integers(0, 15 * 24 * 60), st.integers(1, 8 * 8 * 60))
def test_working_time_ends_where_counting_minutes_ends(
    which: int, start: int, minutes: int
) -> None:
    calendar = CALENDARS[which]
    due = calendar.due(instant(calendar, start), Limit.working_hours(minutes / 60))
    assert due == instant(calendar, slow_due(which, start, minutes))


@given(st.integers(0, 20 * 24 * 60), st.floats(0.25, 60), st.floats(0.25, 60))
def test_a_longer_limit_never_ends_earlier(start: int, one: float, other: float) -> None:
    short, long = sorted((one, other))
    at = instant(FESTIVAL, start)
    first, second = (FESTIVAL.due(at, Limit.working_hours(hours)) for hours in (short, long))
    assert at < first <= second


def at(words: str, calendar: Calendar = FESTIVAL) -> Millis:
    return millis(datetime.fromisoformat(words).replace(tzinfo=calendar.zone))


@pytest.mark.parametrize(
    ("start", "limit", "due"),
    [
        ("2026-02-10 09:00", Limit.working_hours(3), "2026-02-10 12:00"),
        ("2026-02-10 09:00", Limit.working_hours(4), "2026-02-10 15:00"),
        ("2026-02-10 12:30", Limit.working_hours(1), "2026-02-10 15:00"),
        ("2026-02-10 17:30", Limit.working_hours(1), "2026-02-11 08:30"),
        ("2026-02-10 20:00", Limit.working_days(1), "2026-02-11 18:00"),
        ("2026-02-13 18:00", Limit.working_hours(1), "2026-02-14 09:00"),
        ("2026-02-14 17:00", Limit.working_hours(2), "2026-02-24 09:00"),
        ("2026-02-27 17:00", Limit.working_days(1), "2026-02-28 17:00"),
        ("2026-02-28 17:00", Limit.working_days(1), "2026-03-02 17:00"),
        ("2026-02-15 23:00", Limit.urgent_hours(2), "2026-02-16 01:00"),
        ("2026-02-15 23:00", Limit.natural_days(3), "2026-02-18 23:00"),
    ],
)
def test_deadlines_around_a_lunch_a_night_a_weekend_and_a_festival(
    start: str, limit: Limit, due: str
) -> None:
    assert FESTIVAL.due(at(start), limit) == at(due)


def test_a_makeup_day_is_worked_and_a_holiday_is_not() -> None:
    assert FESTIVAL.is_worked(date(2026, 2, 14)) and date(2026, 2, 14).weekday() == 5
    assert not FESTIVAL.is_worked(date(2026, 2, 16)) and date(2026, 2, 16).weekday() == 0


@given(st.integers(0, 400 * 24 * 60), st.sampled_from(CALENDARS))
def test_a_local_day_holds_its_instants(minute: int, calendar: Calendar) -> None:
    moment = instant(CALENDARS[1], minute)
    start = calendar.day_start(moment)
    assert start <= moment < start + 25 * HOUR
    assert calendar.local(start).time().isoformat() == "00:00:00"
    assert calendar.local(start).date() == calendar.local(moment).date()


def test_the_day_of_a_clock_change_is_an_hour_shorter() -> None:
    calendar = CALENDARS[2]
    spring = calendar.instant(date(2026, 3, 8))
    assert calendar.instant(date(2026, 3, 9)) - spring == 23 * HOUR


CLOCKS = st.builds(
    CityClock,
    st.integers(0, 2_000_000_000_000),
    st.integers(0, 2_000_000_000_000),
    st.floats(0.1, 5000),
)


@given(CLOCKS, st.integers(-DAY * 1000, DAY * 1000))
def test_a_city_time_and_its_real_time_lead_back_to_each_other(
    clock: CityClock, after: int
) -> None:
    city = clock.city_origin + after
    assert abs(clock.now(clock.real(city)) - city) <= clock.speed / 2 + 1
    real = clock.real_origin + after
    assert abs(clock.real(clock.now(real)) - real) <= 1 / clock.speed + 1


@given(CLOCKS, st.integers(0, DAY), st.integers(0, DAY))
def test_a_city_clock_never_runs_backwards(clock: CityClock, one: int, other: int) -> None:
    first, second = sorted((one, other))
    assert clock.now(clock.real_origin + first) <= clock.now(clock.real_origin + second)


def test_a_minute_of_a_replay_is_an_hour_at_speed_sixty() -> None:
    clock = CityClock(1000, 500_000, 60.0)
    assert clock.now(1000 + MINUTE) == 500_000 + HOUR
    assert clock.is_replay and not CityClock().is_replay
    assert CityClock().now(77) == 77


def test_instants_are_written_in_utc_with_milliseconds() -> None:
    assert iso(1_767_578_400_123) == "2026-01-05T02:00:00.123+00:00"
