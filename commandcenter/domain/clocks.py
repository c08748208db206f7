"""Clocks: when a time limit ends, and the city's own time."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

Millis = int
"""An instant: milliseconds since 1970-01-01 UTC."""

SECOND: Millis = 1000
MINUTE: Millis = 60 * SECOND
HOUR: Millis = 60 * MINUTE
DAY: Millis = 24 * HOUR


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


@dataclass(frozen=True)
class Calendar:
    """Which days and hours are worked, in the city's time zone.

    Weekends are free and the other days are worked, but for `holidays` and `makeup_days`.
    """

    zone: ZoneInfo
    holidays: frozenset[date] = frozenset()
    makeup_days: frozenset[date] = frozenset()
    spans: tuple[tuple[time, time], ...] = field(
        default=((time(8), time(12)), (time(14), time(18)))
    )
    # Deadlines of history are computed by the hundred thousand, all within a few hundred days.
    _known_spans: dict[date, tuple[tuple[Millis, Millis], ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def is_worked(self, day: date) -> bool:
        """Tell whether `day` is a working day."""
        if day in self.makeup_days:
            return True
        return day.weekday() < 5 and day not in self.holidays

    def due(self, start: Millis, limit: Limit) -> Millis:
        """Return the instant at which `limit`, started at `start`, has run out."""
        left = round(limit.hours * HOUR)
        if limit.clock is not ClockKind.WORKING:
            return start + left
        return self._due_in_working_time(start, left)

    def _due_in_working_time(self, start: Millis, left: Millis) -> Millis:
        day = self.local(start).date()
        while True:
            for begin, closes in self._working_spans(day):
                opens = max(begin, start)
                if left <= closes - opens:
                    return opens + left
                left -= max(0, closes - opens)
            day += timedelta(days=1)

    def _working_spans(self, day: date) -> tuple[tuple[Millis, Millis], ...]:
        known = self._known_spans.get(day)
        if known is None:
            spans = self.spans if self.is_worked(day) else ()
            known = tuple((self.instant(day, a), self.instant(day, b)) for a, b in spans)
            self._known_spans[day] = known
        return known

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
