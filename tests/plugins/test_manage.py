"""The manage face: the loop, the levels, boards of cases, the load by unit, the four lists."""

import pytest

from commandcenter.api import DAY, HOUR, MINUTE, STEPS, Mark, PartLine, State
from plugins.manage.case_boards import most_overdue_panel, next_due_panel, supervised_panel
from plugins.manage.cross import cross_panel
from plugins.manage.four_lists import four_lists_panel
from plugins.manage.levels import levels_panel
from plugins.manage.loop import loop_panel
from plugins.manage.spans import span
from plugins.manage.units import units_panel
from tests.plugins.faces import MICRO, case, directive, loads, plugin


def test_the_plugin_declares_its_panels_and_belongs_to_the_core():
    loaded = plugin("manage")
    keys = [panel.key for panel in loaded.code.register_panels()]
    assert loaded.manifest.core
    assert keys == [
        "manage.loop", "manage.levels", "manage.most_overdue", "manage.next_due",
        "manage.supervised", "manage.units", "manage.cross", "manage.four_lists",
        "manage.whistles", "manage.whistles_short", "manage.directives",
        "manage.directive_progress", "manage.late_cells",
    ]  # fmt: skip


def test_the_loop_has_eight_steps_with_counts_and_time(city_view, shown):
    view = city_view(
        {"state.reported": {MICRO: 3}, "state.handling": {MICRO: 9}, "state.closed": {MICRO: 900},
         "closed": {MICRO: 12}, "state.assessed": {MICRO: 2}},
        ages={State.REPORTED: 300.0, State.HANDLING: 7500.0},
    )  # fmt: skip
    steps = shown(loop_panel(), view)["steps"]
    assert [step["label"] for step in steps] == [
        "上报", "立案", "派遣", "处置中", "处置完", "核查", "结案", "考核",
    ]  # fmt: skip
    assert steps[0] == {"label": "上报", "value": 3, "note": "平均 5 分", "tone": "plain"}
    assert (steps[3]["value"], steps[3]["note"]) == (9, "平均 2 时 5 分")
    assert steps[6] == {"label": "结案", "value": 12, "note": "今日"}, "not the 900 of all time"
    assert steps[7] == {"label": "考核", "value": 2, "note": "已计入"}


def test_beside_the_loop_stands_what_has_left_the_main_line(city_view, shown):
    view = city_view(
        {"mark.returned": {MICRO: 4}, "returned": {MICRO: 11}, "reworked": {MICRO: 2},
         "state.suspended": {MICRO: 7}, "suspended": {MICRO: 3}, "mark.escalated": {MICRO: 5},
         "escalated": {MICRO: 6}, "merged": {MICRO: 9}, "mark.reopened": {MICRO: 1}}
    )  # fmt: skip
    values = shown(loop_panel(), view)
    assert {name: (v["value"], v["note"]) for name, v in values.items() if name != "steps"} == {
        "returned": (4, "今日 11"), "reworked": (2, "今日"), "suspended": (7, "今日 3"),
        "escalated": (5, "今日 6"), "merged": (9, "今日"), "reopened": (1, "今日 0"),
    }  # fmt: skip


def test_a_step_that_takes_longer_than_its_limit_is_yellow(city_view, shown):
    ages = {State.REPORTED: 15 * 60 + 1.0, State.FILED: 900.0, State.HANDLING: 1e6}
    tones = [s.get("tone") for s in shown(loop_panel(), city_view(ages=ages))["steps"]]
    assert tones[:4] == ["yellow", "plain", "plain", "plain"]


