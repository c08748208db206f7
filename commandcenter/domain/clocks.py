"""Clocks: when a time limit ends, and the city's own time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

from commandcenter.domain.worktime import Worktime
from commandcenter.errors import CityError

Millis = int
"""An instant: milliseconds since 1970-01-01 UTC."""

SECOND: Millis = 1000
MINUTE: Millis = 60 * SECOND
HOUR: Millis = 60 * MINUTE
DAY: Millis = 24 * HOUR
FIRST_YEAR, LAST_YEAR = 1900, 2300
"""Between these working time is looked for."""


class ClockKind(StrEnum):
    """How a limit runs: round the clock, in working time, or in calendar days."""

    URGENT = "urgent"
    WORKING = "working"
    NATURAL = "natural"


@dataclass(frozen=True, slots=True)
class Limit:
    """A time limit: `hours` of the clock's own time; a working day has 8, a natural day 24."""

    clock: ClockKind
    hours: float

    @classmethod
    def urgent_hours(cls, hours: float) -> "Limit":
        """Hours that run 24x7 (紧急工作时)."""
        return cls(ClockKind.URGENT, hours)

    @classmethod
    def working_hours(cls, hours: float) -> "Limit":
        """Hours that run only in working time (工作时)."""
        return cls(ClockKind.WORKING, hours)

    @classmethod
    def working_days(cls, days: float) -> "Limit":
        """Working days of 8 hours (工作日)."""
        return cls(ClockKind.WORKING, days * 8)

    @classmethod
    def natural_days(cls, days: float) -> "Limit":
        """Days on the calendar (自然日)."""
        return cls(ClockKind.NATURAL, days * 24)


    @property
    def millis(self) -> Millis:
        """The whole limit in milliseconds of the clock's own time."""
        return round(self.hours * HOUR)


class ClockAct(StrEnum):
    """What a command does to the clock of a case."""

    FILING = "filing"
    """Starts the 15 minutes in which the desk files a report."""
    DISPATCH = "dispatch"
    """Starts the 15 minutes in which the desk dispatches a case."""
    UNIT = "unit"
    """Starts the limit that the matter gives the unit."""
    VERIFICATION = "verification"
    """Starts the 30 minutes in which the desk has a case verified."""
    BACK = "back"
    """Goes back to the unit's clock, which ran on beside the verification's."""
    PAUSE = "pause"
    RESUME = "resume"
    KEEP = "keep"
    STOP = "stop"


class Clock(NamedTuple):
    """A clock of a case; `limit` and `left` are milliseconds of its own time.

    It runs until `due`, and 70 % of it are used up at `warn`. A clock that stands has neither, but
    knows what was `left` when it was stopped; below 0 it had run out.
    """

    kind: ClockKind
    limit: Millis
    due: Millis | None
    warn: Millis | None
    left: Millis | None = None

    def colour(self, at: Millis) -> "ClockColour":
        """Return the clock's colour at an instant; one that stands keeps the one it had."""
        if self.due is None or self.warn is None:
            left = self.left or 0
            used = self.limit - left
        else:
            left, used = self.due - at, warned(self.limit) + at - self.warn
        if left <= 0:
            return ClockColour.RED
        return ClockColour.YELLOW if used >= warned(self.limit) else ClockColour.GREEN


