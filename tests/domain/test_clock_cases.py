"""Ten thousand clocks, drawn at random, against a list of all seconds that count.

They run on each of the three kinds, over the National Day of 2025 with its make-up days, and are
stopped and started again. The model knows nothing but which second is worked.
"""

import random
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from commandcenter.domain.cases import Command, Facts, State
from commandcenter.domain.clocks import (
    DAY,
    HOUR,
    MINUTE,
    Calendar,
    Clock,
    ClockColour,
    ClockKind,
    Limit,
    Millis,
    millis,
    warned,
)
from commandcenter.domain.desk import Desk, Given
from commandcenter.errors import CityError
from commandcenter.testing import small_city, small_data, small_tree
from commandcenter.testing.city import LEVELS, MATTERS

SHANGHAI = ZoneInfo("Asia/Shanghai")
# The National Day and the Mid-Autumn Festival of 2025, as the State Council announced them.
HOLIDAYS = frozenset(date(2025, 10, day) for day in range(1, 9))
MAKEUP = frozenset({date(2025, 9, 28), date(2025, 10, 11)})
CALENDAR = Calendar(SHANGHAI, HOLIDAYS, MAKEUP)
FIRST, DAYS = datetime(2025, 9, 1, tzinfo=SHANGHAI), 250
ORIGIN: Millis = millis(FIRST)
CASES, SEED = 10_000, 20251001
SECONDS = 24 * 3600
Span = tuple[int, int]