def test_where_nothing_stands_the_time_in_step_is_a_dash(city_view, shown):
    steps = shown(loop_panel(), city_view(language="en"))["steps"]
    assert [step["note"] for step in steps] == ["—"] * 6 + ["today", "counted"]
    assert len(steps) == len(STEPS)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (7500, "2 h 5 min"),
        (86_399, "23 h 59 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_a_span_is_said_in_the_largest_units(city_view, seconds, words):
    assert span(city_view(language="en"), seconds) == words


def test_the_five_levels_say_how_they_bear_their_load(city_view, shown):
    view = city_view(
        {"held.1": {MICRO: 100}, "overdue.1": {MICRO: 9}, "waiting.1": {MICRO: 10},
         "held.2": {MICRO: 100}, "overdue.2": {MICRO: 10},
         "held.3": {MICRO: 100}, "waiting.3": {MICRO: 90},
         "held.4": {MICRO: 4}, "overdue.4": {MICRO: 2}, "new.1": {MICRO: 3}, "soon.1": {MICRO: 5},
         "called.1": {MICRO: 2}},
        directed=[directive(1, depth_to=1)],
        progressed={1: {"990102": 3}},
    )  # fmt: skip
    rows = shown(levels_panel(), view)["levels"]["rows"]
    assert [row["level"] for row in rows] == ["市", "区", "街道", "社区", "网格"]
    assert [(row["state"]["tone"], row["state"]["text"]) for row in rows] == [
        ("blue", "平稳"),
        ("blue", "平稳"),
        ("yellow", "繁忙"),
        ("red", "紧张"),
        ("red", "失控"),
    ]
    assert [row["reason"] for row in rows] == [
        "无在办", "各项均在限内", "超时 10%（10/100），达 10% 线",
        "未接办 90%（90/100），达 90% 线", "超时 50%（2/4），达 50% 线",
    ]  # fmt: skip
    assert rows[1] | {"state": None} == {
        "key": "district", "level": "区", "state": None, "reason": "各项均在限内", "held": 100,
        "new": 3, "overdue": 9, "soon": 5, "called": 2, "directive": pytest.approx(1 / 3),
    }  # fmt: skip


def test_the_lowest_level_that_coordinates_answers_for_what_is_ordered_below_it(city_view, shown):
    micro = directive(1, depth_to=5)
    view = city_view(at=MICRO[:-3], directed=[micro], progressed={1: {MICRO: 3}})
    rows = shown(levels_panel(), view)
    assert [row["directive"] for row in rows["levels"]["rows"]] == [None, None, None, None, 0.5]


def test_a_level_that_holds_nothing_is_calm_and_has_no_directive(city_view, shown):
    rows = shown(levels_panel(), city_view(language="en"))["levels"]["rows"]
    assert {row["directive"] for row in rows} == {None}
    assert rows[0]["state"] == {"tone": "blue", "text": "Calm"}
    assert rows[0]["reason"] == "Nothing held"


def test_the_longest_overdue_come_first_with_their_unit(city_view, shown):
    now = city_view().now
    old = case(1, due=now - 3 * DAY, supervised=True)
    view = city_view(
        cases=[case(2, due=now - HOUR, unit=None, matter=None), old, case(3, due=now + MINUTE)],
        loads=loads((0, 0), (0, 0), (0, 0), (5, 1), (5, 1), (5, 1)),
    )
    rows = shown(most_overdue_panel(), view)["cases"]["rows"]
    assert [row["key"] for row in rows] == ["1", "2"]
    assert rows[0] == {
        "key": "1", "where": "东湖区 东湖1街道", "what": "督办 · 暴露垃圾",
        "unit": "东湖1街道环卫中心", "state": "处置中", "due": now - 3 * DAY, "tone": "red",
    }  # fmt: skip
    assert (rows[1]["unit"], rows[1]["what"]) == (None, "待分类")


def test_what_turns_red_next_comes_first_and_is_yellow_when_it_is_near(city_view, shown):
    now = city_view().now
    view = city_view(
        cases=[case(1, due=now + HOUR), case(2, due=now + 5 * MINUTE), case(3, due=now - 1),
               case(4, due=None)]
    )  # fmt: skip
    rows = shown(next_due_panel(), view)["cases"]["rows"]
    assert [(row["key"], row["tone"]) for row in rows] == [("2", "yellow"), ("1", "plain")]


def test_supervised_cases_say_whether_their_clock_has_run_out(city_view, shown):
    now = city_view().now
    view = city_view(
        cases=[case(1, due=None, supervised=True), case(2, due=now - HOUR, supervised=True),
               case(3, supervised=True, state=State.CLOSED), case(4)]
    )  # fmt: skip
    rows = shown(supervised_panel(), view)["cases"]["rows"]
    assert [(row["key"], row["tone"], row["what"]) for row in rows] == [
        ("2", "red", "暴露垃圾"),
        ("1", "plain", "暴露垃圾"),
    ]


def test_cross_cases_have_a_line_for_each_part(city_view, shown):
    now = city_view().now
    parts = (
        PartLine("990102001-hw", "done", is_lead=True, due=now - HOUR, done_at=now - 2 * HOUR),
        PartLine("990102001-cg", "acting", due=now - MINUTE),
        PartLine("990102001-sz", "called", due=now + HOUR),
        PartLine("gone", "acting"),
    )
    view = city_view(cases=[case(1, marks=Mark.CROSS, parts=parts), case(2)])
    rows = shown(cross_panel(), view)["parts"]["rows"]
    assert [(r["unit"], r["state"]["text"], r["state"]["tone"], r["due"]) for r in rows] == [
        ("牵头 · 东湖1街道环卫中心", "已完成", "good", None),
        ("东湖1街道城市管理局", "超时", "red", now - MINUTE),
        ("东湖1街道市政管理处", "待接办", "plain", now + HOUR),
        ("gone", "处置中", "blue", None),
    ]
    assert {row["case"] for row in rows} == {"暴露垃圾 · 东湖区 东湖1街道"}


def test_the_four_lists_say_what_is_of_cases_of_whistles_and_of_directives(city_view, shown):
    view = city_view(
        {"state.reported": {MICRO: 1}, "state.filed": {MICRO: 2}, "state.dispatched": {MICRO: 3},
         "state.handling": {MICRO: 4}, "state.suspended": {MICRO: 5}, "closed": {MICRO: 6},
         "calls.called": {MICRO: 7}, "calls.acting": {MICRO: 8}, "calls.done": {MICRO: 9}},
        directed=[directive(1, depth_to=1)],
        progressed={1: {"990102": 3, "990103": 1}},
    )  # fmt: skip
    rows = shown(four_lists_panel(), view)["lists"]["rows"]
    assert [(r["list"], r["total"], r["cases"], r["calls"], r["cells"]) for r in rows] == [
        ("列单", 3, 3, 0, 0),
        ("交单", 11, 3, 7, 1),
        ("办单", 18, 9, 8, 1),
        ("清单", 16, 6, 9, 1),
    ]


def test_no_title_of_a_citizen_is_among_the_overdue(city_view, shown):
    view = city_view(cases=[case(1, due=1)], clearance=2)
    assert "张三" not in str(shown(most_overdue_panel(), view))


def test_units_are_toned_by_the_share_that_is_overdue(city_view, shown):
    view = city_view(loads=loads((10, 3), (20, 3), (100, 2), (7, 1)))
    rows = shown(units_panel(), view)["units"]["rows"]
    assert [(r["held"], r["overdue"], r["share"], r["tone"]) for r in rows] == [
        (20, 3, 0.15, "yellow"),
        (10, 3, 0.3, "red"),
        (100, 2, 0.02, "plain"),
        (7, 1, pytest.approx(1 / 7), "plain"),
    ]


def test_a_place_where_no_unit_holds_anything_has_an_empty_board(city_view, shown):
    assert shown(units_panel(), city_view())["units"] == {"rows": []}
    assert shown(most_overdue_panel(), city_view())["cases"] == {"rows": []}


@pytest.mark.parametrize(
    "make",
    [loop_panel, levels_panel, most_overdue_panel, units_panel, four_lists_panel, cross_panel],
)
def test_each_panel_goes_by_its_scope_alone(assert_scoped, make):
    assert_scoped(make())
