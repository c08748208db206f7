"""Boston's working time: the zone and the holidays of the United States."""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from commandcenter.api import Calendar

ZONE = ZoneInfo("America/New_York")
YEARS = range(2011, 2031)


def calendar() -> Calendar:
    """Return the calendar with the federal holidays of 2011 to 2030."""
    free = frozenset(day for year in YEARS for day in federal_holidays(year))
    spans = ((time(9), time(17)),)
    return Calendar(ZONE, holidays=free, spans=spans)


def federal_holidays(year: int) -> set[date]:
    """Return the days on which federal offices are closed (5 U.S.C. 6103).

    A holiday on a Saturday is kept on the Friday before, one on a Sunday on the Monday after.
    """
    fixed = [date(year, 1, 1), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    if year >= 2021:
        fixed.append(date(year, 6, 19))
    monday, thursday = 0, 3
    floating = {
        _nth(year, 1, monday, 3), _nth(year, 2, monday, 3), _last_monday_of_may(year),
        _nth(year, 9, monday, 1), _nth(year, 10, monday, 2), _nth(year, 11, thursday, 4),
    }  # fmt: skip
    return {_observed(day) for day in fixed} | floating


def _nth(year: int, month: int, weekday: int, which: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (which - 1))


def _last_monday_of_may(year: int) -> date:
    last = date(year, 5, 31)
    return last - timedelta(days=last.weekday())


def _observed(day: date) -> date:
    return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))
