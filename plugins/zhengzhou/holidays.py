"""The city's calendar: Chinese public holidays and the days worked in exchange for them."""

from zoneinfo import ZoneInfo

from chinese_calendar.constants import holidays, workdays

from commandcenter.api import Calendar

FIRST_YEAR = 2020


def calendar() -> Calendar:
    """Return the calendar of all years that are known.

    The State Council names the days of a year at the end of the year before, so later years have
    weekends only until the package `chinesecalendar` knows them.
    """
    return Calendar(
        zone=ZoneInfo("Asia/Shanghai"),
        holidays=frozenset(day for day in holidays if day.year >= FIRST_YEAR),
        makeup_days=frozenset(day for day in workdays if day.year >= FIRST_YEAR),
    )
