"""Whistles and directives on the manage faces."""

import pytest

from commandcenter.api import HOUR, MINUTE, CallState
from plugins.manage.directives import directives_panel, late_cells_panel, progress_panel
from plugins.manage.whistles import whistles_panel, whistles_short_panel
from tests.plugins.faces import MICRO, NOW, call, directive, in_english, whistle

CLEANERS, ROADS, CITY = "990102001-hw", "990102001-sz", "990102001-cg"
EAST = "990102"


def test_who_has_not_come_in_time_stands_before_who_still_may_and_who_has_come(city_view, shown):
    view = city_view(
        {"whistles": {MICRO: 2}, "called.2": {MICRO: 3}, "called_late.2": {MICRO: 1}},
        whistled=[
            whistle(2, call(CLEANERS, CallState.ACTING, reported_in_at=NOW - MINUTE),
                    call(ROADS, minutes=8)),
            whistle(1, call(CITY, minutes=-5, late=True), call(CLEANERS, minutes=20),
                    call(ROADS, CallState.DONE, minutes=-30, reported_in_at=NOW, late=True)),
        ],
    )  # fmt: skip
    values = shown(whistles_panel(), view)
    assert values["sum"] == "2 声哨 · 待报到 3 · 逾期未到 1"
    rows = values["calls"]["rows"]
    assert [(r["key"], r["state"]["text"], r["state"]["tone"]) for r in rows] == [
        (f"1-{CITY}", "逾期未到", "red"),
        (f"2-{ROADS}", "待报到", "yellow"),
        (f"1-{CLEANERS}", "待报到", "plain"),
        (f"2-{CLEANERS}", "处置中", "blue"),
        (f"1-{ROADS}", "已完成（迟到）", "good"),
    ]
    assert (rows[0]["unit"], rows[0]["place"]) == ("东湖1街道城市管理局", "东门口")
    assert (rows[0]["due"], rows[0]["come"]) == (NOW - 5 * MINUTE, None)
    assert (rows[3]["due"], rows[3]["come"]) == (None, NOW - MINUTE)


def test_in_a_narrow_place_the_board_leaves_out_where_and_when(city_view, shown):
    view = city_view(whistled=[whistle(1, call(CLEANERS))])
    wide, short = (shown(make(), view) for make in (whistles_panel, whistles_short_panel))
    (row,), (brief,) = wide["calls"]["rows"], short["calls"]["rows"]
    assert brief == {key: row[key] for key in row if key not in ("place", "come")}


def test_the_caller_is_the_level_s_cell_and_the_person_where_one_is_said(city_view, shown):
    lines = [whistle(1, call(CLEANERS)), whistle(2, call(CLEANERS), caller="", place="")]
    rows = shown(whistles_panel(), city_view(whistled=lines))["calls"]["rows"]
    assert [row["caller"] for row in rows] == ["东湖区 东湖1街道", "东湖区 东湖1街道 · 张三"]
    assert rows[0]["place"] == "东湖区 东湖1街道"
    street = city_view(whistled=lines[1:], at="990102001001")
    above = shown(whistles_panel(), street)["calls"]["rows"][0]["caller"]
    assert above == "街道", "what lies above the scope is named by its level"
    unit = city_view(whistled=[whistle(1, call(CLEANERS), caller="", caller_unit=CITY)])
    assert shown(whistles_panel(), unit)["calls"]["rows"][0]["caller"] == "东湖1街道城市管理局"


def test_live_directives_say_how_many_received_and_are_done(city_view, shown):
    view = city_view(
        directed=[directive(2, depth_to=1), directive(1, depth_to=1, deadline=NOW - HOUR),
                  directive(3, depth_to=1)],
        progressed={1: {EAST: 1}, 2: {EAST: 1, "990103": 3, "990105": 3},
                    3: dict.fromkeys((EAST, "990103", "990105"), 3)},
    )  # fmt: skip
    rows = shown(directives_panel(), view)["directives"]["rows"]
    said = ("key", "to", "received", "done", "late", "tone")
    assert [tuple(row[name] for name in said) for row in rows] == [
        ("1", "区", pytest.approx(1 / 3), 0.0, 3, "red"),
        ("2", "区", 1.0, pytest.approx(2 / 3), 0, "plain"),
        ("3", "区", 1.0, 1.0, 0, "good"),
    ]


def test_the_newest_directive_is_drawn_by_the_cells_below_the_slowest_on_top(city_view, shown):
    grids = {f"990102001001{n:03d}": 3 for n in (1, 2)}
    west = {f"990103{s:03d}{c:03d}{g:03d}": 2 for s in (1, 2) for c in (1, 2) for g in (1, 2)}
    view = city_view(directed=[directive(1)], progressed={1: {**grids, **west}})
    values = shown(progress_panel(), view)
    assert values["directive"] == "防汛巡查 · 28 个网格 · 期限 06-01 17:00 · 完成 7.1%"
    done, acting, received, issued = values["chart"]["data"]
    assert [bar["name"] for bar in values["chart"]["data"]] == [
        "已完成", "执行中", "已接收", "已下达",
    ]  # fmt: skip
    # plotly draws from below: what has not even received it is drawn last, on top.
    assert done["y"] == ["东湖区 25%", "西山区 0%", "南门区 0%"]
    assert (done["x"], acting["x"]) == ([25.0, 0, 0], [0, 100.0, 0])
    assert (received["x"], issued["x"]) == ([0, 0, 0], [75.0, 0, 100.0])


def test_a_cell_of_the_directive_s_own_level_is_drawn_by_itself(city_view, shown):
    grid = "990102001001001"
    view = city_view(at=grid, directed=[directive(1)], progressed={1: {grid: 2}})
    chart = shown(progress_panel(), view)["chart"]
    assert chart["data"][1]["x"] == [100.0] and len(chart["data"][0]["y"]) == 1
    leaf = city_view(at=MICRO, directed=[directive(1)], progressed={1: {grid: 2}})
    assert shown(progress_panel(), leaf) == {"directive": "没有在办指令", "chart": None}


def test_late_cells_are_named_the_least_far_first_and_only_after_the_deadline(city_view, shown):
    known = {EAST: 3, "990103": 2}
    on_time = city_view(directed=[directive(1, depth_to=1)], progressed={1: known})
    assert shown(late_cells_panel(), on_time)["cells"]["rows"] == []
    past = directive(1, depth_to=1, deadline=NOW - 1)
    rows = shown(late_cells_panel(), city_view(directed=[past], progressed={1: known}))
    assert [(r["cell"], r["state"]["text"], r["state"]["tone"]) for r in rows["cells"]["rows"]] == [
        ("南门区", "已下达", "red"),
        ("西山区", "执行中", "yellow"),
    ]


def test_without_whistles_and_directives_the_boards_are_empty(shown):
    view = in_english()
    assert shown(whistles_panel(), view)["calls"] == {"rows": []}
    assert shown(whistles_panel(), view)["sum"] == "0 whistles · 0 to come · 0 late"
    assert shown(directives_panel(), view)["directives"] == {"rows": []}
    assert shown(late_cells_panel(), view)["cells"] == {"rows": []}


@pytest.mark.parametrize("make", [whistles_panel, directives_panel, progress_panel])
def test_each_panel_goes_by_its_scope_alone(assert_scoped, make):
    progressed = {1: {"990103": 1, EAST: 2}}
    assert_scoped(make(), directed=[directive(1, depth_to=1)], progressed=progressed,
                  whistled=[whistle(1, call(CLEANERS))])  # fmt: skip
