"""The panels of the tabs of a cell's page: record, siblings, units, people, red cells, devices."""

from dataclasses import replace

import pytest

from commandcenter.api import HOUR, Colour, ColourChange, Officer, Reading, Text, UnitRecord
from commandcenter.testing import FakeView
from commandcenter.testing.view import NOW
from plugins.tablet.cases import due_panel, supervised_panel
from plugins.tablet.devices import devices_panel
from plugins.tablet.record import month_panel, record_panel
from plugins.tablet.reds import reds_panel
from plugins.tablet.siblings import siblings_panel
from plugins.tablet.team import team_panel
from plugins.tablet.units import unit_records_panel, units_panel
from tests.plugins.faces import MICRO, case, in_english, loads, shown

EAST, WEST, NORTH = "990102", "990103", "990105"


def test_a_rate_over_nothing_is_no_data_and_never_zero():
    values = shown(record_panel(), FakeView(at=MICRO))
    assert {name: part["value"] for name, part in values.items() if name != "closed"} == {
        "handled": None, "filed": None, "reworked": None, "reported_in": None, "satisfied": None,
    }  # fmt: skip


@pytest.mark.parametrize(("good", "tone"), [(19, "plain"), (17, "yellow"), (14, "red")])
def test_rates_say_how_bad_they_are(good, tone):
    view = FakeView({"handled.judged.30d": {MICRO: 20}, "handled.on_time.30d": {MICRO: good}})
    assert shown(record_panel(), view)["handled"] == {"value": 5.0 * good, "tone": tone}


def test_the_month_is_compared_with_the_same_days_of_the_last():
    this = {"reported": {MICRO: 12}, "handled.judged": {MICRO: 4}, "handled.on_time": {MICRO: 3}}
    last = {"reported": {MICRO: 10}, "handled.judged": {MICRO: 2}, "handled.on_time": {MICRO: 2}}
    values = shown(month_panel(), FakeView(days=9, this_month=this, last_month=last))
    assert values["reported"] == {"value": 12, "change": 2, "note": "上月 10"}
    assert values["handled"] == {"value": 75.0, "change": -25.0, "note": "上月 100.0 %"}


def test_a_month_of_which_nothing_is_known_is_said_so():
    values = shown(month_panel(), FakeView(days=9, this_month={"reported": {MICRO: 12}}))
    assert values["reported"] == {"value": 12, "change": None, "note": "上月无数据"}
    first = shown(month_panel(), FakeView())  # on the first of June
    assert first["reported"] == {"value": None, "change": None, "note": "本月尚无整日"}
    second = shown(month_panel(), FakeView(now=NOW + 24 * HOUR))
    assert second["reported"]["note"] == "正在统计"


def test_neighbours_are_ranked_by_what_they_handle_on_time_those_without_data_last():
    view = FakeView({
        "handled.judged.30d": {EAST: 10, WEST: 10, }, "handled.on_time.30d": {EAST: 8, WEST: 9},
        "overdue": {NORTH: 3}, "open": {EAST: 4},
    })  # fmt: skip
    rows = shown(siblings_panel(), view)["cells"]["rows"]
    assert [(row["key"], row["rank"], row["on_time"]) for row in rows] == [
        (WEST, 1, 0.9), (EAST, 2, 0.8), (NORTH, None, None),
    ]  # fmt: skip
    assert rows[1]["open"] == 4 and rows[2]["overdue"] == 3 and rows[0]["href"] == f"/cell/{WEST}"


def test_units_with_work_here_say_what_of_it_is_overdue():
    rows = shown(units_panel(), FakeView(works_here=loads((10, 4), (10, 0))))["units"]["rows"]
    assert [(row["said"], row["tone"]) for row in rows] == [
        ("在办 10 · 超时 4 (40%)", "red"), ("在办 10 · 超时 0", "plain"),
    ]  # fmt: skip


def test_units_with_work_here_say_what_they_handled_in_time_and_nothing_is_not_zero():
    good, none = loads((10, 4), (10, 0))
    view = FakeView(works_here=[replace(good, record=UnitRecord(26, 25, 23)), none])
    rows = shown(unit_records_panel(), view)["units"]["rows"]
    assert [row["record"] for row in rows] == ["30 天按期 92% (25 件)", "30 天按期未知"]
    assert rows[0]["said"] == "在办 10 · 超时 4 (40%)"


def test_staff_sees_chief_deputies_and_who_is_on_duty_with_phones():
    people = [
        Officer("赵乙", Text("副网格长", "Deputy chief"), "100-1", invented=True),
        Officer("孙丙", Text("在岗网格员", "On duty"), "100-2", NOW + HOUR),
    ]
    view = FakeView(at=EAST, clearance=1, officers={EAST: people})
    values = shown(team_panel(), view)
    rows = values["people"]["rows"]
    assert [(row["name"], row["post"], row["phone"]) for row in rows] == [
        ("王某(演示)", "网格长", "100-0000-0000"), ("赵乙(演示)", "副网格长", "100-1"),
        ("孙丙", "在岗网格员", "100-2"),
    ]  # fmt: skip
    assert rows[2]["until"] == NOW + HOUR and "虚构" in values["note"]


def test_the_public_sees_nobody_who_is_on_duty():
    view = FakeView(at=EAST, officers={EAST: [Officer("孙丙", Text("在岗网格员"))]})
    values = shown(team_panel(), view)
    assert values["people"] == {"rows": []} and "孙丙" not in str(values)


def test_red_cells_below_say_why_and_lead_there():
    at = FakeView().tree.position[MICRO]
    change = ColourChange(
        at, NOW - HOUR, Colour.BLUE, Colour.RED, "x.r", "超时 9 件", "王某", NOW + HOUR
    )
    values = shown(reds_panel(), FakeView(changes=[change], clearance=1))
    (row,) = values["cells"]["rows"]
    assert (row["href"], row["why"], row["at"]) == (f"/cell/{MICRO}", "超时 9 件", NOW - HOUR)
    assert row["tone"] == "red" and "王某" not in str(values)


def test_devices_show_what_they_say_those_in_need_first():
    def device(key, tone):
        said = {"device": {"name": f"水位{key}", "says": "3 cm", "tone": tone}}
        return Reading(key, NOW - HOUR, said, MICRO)

    view = FakeView(said=[device("a", "blue"), device("b", "red"), Reading("c", NOW, {}, MICRO)])
    rows = shown(devices_panel(), view)["devices"]["rows"]
    assert [(row["name"], row["says"], row["tone"], row["at"]) for row in rows] == [
        ("水位b", "3 cm", "red", NOW - HOUR), ("水位a", "3 cm", "blue", NOW - HOUR),
    ]  # fmt: skip


def test_cases_that_are_due_next_and_those_that_are_supervised_have_their_lists():
    view = FakeView(cases=[case(1, due=NOW + HOUR), case(2, due=NOW - 1, supervised=True)])
    (due,) = shown(due_panel(), view)["cases"]["rows"]
    (supervised,) = shown(supervised_panel(), view)["cases"]["rows"]
    assert (due["href"], due["at"]) == ("/case/1", NOW + HOUR)
    assert supervised["href"] == "/case/2"


def test_the_panels_speak_english():
    values = shown(month_panel(), in_english(days=3, last_month={}))
    assert values["reported"]["note"] == "last 0"
