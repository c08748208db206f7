"""Levels, whistles, directives and the four lists on a cell's page."""

from commandcenter.api import MINUTE, CallState
from commandcenter.testing import FakeView
from plugins.tablet.coordination import coordination_panels
from tests.plugins.faces import MICRO, NOW, call, directive, shown, whistle

PANELS = {panel.key.partition(".")[2]: panel for panel in coordination_panels()}
CLEANERS, ROADS = "990102001-hw", "990102001-sz"


def rows(name: str, view: FakeView) -> list[dict[str, object]]:
    found: list[dict[str, object]] = shown(PANELS[name], view)["lines"]["rows"]
    return found


def test_a_cell_shows_its_own_level_and_those_below_it():
    view = FakeView({"held.2": {MICRO: 4}, "overdue.2": {MICRO: 3}}, at="990102001")
    found = rows("levels", view)
    assert [row["name"] for row in found] == ["街道 · 失控", "社区 · 平稳", "网格 · 平稳"]
    said = "在办 4 · 超时 3 · 待报到 0 · 超时 75%（3/4），达 50% 线"
    assert (found[0]["tone"], found[0]["said"]) == ("red", said)
    assert found[1]["said"] == "在办 0 · 超时 0 · 待报到 0"


def test_called_units_say_whether_they_have_come_and_lead_to_the_case():
    line = whistle(1, call(CLEANERS, minutes=-5), call(ROADS, CallState.DONE), case_id=7)
    late, done = rows("whistles", FakeView(whistled=[line]))
    assert late == {
        "key": f"1-{CLEANERS}", "name": "东湖1街道环卫中心 · 逾期未到", "said": "夜市占道 · 东门口",
        "due": NOW - 5 * MINUTE, "tone": "red", "href": "/case/7",
    }  # fmt: skip
    assert (done["name"], done["due"]) == ("东湖1街道市政管理处 · 已完成", None)
    (without,) = rows("whistles", FakeView(whistled=[whistle(1, call(CLEANERS))]))
    assert "href" not in without


def test_a_directive_says_how_much_is_done_and_late_here():
    past = directive(1, depth_to=4, deadline=NOW - 1)
    view = FakeView(at="990102001", directed=[past], progressed={1: {"990102001001001": 3}})
    (row,) = rows("directives", view)
    assert (row["said"], row["tone"]) == ("4 个单元完成 25% · 逾期 3", "red")


def test_the_four_lists_have_cases_calls_and_cells():
    view = FakeView({"state.filed": {MICRO: 2}, "calls.called": {MICRO: 1}}, at=MICRO)
    assert [(row["name"], row["said"]) for row in rows("lists", view)] == [
        ("列单 2", "案件 2 · 吹哨 0 · 指令 0"),
        ("交单 1", "案件 0 · 吹哨 1 · 指令 0"),
        ("办单 0", "案件 0 · 吹哨 0 · 指令 0"),
        ("清单 0", "案件 0 · 吹哨 0 · 指令 0"),
    ]
