"""The tables of matters and duties say which line is wrong."""

import shutil
from pathlib import Path

import pytest

from commandcenter.api import CityError, ClockKind, Limit, PluginError
from plugins.zhengzhou import register_channels, register_matters
from plugins.zhengzhou.city import DATA
from plugins.zhengzhou.levels import LEVELS
from plugins.zhengzhou.matters import read_matters
from plugins.zhengzhou.units import read_duties

CLASSES = {
    "事件": {"市容环境", "宣传广告", "施工管理", "街面秩序", "突发事件", "其他"},
    "部件": {"公用设施", "道路交通", "市容环境", "园林绿化", "其他"},
}


@pytest.fixture
def matters(tmp_path: Path) -> Path:
    """A copy of the table to be spoilt."""
    shutil.copy(DATA / "duties.csv", tmp_path)
    return Path(shutil.copy(DATA / "matters.csv", tmp_path))


def spoil(path: Path, good: str, bad: str) -> None:
    words = path.read_text("utf8")
    assert good in words
    path.write_text(words.replace(good, bad, 1), "utf8")


def test_every_class_of_matters_is_there() -> None:
    found: dict[str, set[str]] = {}
    for matter in register_matters():
        found.setdefault(matter.group.zh, set()).add(matter.subgroup.zh)
    assert found == CLASSES


def test_the_known_limits_are_the_published_ones() -> None:
    limits = {matter.title.zh: matter.limit for matter in register_matters()}
    assert limits["暴露垃圾"] == Limit.working_days(1)
    assert limits["道路不洁"] == Limit.working_hours(5)
    assert limits["违法搭建"] == Limit.working_days(15)
    assert limits["井盖缺失"] == Limit(ClockKind.URGENT, 2)


def test_every_level_that_coordinates_holds_some_matters_but_not_the_lowest() -> None:
    depths = {matter.depth for matter in register_matters()}
    assert depths == {d for d, level in enumerate(LEVELS) if level.coordinates}


def test_a_matter_is_held_where_its_unit_is_or_below() -> None:
    depths = {duty.key: duty.depth for duty in read_duties(DATA / "duties.csv")}
    assert all(matter.depth >= depths[matter.duty] for matter in register_matters())


def test_codes_titles_and_search_words_are_fit_for_use() -> None:
    matters = register_matters()
    assert len({matter.code for matter in matters}) == len(matters) >= 60
    assert len({matter.title.zh for matter in matters}) == len(matters)
    assert all(matter.title.en and matter.words for matter in matters)
    assert 0.2 < sum(matter.dispatches_itself for matter in matters) / len(matters) < 0.5


def test_there_are_the_eight_channels() -> None:
    assert [channel.key for channel in register_channels()] == [
        "patrol", "snapshot", "hotline", "wechat", "qr", "device", "video", "platform",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ("1,工作日,street_sanitation", "x,工作日,street_sanitation", "2: limit = 'x' must be"),
        ("1,工作日,street_sanitation", "-1,工作日,street_sanitation", "2: limit = '-1' must be"),
        ("1,工作日,street_sanitation", "1,周,street_sanitation", "2: clock = '周' is unknown"),
        ("1,工作日,street_sanitation", "1,工作日,elves", "2: duty = 'elves' is unknown"),
        ("street,是,垃圾堆", "moon,是,垃圾堆", "2: level = 'moon' is no level"),
        ("street,是,垃圾堆", "street,也许,垃圾堆", "2: dispatches_itself = '也许' is unknown"),
        ("生活垃圾,90", "生活垃圾,inf", "2: frequency = 'inf' must be"),
        ("SJ0101,事件", "SJ0101,大事", "2: group = '大事' is unknown"),
        ("SJ0102", "SJ0101", "3: code SJ0101 is given twice"),
        ("title_en,limit", "title_en,term", "2: column 'limit' is missing"),
    ],
)
def test_a_wrong_entry_is_refused_with_file_line_and_column(
    matters: Path, good: str, bad: str, message: str
) -> None:
    spoil(matters, good, bad)
    with pytest.raises((PluginError, CityError), match=f"matters.csv:{message}"):
        read_matters(matters)


def test_a_short_line_is_refused(matters: Path) -> None:
    matters.write_text(matters.read_text("utf8") + "SJ0001,事件\n", "utf8")
    with pytest.raises(PluginError, match=r"matters\.csv:\d+"):
        read_matters(matters)


def test_a_table_saved_by_a_spreadsheet_is_read_too(matters: Path) -> None:
    matters.write_text(matters.read_text("utf8"), "utf-8-sig")
    assert read_matters(matters) == register_matters()


def test_a_duty_given_twice_is_refused(matters: Path) -> None:
    duties = matters.with_name("duties.csv")
    spoil(duties, "gas,city", "power,city")
    with pytest.raises(CityError, match=r"duties\.csv:4: duty 'power' is given twice"):
        read_duties(duties)


def test_a_table_of_duties_without_a_column_is_refused(matters: Path) -> None:
    duties = matters.with_name("duties.csv")
    spoil(duties, "title_en", "english")
    with pytest.raises(CityError, match=r"duties\.csv:2: column 'title_en' is missing"):
        read_duties(duties)
