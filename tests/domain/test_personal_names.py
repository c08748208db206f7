"""Names in running words: how many are found, and how seldom a place or a word is taken for one.

The figures of docs/audit.md are these, with less room: the tests fail when it becomes worse.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from commandcenter.personal import masked
from plugins.zhengzhou.people import chief

ROOT = Path(__file__).resolve().parents[2]
HAN = re.compile("[\u4e00-\u9fff]")
OFFICES = re.compile("(社区)?(居民委员会|居委会|村民委员会|村委会|办事处|委员会)$")
WITH_NAME = (
    "{}反映楼下噪音扰民", "居民{}反映垃圾堆放", "{}说没人管", "我爸{}摔倒了", "{}家漏水",
    "已与{}沟通，同意整改", "通知{}整改", "找到{}核实情况", "独居老人{}需要帮扶", "孩子{}走失",
    "{}住在小区东门", "给{}打电话没人接", "今早{}来电催办", "经{}确认已修复", "被{}占用消防通道",
    "垃圾是隔壁{}扔的", "{}的车堵住出口", "现场见到{}本人", "回访{}，表示满意", "妻子{}受伤",
)  # fmt: skip
"""What is said of persons without a cue or a title; nothing in it was used to make the rules."""
WITH_PLACE = (
    "{}，请尽快处理", "位于{}附近", "{}居民反映暴露垃圾", "{}门口占道经营", "到{}核实", "由{}处理",
    "{}这里井盖缺失", "{}家属院楼顶漏水",
)  # fmt: skip


def words_of(found: object) -> Iterator[str]:
    """All words in a JSON value."""
    if isinstance(found, str):
        yield found
    for each in (found.values() if isinstance(found, dict) else found) if isinstance(
        found, dict | list
    ) else ():
        yield from words_of(each)


@pytest.fixture(scope="module")
def places() -> list[str]:
    """The names of all districts, streets and communities, without what they end in."""
    data = json.loads((ROOT / "plugins/zhengzhou/data/division.json").read_text("utf-8"))
    named = {OFFICES.sub("", each) for each in words_of(data) if HAN.search(each)}
    return sorted(named)


@pytest.fixture(scope="module")
def phrases() -> list[str]:
    """What the city's matters, the simulated city and the pages say."""
    files = [*ROOT.glob("**/locale/*.po"), *ROOT.glob("plugins/simulated/*.py")]
    said = [re.findall(r'"([^"\n]*)"', file.read_text("utf-8")) for file in files]
    table = (ROOT / "plugins/zhengzhou/data/matters.csv").read_text("utf-8")
    found = {each for one in said for each in one} | set(re.split(r"[,\n]", table))
    return sorted(each for each in found if HAN.search(each) and "*" not in each)


def share(texts: list[str]) -> float:
    """How many of some texts are shown otherwise."""
    return sum(masked(text) != text for text in texts) / len(texts)


def test_places_and_phrases_are_seldom_taken_for_persons(
    places: list[str], phrases: list[str]
) -> None:
    assert len(places) > 2500 and len(phrases) > 1500
    assert share(places) < 0.006
    assert share(phrases) < 0.003
    said = [form.format(place) for place in places for form in WITH_PLACE]
    assert share(said) < 0.006


def test_most_names_in_running_words_are_covered() -> None:
    names = [chief(11, f"c{number}").name for number in range(600)]
    for length, least in ((2, 0.75), (3, 0.92)):
        said = [(name, WITH_NAME[n % len(WITH_NAME)].format(name)) for n, name in enumerate(names)]
        of_length = [(name, text) for name, text in said if len(name) == length]
        found = [name not in masked(text) for name, text in of_length]
        assert len(found) > 150 and sum(found) / len(found) > least, length


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("居民李建国反映积水，李建国住在东门", "居民李**反映积水，李**住在东门"),
        ("我爸王伟摔倒了", "我爸王*摔倒了"),
        ("找到上官婉儿核实", "找到上官**核实"),
        ("王秀英说没人管", "王**说没人管"),
        ("单位反映强烈", "单位反映强烈"),
        ("高新区居民反映", "高新区居民反映"),
        ("文明路与金水路口", "文明路与金水路口"),
        ("张家村村民反映", "张家村村民反映"),
        ("司机说方向不对", "司机说方向不对"),
    ],
)
def test_a_name_is_told_by_what_stands_around_it(said: str, shown: str) -> None:
    assert masked(said) == shown