class ClockColour(StrEnum):
    """Green under 70 % of the limit, yellow from there, red past it."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


WARNED_TENTHS = 7


def warned(limit: Millis) -> Millis:
    """Return how much of a limit is used up when its clock turns yellow."""
    return -(-limit * WARNED_TENTHS // 10)


@dataclass(frozen=True)
class Calendar:
    """Which days and hours are worked, in the city's time zone.

    Weekends are free and the other days are worked, but for `holidays` and `makeup_days`.
    """

    zone: ZoneInfo
    holidays: frozenset[date] = frozenset()
    makeup_days: frozenset[date] = frozenset()
    spans: tuple[tuple[time, time], ...] = ((time(8), time(12)), (time(14), time(18)))

    @cached_property
    def _worktime(self) -> list[Worktime]:
        """Holds the one table that is in use; a longer one takes its place."""
        return []

    def is_worked(self, day: date) -> bool:
        """Tell whether `day` is a working day."""
        if day in self.makeup_days:
            return True
        return day.weekday() < 5 and day not in self.holidays

    def due(self, start: Millis, limit: Limit) -> Millis:
        """Return the instant at which `limit`, started at `start`, has run out."""
        return self.after(start, limit.millis, limit.clock)

    def start(self, at: Millis, limit: Limit) -> Clock:
        """Return the clock of a limit that starts at an instant."""
        kind, length = limit.clock, limit.millis
        if kind is not ClockKind.WORKING:  # at half the price: a history starts millions
            return Clock(kind, length, at + length, at + warned(length))
        return self.running(at, kind, length, length)

    def until(self, at: Millis, due: Millis) -> Clock:
        """Return a clock that starts at an instant and runs round the clock until `due`."""
        length = max(0, due - at)
        return Clock(ClockKind.URGENT, length, due, at + warned(length))

    def running(self, at: Millis, kind: ClockKind, limit: Millis, left: Millis) -> Clock:
        """Return a clock of which `left` are left at an instant, below 0 if it had run out."""
        due = self.after(at, left, kind)
        return Clock(kind, limit, due, self.after(due, warned(limit) - limit, kind))

    def pause(self, clock: Clock, at: Millis) -> Clock:
        """Return a running clock as it stands when it is stopped; one that stands stays so."""
        if clock.due is None:
            return clock
        left = self.between(at, clock.due, clock.kind)
        # Between two working times nothing passes, and yet a clock has run out there.
        return clock._replace(due=None, warn=None, left=min(-1, left) if at > clock.due else left)

    def resume(self, clock: Clock, at: Millis) -> Clock:
        """Return a stopped clock as it runs on; one that runs stays so."""
        if clock.left is None:
            return clock
        return self.running(at, clock.kind, clock.limit, clock.left)

    def between(self, start: Millis, end: Millis, kind: ClockKind) -> Millis:
        """Return how much of a clock's time passes from `start` to `end`, below 0 if backwards."""
        if kind is not ClockKind.WORKING:
            return end - start
        table = self._table(min(start, end), max(start, end))
        return table.passed(end) - table.passed(start)

    def after(self, start: Millis, length: Millis, kind: ClockKind) -> Millis:
        """Return the first instant at which `length` of a clock's time has passed since `start`.

        Below 0 it is the first one that lies so much before. Raises CityError where no time is
        worked.
        """
        if kind is not ClockKind.WORKING or length == 0:
            return start + length
        table, ahead = self._table(start, start), 1
        while (found := table.at(table.passed(start) + length)) is None:
            step = ahead * 365 * DAY
            table = self._table(start - (step if length < 0 else 0), start + max(0, step))
            ahead *= 2
        return found

    def _table(self, first: Millis, last: Millis) -> Worktime:
        """Return a table that holds both instants; the longest one that was asked for is kept."""
        known = self._worktime[0] if self._worktime else None
        if known is not None and known.first <= first and last < known.last:
            return known
        if known is not None:
            first, last = min(first, known.first), max(last, known.last - 1)
        low, high = self.local(first).year - 1, self.local(last).year + 1
        ends = self.instant(date(low, 1, 1)), self.instant(date(high + 1, 1, 1))
        table = Worktime.of(ends[0], self._all_spans(low, high), ends[1])
        self._worktime[:] = [table]
        return table

    def _all_spans(self, low: int, high: int) -> Iterator[tuple[Millis, Millis]]:
        if high > LAST_YEAR or low < FIRST_YEAR:
            raise CityError(
                f"the calendar of {self.zone} has no working time where it was looked for: "
                "give it hours and days that are worked"
            )
        day, end = date(low, 1, 1), date(high, 12, 31)
        while day <= end:
            if self.is_worked(day):
                for opens, closes in self.spans:
                    yield self.instant(day, opens), self.instant(day, closes)
            day += timedelta(days=1)

    def local(self, at: Millis) -> datetime:
        """Return the local wall time of an instant."""
        return datetime.fromtimestamp(at / 1000, self.zone)

    def instant(self, day: date, clock: time = time()) -> Millis:
        """Return the instant of a local day and time."""
        return round(datetime.combine(day, clock, self.zone).timestamp() * 1000)

    def day_start(self, at: Millis) -> Millis:
        """Return the instant at which the local day of `at` began."""
        return self.instant(self.local(at).date())


@dataclass(frozen=True, slots=True)
class CityClock:
    """Maps real time to the city's time; a replay runs from `city_origin` at `speed`."""

    real_origin: Millis = 0
    city_origin: Millis = 0
    speed: float = 1.0

    def now(self, real: Millis) -> Millis:
        """Return the city's time at the real instant `real`."""
        return self.city_origin + round((real - self.real_origin) * self.speed)

    def real(self, city: Millis) -> Millis:
        """Return the real instant at which the city's time is `city`."""
        return self.real_origin + round((city - self.city_origin) / self.speed)

    @property
    def is_replay(self) -> bool:
        """Whether the city's time is not the real one."""
        return self != CityClock()


def millis(moment: datetime) -> Millis:
    """Return the instant of an aware datetime."""
    return round(moment.timestamp() * 1000)


def iso(at: Millis) -> str:
    """Return an instant as ISO 8601 in UTC with milliseconds."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
