"""The tables of matters and duties say which line is wrong."""

import csv
import runpy
import shutil
from pathlib import Path

import pytest

from commandcenter.api import CityError, ClockKind, Limit, PluginError
from commandcenter.domain.evidence import Evidence
from commandcenter.domain.matters import forbidden_at, of_duty, of_level
from commandcenter.settings import ROOT
from plugins.zhengzhou import register_channels, register_matters
from plugins.zhengzhou.city import DATA
from plugins.zhengzhou.levels import LEVELS, depth_of
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


def test_there_are_504_matters_and_145_dispatch_by_themselves() -> None:
    matters = register_matters()
    assert len(matters) == 504
    assert sum(matter.dispatches_itself for matter in matters) == 145


def test_codes_titles_and_search_words_are_fit_for_use() -> None:
    matters = register_matters()
    assert len({matter.code for matter in matters}) == len(matters)
    assert len({matter.title.zh for matter in matters}) == len(matters)
    assert len({matter.title.en for matter in matters}) == len(matters)
    assert all(matter.title.en and matter.words for matter in matters)
    assert all(matter.filing.zh and matter.closing.zh for matter in matters)
    words = [word for matter in matters for word in matter.words]
    assert len(words) == len(set(words)), "a word of two matters says neither"


def test_the_classes_that_are_not_published_are_marked_as_made_up() -> None:
    invented = {matter.title.zh: matter.invented for matter in register_matters()}
    assert not invented["暴露垃圾"] and not invented["井盖缺失"] and not invented["雨水井盖缺失"]
    assert invented["电动车进楼"] and invented["智能快件箱故障"]
    social = [m for m in register_matters() if (m.group.zh, m.subgroup.zh) == ("事件", "其他")]
    assert all(matter.invented for matter in social)


def test_the_three_lists_are_views_of_the_one_table() -> None:
    matters, community = register_matters(), depth_of("community", "here")
    by_level = [of_level(matters, depth) for depth in range(len(LEVELS))]
    assert sum(map(len, by_level)) == len(matters) and not by_level[-1]
    duties = read_duties(DATA / "duties.csv")
    assert sum(len(of_duty(matters, duty.key)) for duty in duties) == len(matters)
    kept_out = forbidden_at(matters, community)
    assert {"违法搭建", "占道经营", "机动车乱停放"} < {matter.title.zh for matter in kept_out}
    assert not set(kept_out) & set(of_duty(matters, "community"))


def test_there_are_seven_channels_beside_that_of_the_posters() -> None:
    assert [channel.key for channel in register_channels()] == [
        "patrol", "snapshot", "hotline", "wechat", "device", "video", "platform",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ("1,工作日,环卫站", "x,工作日,环卫站", "2: 时限 = 'x' must be"),
        ("1,工作日,环卫站", "-1,工作日,环卫站", "2: 时限 = '-1' must be"),
        ("1,工作日,环卫站", "1,周,环卫站", "2: 时钟 = '周' is unknown: write one of 紧急工作时"),
        ("1,工作日,环卫站", "1,工作日,精灵", "2: 责任单位 = '精灵' is unknown: write one of 市"),
        ("环卫站,街道,是", "环卫站,月亮,是", "2: 层级 = '月亮' is unknown: write one of 市, 区县"),
        ("环卫站,街道,是", "环卫站,市,是", "2: 层级 = '市' lies above its unit"),
        ("环卫站,街道,是", "环卫站,街道,也许", "2: 自动派遣 = '也许' is unknown"),
        ("街道,是,,否,垃圾堆", "街道,是,街道,否,垃圾堆", "2: 禁入 = '街道' forbids the very unit"),
        ("生活垃圾,90", "生活垃圾,inf", "2: 频度 = 'inf' must be"),
        ("SJ0101,事件", "SJ0101,大事", "2: 大类 = '大事' is unknown"),
        ("SJ0102", "SJ0101", "3: 编码 SJ0101 is given twice"),
        ("道路不洁,Dirty", "暴露垃圾,Dirty", "3: 事项 暴露垃圾 is given twice"),
        ("Exposed rubbish,生活垃圾在公共区域暴露堆放", "Exposed rubbish,", "2: 立案条件 is empty"),
        ("无残留,照片,1", "无残留,录像,1", "2: 佐证 = '录像' is unknown: write one of 无, 文字"),
        ("佐证,时限", "佐证,期限", "1: 时限 is missing"),
    ],
)
def test_a_wrong_entry_is_refused_with_file_line_and_column(
    matters: Path, good: str, bad: str, message: str
) -> None:
    spoil(matters, good, bad)
    with pytest.raises(PluginError, match=f"matters.csv:{message}"):
        read_matters(matters)


def test_damage_is_shown_by_a_photo_and_complaints_are_answered_in_words() -> None:
    asked = {matter.title.zh: matter.evidence for matter in register_matters()}
    assert asked["井盖缺失"] is asked["占道经营"] is asked["暴露垃圾"] is Evidence.PHOTO
    assert asked["物业服务投诉"] is asked["政策咨询"] is asked["停水"] is Evidence.WORDS


def test_a_table_from_before_evidence_asks_for_none(matters: Path) -> None:
    rows = list(csv.reader(matters.read_text("utf8").splitlines()))
    at = rows[0].index("佐证")
    with matters.open("w", encoding="utf8", newline="") as file:
        csv.writer(file).writerows([row[:at] + row[at + 1 :] for row in rows])
    assert {matter.evidence for matter in read_matters(matters)} == {Evidence.NONE}


def test_the_page_on_matters_says_what_the_table_asks_for() -> None:
    drawn = runpy.run_path(str(ROOT / "docs" / "matter_evidence.py"))["page"]
    words = (ROOT / "docs" / "matters.md").read_text("utf-8")
    assert words == drawn(words), "the table has changed: run python docs/matter_evidence.py"


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
