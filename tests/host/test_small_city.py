import numpy as np
import pytest
import shapely

from commandcenter.api import CaseLine, State, Unit, UnitLoad, View
from commandcenter.host.registry import load
from commandcenter.settings import Settings
from commandcenter.testing import (
    FakeView,
    check_values,
    small_catalogue,
    small_city,
    small_data,
    small_registry,
    small_tree,
)
from tests.host.folders import SAMPLES

DATA, TREE = small_data(), small_tree()


def test_the_small_city_has_about_a_hundred_cells_on_six_levels():
    assert len(TREE) == 109
    by_level = [len(TREE.at_depth(depth)) for depth in range(6)]
    assert by_level == [1, 3, 7, 14, 28, 56]


def test_the_small_city_is_the_same_each_time():
    assert small_data() == DATA
    assert small_catalogue().build == small_catalogue().build


def test_children_fill_their_parent_and_never_overlap():
    outlines = {code: shapely.from_wkb(wkb) for code, wkb in DATA.outlines.items()}
    for at, cell in enumerate(TREE.cells):
        children = [outlines[TREE.cells[child].code] for child in TREE.children(at)]
        if children:
            assert shapely.union_all(children).equals(outlines[cell.code])
            assert sum(c.area for c in children) == pytest.approx(outlines[cell.code].area)


def test_each_cells_point_lies_inside_it():
    for cell in DATA.cells:
        outline = shapely.from_wkb(DATA.outlines[cell.code])
        assert outline.contains(shapely.Point(cell.lng, cell.lat))


def test_households_add_up():
    for at, cell in enumerate(TREE.cells):
        children = TREE.children(at)
        if children:
            assert sum(TREE.cells[child].households for child in children) == cell.households


def test_each_matter_finds_a_unit_at_or_above_each_micro_grid():
    served = {(unit.duty, unit.cell) for unit in DATA.units}
    for matter in small_registry().matters.values():
        for leaf in TREE.at_depth(5):
            line = [TREE.cells[at].code for at in TREE.ancestors(int(leaf))]
            assert any((matter.item.duty, code) in served for code in line)


def test_the_city_says_how_far_its_building_is():
    told = []
    small_city().build(lambda what, done, total: told.append((what, done, total)))
    assert told == [("cells", 109, 109)]


def test_a_panel_can_be_tried_without_browser_and_server():
    panel = load(Settings(plugins=SAMPLES), "small").panels["lamp.open"].item
    view: View = FakeView({"open": {"990102001001001001": 3, "990105": 2}}, at="990102")
    assert check_values(panel, panel.render(view))["open"] == '{"value":3,"note":"全部"}'.encode()


def test_a_rule_can_be_tried_without_a_server():
    registry = load(Settings(plugins=SAMPLES), "small")
    rule = next(r.item for r in registry.rules)
    view = FakeView({"open": {"990102001001001001": 9}})
    grades = rule.grade(view)
    red = TREE.position["990102001001001001"]
    assert grades[red] == 4
    assert int((grades > 0).sum()) == 6
    assert rule.explain(view, red) == "未结 9 件"


def test_a_view_adds_counts_by_code_up_the_tree_and_takes_arrays_as_they_are():
    view = FakeView({"open": {"990102001": 2, "990103": 1}, "total": np.arange(109)})
    assert view.count("open") == 3
    assert view.count("open", TREE.position["990102"]) == 2
    assert view.count("total", 7) == 7
    assert view.count("closed") == 0


def test_a_view_of_a_district_shows_nothing_outside_it():
    view = FakeView({"open": {"990103": 1}}, at="990102")
    assert view.count("open") == 0
    assert len(view.counts("open")) == view.last - view.first + 1
    with pytest.raises(IndexError, match="outside the scope"):
        view.count("open", 0)
    with pytest.raises(IndexError, match="outside the scope"):
        view.children(TREE.position["990103"])


def test_a_view_shows_cases_and_units_of_its_scope_in_order():
    def line(number: int, cell: str, due: int) -> CaseLine:
        at = TREE.position[cell]
        return CaseLine(number, "t", "app", None, at, None, State.FILED, number, number, due, False)

    office = Unit("u", small_city().title, "环卫", "990102")
    far = Unit("v", small_city().title, "环卫", "990103")
    view = FakeView(
        at="990102",
        cases=[line(1, "990102001", 50), line(2, "990102002", 40), line(3, "990103001", 10)],
        loads=[UnitLoad(far, 9, 9), UnitLoad(office, 2, 1)],
    )
    assert [case.id for case in view.newest(5)] == [2, 1]
    assert [case.id for case in view.most_overdue(1)] == [2]
    assert [load.unit.code for load in view.unit_loads()] == ["u"]


def test_a_view_has_the_last_24_hours_and_the_coordinating_levels():
    view = FakeView({"held.2": {"990102001": 4}, "overdue.2": {"990102001": 1}})
    starts, reports, usual = view.hours()
    assert len(starts) == len(reports) == len(usual) == 24
    assert starts[-1] <= view.now < starts[-1] + 3_600_000
    levels = dict(view.level_status())
    assert [level.key for level in levels] == ["city", "district", "street", "community", "grid"]
    street = next(status for level, status in levels.items() if level.key == "street")
    assert (street.held, street.overdue, street.waiting) == (4, 1, 0)
