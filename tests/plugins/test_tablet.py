"""The panels of a cell's page: counts, children, cases, who is responsible, the map."""

import pytest

from commandcenter.api import Cell, Chief, Colour, State, Tree
from commandcenter.testing import FakeView
from plugins.tablet.cases import newest_panel, overdue_panel
from plugins.tablet.chiefs import chiefs_panel
from plugins.tablet.children import children_panel
from plugins.tablet.city_map import map_panel
from plugins.tablet.counts import counts_panel
from plugins.tablet.links import cell_page
from tests.plugins.faces import MICRO, case, in_english, plugin, shown


def test_the_plugin_declares_its_panels_and_belongs_to_the_core():
    loaded = plugin("tablet")
    assert loaded.manifest.core
    assert {panel.key for panel in loaded.code.register_panels()} >= {
        "tablet.counts", "tablet.map", "tablet.children", "tablet.newest", "tablet.overdue",
        "tablet.chief",
    }  # fmt: skip


def test_the_counts_mark_what_is_overdue_and_supervised():
    view = FakeView({"open": {MICRO: 4}, "overdue": {MICRO: 1}, "supervised": {MICRO: 2}})
    values = shown(counts_panel(), view)
    assert values["overdue"] == {"value": 1, "tone": "red"}
    assert values["supervised"] == {"value": 2, "tone": "yellow"}
    assert values["open"] == {"value": 4}


def test_the_counts_of_a_quiet_cell_are_plain():
    values = shown(counts_panel(), FakeView(at=MICRO))
    assert values["overdue"] == {"value": 0, "tone": "plain"}


def test_the_children_stand_in_order_of_need():
    view = FakeView(
        {"open": {"990102": 9, "990105": 2}, "overdue": {"990102": 3}},
        coloured={"990102": Colour.BLUE, "990103": Colour.ORANGE, "990105": Colour.BLUE},
    )
    rows = shown(children_panel(), view)["cells"]["rows"]
    assert [row["key"] for row in rows] == ["990103", "990102", "990105"]
    assert rows[0]["colour"] == {"tone": "red", "text": "红"}
    assert (rows[1]["href"], rows[1]["open"], rows[1]["overdue"]) == ("/cell/990102", 9, 3)


def test_a_child_that_was_never_graded_has_no_colour():
    rows = shown(children_panel(), in_english())["cells"]["rows"]
    assert {row["colour"]["text"] for row in rows} == {"—"}


def test_the_lowest_cell_has_no_children():
    assert shown(children_panel(), FakeView(at=MICRO))["cells"] == {"rows": []}


@pytest.mark.parametrize(
    ("code", "path"), [("410105", "/cell/410105"), ("a/b c", "/cell/a%2Fb%20c")]
)
def test_a_code_is_quoted_in_its_path(code, path):
    assert cell_page(code) == path


def test_cases_lead_to_their_pages():
    now = FakeView().now
    view = FakeView(cases=[case(1), case(2, due=now - 1)])
    fresh = shown(newest_panel(), view)["cases"]["rows"]
    late = shown(overdue_panel(), view)["cases"]["rows"]
    assert [(r["href"], r["at"], r["tone"]) for r in fresh] == [
        ("/case/1", now - 3_600_000, "plain"),
        ("/case/2", now - 7_200_000, "red"),
    ]
    assert [(r["href"], r["at"]) for r in late] == [("/case/2", now - 1)]


def test_what_a_citizen_wrote_is_for_staff_only():
    cases = [case(1, matter=None, state=State.REPORTED)]
    public = shown(newest_panel(), FakeView(cases=cases))["cases"]["rows"][0]
    staff = shown(newest_panel(), FakeView(cases=cases, clearance=1))["cases"]["rows"][0]
    assert (public["what"], staff["what"]) == ("待分类", "张三家门口有垃圾")


def test_where_there_are_no_cases_the_boards_are_empty():
    view = in_english()
    assert shown(newest_panel(), view) == shown(overdue_panel(), view) == {"cases": {"rows": []}}


def test_staff_sees_who_is_responsible_here_and_below_with_the_made_up_marked():
    values = shown(chiefs_panel(), FakeView(at="990103", clearance=1))
    rows = values["chiefs"]["rows"]
    assert [row["cell"] for row in rows] == ["西山区", "西山1街道", "西山2街道"]
    assert (rows[0]["name"], rows[0]["phone"]) == ("王某(演示)", "100-0000-0000")
    assert "虚构" in values["note"]


def test_the_public_sees_no_person():
    values = shown(chiefs_panel(), FakeView(clearance=0))
    assert values["chiefs"] == {"rows": []}
    assert "王某" not in str(values) and "100-" not in str(values)


def test_a_real_chief_is_not_marked_and_a_cell_without_one_is_left_out():
    real = Cell("r", "root", 0, None, 0, 0, chief=Chief("李四"))
    view = FakeView(tree=Tree.of([real, Cell("c", "child", 1, "r", 0, 0)]), clearance=1)
    values = shown(chiefs_panel(), view)
    (row,) = values["chiefs"]["rows"]
    assert (row["name"], row["phone"]) == ("李四", None)
    assert "虚构" not in values["note"]


def test_the_map_can_be_tapped_and_labels_what_is_open():
    panel = map_panel()
    view = FakeView({"open": {MICRO: 2}}, at="990102", coloured={"990102001": Colour.YELLOW})
    value = shown(panel, view)["map"]
    assert panel.parts[0].taps
    assert [(x["code"], x["value"], x["tone"]) for x in value["labels"]] == [
        ("990102001", 2, "yellow"),
        ("990102002", 0, "plain"),
    ]