@cache
def counted(kind: ClockKind) -> Sequence[int]:
    """Return the number of each second that counts on a clock, from the first day on."""
    if kind is not ClockKind.WORKING:
        return range(DAYS * SECONDS)
    of_day = np.arange(SECONDS)
    worked = of_day[[8 <= s // 3600 < 12 or 14 <= s // 3600 < 18 for s in of_day.tolist()]]
    days = [(FIRST + timedelta(days=number)).date() for number in range(DAYS)]
    free = [(day.weekday() >= 5 or day in HOLIDAYS) and day not in MAKEUP for day in days]
    parts = [worked + number * SECONDS for number, rest in enumerate(free) if not rest]
    return [int(second) for second in np.concatenate(parts)]


@dataclass(frozen=True)
class Drawn:
    """A clock: its limit in seconds, and the spans of seconds in which it runs."""

    kind: ClockKind
    limit: int
    spans: tuple[Span, ...]

    def used(self, at: int) -> int:
        """Count the seconds that are used up at a second."""
        seconds = counted(self.kind)
        ran = ((begin, min(end, at)) for begin, end in self.spans if begin < at)
        return sum(bisect_left(seconds, e) - bisect_left(seconds, b) for b, e in ran)

    def colour(self, at: int) -> ClockColour:
        """Return the colour in the words of the rule."""
        used = self.used(at)
        if used >= self.limit:
            return ClockColour.RED
        return ClockColour.YELLOW if used * 10 >= self.limit * 7 else ClockColour.GREEN

    def end(self, share: float = 1.0) -> int:
        """Return when a share of the limit is used up, if the last span goes on for ever."""
        begin = self.spans[-1][0]
        seconds, left = counted(self.kind), round(self.limit * share) - self.used(begin)
        return seconds[bisect_left(seconds, begin) + left - 1] + 1


def drawn(chance: random.Random) -> Drawn:
    kind = chance.choice(list(ClockKind))
    usual = [300, 1800, 3600, 4 * 3600, 8 * 3600, 15 * 8 * 3600]
    limit = chance.choice([*usual, 10 * chance.randint(1, 50_000)])
    at = chance.randint(10 * SECONDS, 50 * SECONDS)
    spans = []
    for _ in range(chance.choice([0, 0, 1, 1, 2, 3])):
        stop = at + chance.choice([0, chance.randint(1, 3600), chance.randint(1, 6 * SECONDS)])
        spans.append((at, stop))
        at = stop + chance.choice([0, chance.randint(1, 3600), chance.randint(1, 12 * SECONDS)])
    return Drawn(kind, limit, (*spans, (at, DAYS * SECONDS)))


def instant(second: int) -> Millis:
    return ORIGIN + second * 1000


def lived(case: Drawn) -> list[Clock]:
    """Return the clock as it stands after each start and stop."""
    first, *others = case.spans
    clock = CALENDAR.start(instant(first[0]), Limit(case.kind, case.limit / 3600))
    clocks = [clock]
    for (_, stop), (begin, _) in zip(case.spans, others, strict=False):
        clocks.append(CALENDAR.pause(clocks[-1], instant(stop)))
        clocks.append(CALENDAR.resume(clocks[-1], instant(begin)))
    return clocks


def test_ten_thousand_clocks_agree_with_counting_seconds() -> None:
    chance = random.Random(SEED)
    seen = {kind: 0 for kind in ClockKind}
    for number in range(CASES):
        case = drawn(chance)
        clocks = lived(case)
        seen[case.kind] += 1
        for (_, stop), paused in zip(case.spans[:-1], clocks[1::2], strict=True):
            left = case.limit - case.used(stop)
            assert paused.left is not None and paused.due is None, (number, case)
            assert paused.left == left * 1000 if left > 0 else paused.left <= 0, (number, case)
            assert paused.colour(instant(stop)) is case.colour(stop), (number, case)
        begin, last = case.spans[-1][0], clocks[-1]
        assert last.due is not None and last.warn is not None
        if case.used(begin) < case.limit:
            assert last.due == instant(case.end()), (number, case)
        else:
            assert last.due <= instant(begin), (number, case)
        if case.used(begin) * 10 < case.limit * 7:
            assert last.warn == instant(case.end(0.7)), (number, case)
        for probe in (begin, begin + chance.randint(0, 20 * SECONDS)):
            assert last.colour(instant(probe)) is case.colour(probe), (number, case, probe)
    assert min(seen.values()) > CASES // 4


def test_time_between_two_instants_is_what_was_counted_and_none_backwards() -> None:
    chance = random.Random(SEED)
    seconds = counted(ClockKind.WORKING)
    for _ in range(500):
        start, end = (chance.randint(0, 90 * SECONDS) for _ in range(2))
        passed = CALENDAR.between(instant(start), instant(end), ClockKind.WORKING)
        assert passed == 1000 * (bisect_left(seconds, end) - bisect_left(seconds, start))


def at(words: str) -> Millis:
    return millis(datetime.fromisoformat(words).replace(tzinfo=SHANGHAI))


def test_a_day_begun_before_the_holidays_ends_after_them_and_turns_yellow_in_between() -> None:
    clock = CALENDAR.start(at("2025-09-30 16:00"), Limit.working_days(1))
    assert (clock.due, clock.warn) == (at("2025-10-09 16:00"), at("2025-10-09 11:36"))
    assert clock.colour(at("2025-10-05 12:00")) is ClockColour.GREEN
    paused = CALENDAR.pause(clock, at("2025-10-09 12:00"))
    assert paused.left == 2 * HOUR and paused.colour(at("2026-01-01 00:00")) is ClockColour.YELLOW
    assert CALENDAR.resume(paused, at("2025-10-10 17:00")).due == at("2025-10-11 09:00")


def test_a_clock_that_had_run_out_when_it_was_stopped_has_run_out_when_it_goes_on() -> None:
    clock = CALENDAR.start(at("2025-09-30 10:00"), Limit.working_hours(6))
    night = CALENDAR.pause(clock, at("2025-09-30 20:00"))
    assert night.left == -1, "nothing has passed since 18:00, and yet it had run out"
    again = CALENDAR.resume(night, at("2025-10-04 12:00"))
    assert again.due is not None and again.due < at("2025-10-04 12:00")
    assert again.colour(at("2025-10-04 12:00")) is ClockColour.RED


def test_a_clock_that_stands_stays_so_and_one_that_runs_runs_on() -> None:
    clock = CALENDAR.start(ORIGIN, Limit.urgent_hours(2))
    paused = CALENDAR.pause(clock, ORIGIN + HOUR)
    assert CALENDAR.pause(paused, ORIGIN + DAY) == paused
    assert CALENDAR.resume(clock, ORIGIN + DAY) == clock
    assert warned(7) == 5 and warned(10) == 7, "whole milliseconds, and not before 70 %"


def test_a_calendar_without_working_time_is_refused_and_not_searched_for_ever() -> None:
    never = Calendar(SHANGHAI, spans=())
    with pytest.raises(CityError, match="no working time"):
        never.due(ORIGIN, Limit.working_hours(1))


TREE = small_tree()
DESK = Desk(TREE, LEVELS, small_city().calendar, small_data().units)
COVER = next(matter for matter in MATTERS if matter.code == "P0201")
RUNNING = CALENDAR.start(ORIGIN, COVER.limit)
FACTS = Facts(3, State.HANDLING, 2, ORIGIN, RUNNING.due, RUNNING.due, clock=RUNNING)


@pytest.mark.parametrize(
    ("command", "state", "limit"),
    [
        (Command.FILE, State.REPORTED, 15 * MINUTE),
        (Command.DISPATCH, State.FILED, 2 * HOUR),
        (Command.RETURN, State.HANDLING, 15 * MINUTE),
        (Command.ESCALATE, State.HANDLING, 15 * MINUTE),
        (Command.HANDLE, State.HANDLING, 30 * MINUTE),
    ],
)
def test_each_stage_has_its_limit_and_says_when_it_turns_yellow(
    command: Command, state: State, limit: Millis
) -> None:
    given = Given(COVER, facts=FACTS._replace(state=state), clock=RUNNING)
    clock = DESK.order(command, ORIGIN, given).clock
    assert clock == Clock(
        ClockKind.URGENT, limit, ORIGIN + limit, ORIGIN + limit * 7 // 10
    )


def test_a_rework_has_the_units_clock_again_and_a_resumption_what_was_left_of_it() -> None:
    handled = Given(COVER, facts=FACTS._replace(state=State.HANDLED))
    assert DESK.order(Command.REWORK, ORIGIN + HOUR, handled).clock == RUNNING
    suspended = DESK.order(Command.SUSPEND, ORIGIN + HOUR, Given(COVER, facts=FACTS, clock=RUNNING))
    assert suspended.clock is not None and suspended.clock.left == HOUR
    standing = FACTS._replace(state=State.SUSPENDED, clock=suspended.clock)
    later = ORIGIN + 9 * DAY
    resumed = DESK.order(Command.RESUME, later, Given(COVER, facts=standing, clock=standing.clock))
    assert resumed.deadline == later + HOUR
    assert resumed.clock is not None and resumed.clock.due == resumed.deadline
