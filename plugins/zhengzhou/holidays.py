"""The calendar: Chinese public holidays, the days worked for them, and the city's own days."""

import csv
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from chinese_calendar.constants import holidays, workdays

from commandcenter.api import Calendar, CityError

FIRST_YEAR = 2020
COLUMNS = ("日期", "安排", "说明")
WORKED = {"上班": True, "休息": False}


def calendar(own: Path) -> Calendar:
    """Return the calendar of all years that are known; the table `own` overrides single days.

    The State Council names the days of a year at the end of the year before, so later years have
    weekends only until the package `chinesecalendar` knows them. Raises CityError that names file,
    line and column.
    """
    days = read_days(own)
    worked = {day for day, is_worked in days.items() if is_worked}
    free = days.keys() - worked
    return Calendar(
        zone=ZoneInfo("Asia/Shanghai"),
        holidays=frozenset({day for day in holidays if day.year >= FIRST_YEAR} - worked | free),
        makeup_days=frozenset({day for day in workdays if day.year >= FIRST_YEAR} - free | worked),
    )


def read_days(path: Path) -> dict[date, bool]:
    """Read which days the city works or rests otherwise than the country."""
    days: dict[date, bool] = {}
    with path.open(encoding="utf-8-sig", newline="") as lines:
        table = csv.DictReader(lines)
        for row in table:
            where = f"{path.name}:{table.line_num}"
            missing = [name for name in COLUMNS if row.get(name) is None]
            if missing:
                raise CityError(f"{where}: {missing[0]} is missing")
            day = _day(row["日期"], where)
            if row["安排"] not in WORKED:
                raise CityError(f"{where}: 安排 = {row['安排']!r}: write 上班 or 休息")
            if day in days:
                raise CityError(f"{where}: 日期 {day} is given twice")
            days[day] = WORKED[row["安排"]]
    return days


def _day(words: str, where: str) -> date:
    try:
        return date.fromisoformat(words)
    except ValueError as error:
        raise CityError(f"{where}: 日期 = {words!r} is no day: write it as 2026-10-01") from error
