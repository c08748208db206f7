"""The city's calendar is the country's, but for the days that its own table names."""

from datetime import date
from pathlib import Path

import pytest

from commandcenter.api import CityError
from plugins.zhengzhou.city import DATA
from plugins.zhengzhou.holidays import calendar

NATIONAL_DAY, MAKEUP, MONDAY = date(2025, 10, 1), date(2025, 10, 11), date(2025, 11, 3)


@pytest.fixture
def days(tmp_path: Path) -> Path:
    return tmp_path / "days.csv"


def test_without_own_days_the_countrys_holidays_and_make_up_days_count() -> None:
    plain = calendar(DATA / "days.csv")
    assert [plain.is_worked(day) for day in (NATIONAL_DAY, MAKEUP, MONDAY)] == [False, True, True]


def test_the_citys_own_days_win_both_ways(days: Path) -> None:
    days.write_text(
        "日期,安排,说明\n2025-10-01,上班,防汛\n2025-10-11,休息,大会\n2025-11-03,休息,大雪\n",
        "utf-8-sig",
    )
    own = calendar(days)
    assert [own.is_worked(day) for day in (NATIONAL_DAY, MAKEUP, MONDAY)] == [True, False, False]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2025-13-01,上班,", "2: 日期 = '2025-13-01' is no day"),
        ("2025-10-01,加班,", "2: 安排 = '加班': write 上班 or 休息"),
        ("2025-10-01", "2: 安排 is missing"),
        ("2025-10-01,上班,\n2025-10-01,休息,", "3: 日期 2025-10-01 is given twice"),
    ],
)
def test_a_wrong_day_is_refused_with_file_line_and_column(
    days: Path, line: str, message: str
) -> None:
    days.write_text(f"日期,安排,说明\n{line}\n", "utf-8")
    with pytest.raises(CityError, match=f"days.csv:{message}"):
        calendar(days)
