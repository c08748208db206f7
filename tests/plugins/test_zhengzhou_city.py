"""Zhengzhou, mostly by its smallest district, once as a whole."""

import json
from datetime import date
from functools import cache

import numpy as np
import pytest
import shapely

from commandcenter.api import CityData, CityError, Limit, Tree, millis
from commandcenter.ingest.locator import Locator
from plugins.zhengzhou.city import DATA, SHAPING, zhengzhou
from plugins.zhengzhou.levels import LEVELS
from plugins.zhengzhou.units import read_duties

SMALL = "410106"
ZONE, HOST = "410172", "410102"


def silent(what: str, done: int, total: int) -> None:
    """Show no progress."""


@cache
def part(*districts: str) -> CityData:
    return zhengzhou(districts).build(silent)


def outlines(data: CityData, depth: int) -> np.ndarray:
    return shapely.from_wkb([data.outlines[c.code] for c in data.cells if c.depth == depth])


def division() -> dict[str, str]:
    """Names by code of the source, down to the communities."""
    names = {}
    for district in json.loads((DATA / "division.json").read_text("utf8")):
        names[district["code"]] = district["name"]
        for street in district["children"]:
            names[street["code"]] = street["name"]
            names |= dict(street["children"])
    return names


def nests(data: CityData, tree: Tree) -> None:
    """Check that each level covers the one above exactly, vertex by vertex."""
    for depth in range(1, len(LEVELS)):
        level = outlines(data, depth)
        assert shapely.is_valid(level).all()
        assert shapely.coverage_is_valid(level)
        cells = [tree.cells[at] for at in tree.at_depth(depth)]
        above = [cell.parent for cell in cells]
        codes, parent = np.unique(above, return_inverse=True)
        order = np.argsort(parent, kind="stable")
        starts = np.searchsorted(parent[order], np.arange(len(codes)))
        shapes = shapely.from_wkb([data.outlines[cell.code] for cell in cells])
        for code, mine in zip(codes, np.split(shapes[order], starts[1:]), strict=True):
            assert shapely.coverage_union_all(mine).equals(shapely.from_wkb(data.outlines[code]))


def adds_up(tree: Tree) -> None:
    """Check that households are 50 to 70 below and sums above."""
    families = np.array([cell.households for cell in tree.cells])
    micros = families[tree.at_depth(5)]
    assert (micros.min(), micros.max()) == (50, 70)
    for depth in range(5):
        assert families[tree.at_depth(depth)].sum() == micros.sum()
    for at in tree.at_depth(3):
        assert families[at] == families[tree.children(at)].sum()


def test_the_smallest_district_is_a_city_of_its_own() -> None:
    data = part(SMALL)
    tree = Tree.of(data.cells)
    assert [len(tree.at_depth(depth)) for depth in range(4)] == [1, 1, 6, 64]
    assert set(data.outlines) == {cell.code for cell in data.cells}
    nests(data, tree)
    adds_up(tree)


def test_names_and_codes_are_the_real_ones() -> None:
    names = division()
    real = [cell for cell in part(SMALL).cells if 1 <= cell.depth <= 3]
    assert all(names[cell.code] == cell.name for cell in real)


def test_generated_cells_carry_the_code_of_their_parent() -> None:
    for cell in part(SMALL).cells:
        if cell.depth >= 4:
            assert cell.code.startswith(str(cell.parent)) and len(cell.code) == 3 * cell.depth + 3
            assert cell.name.startswith(f"第{int(cell.code[-3:])}")


def test_the_point_of_each_cell_lies_inside_it() -> None:
    data = part(SMALL)
    shapes = shapely.from_wkb([data.outlines[cell.code] for cell in data.cells])
    points = np.array([(cell.lng, cell.lat) for cell in data.cells])
    assert shapely.contains_xy(shapes, points[:, 0], points[:, 1]).all()


def test_the_same_seed_gives_the_same_bytes() -> None:
    first, again = (zhengzhou([SMALL]).build(silent) for _ in range(2))
    assert first.cells == again.cells
    assert dict(first.outlines) == dict(again.outlines)


def test_another_seed_gives_another_city_and_another_digest() -> None:
    other = zhengzhou([SMALL], seed=5)
    assert other.digest != zhengzhou([SMALL]).digest
    assert other.build(silent).outlines != part(SMALL).outlines


def test_the_digest_tells_a_part_from_the_whole_and_covers_the_data() -> None:
    assert len({zhengzhou().digest, zhengzhou([SMALL]).digest, zhengzhou([ZONE]).digest}) == 3
    assert {path.name for path in DATA.iterdir()} == {
        *SHAPING, "matters.csv", "days.csv", "LICENCES.md",
    }  # fmt: skip


def test_a_district_that_does_not_exist_is_named_in_the_error() -> None:
    with pytest.raises(CityError, match="410199 is no district: take some of 410102,"):
        zhengzhou(["410199"])


def test_a_development_zone_is_cut_out_of_its_host() -> None:
    data = part(ZONE, HOST)
    host, zone = shapely.from_wkb([data.outlines[HOST], data.outlines[ZONE]])
    features = json.loads((DATA / "districts.geojson").read_text("utf8"))["features"]
    before = next(f["geometry"] for f in features if f["id"] == HOST)
    before = shapely.from_geojson(json.dumps(before))
    assert {host.geom_type, zone.geom_type} == {"Polygon"}
    assert host.intersection(zone).area == 0
    assert host.union(zone).symmetric_difference(before).area < 1e-7


def test_chiefs_are_marked_as_made_up_and_cannot_be_called() -> None:
    chiefs = [cell.chief for cell in part(SMALL).cells]
    assert all(chief is not None and chief.invented for chief in chiefs)
    assert all(chief.phone.startswith("100-") and chief.name for chief in chiefs if chief)
    assert len({chief.phone for chief in chiefs if chief}) > 0.99 * len(chiefs)


def test_some_grids_are_dedicated_and_only_grids() -> None:
    kinds = {(cell.depth, cell.kind) for cell in part(SMALL).cells if cell.kind}
    assert kinds == {(4, "dedicated")}


def test_each_duty_has_one_unit_in_every_cell_of_its_level() -> None:
    data = part(SMALL)
    cells = {cell.code: cell for cell in data.cells}
    duties = {duty.key: duty.depth for duty in read_duties(DATA / "duties.csv")}
    assert len({unit.code for unit in data.units}) == len(data.units)
    assert all(cells[unit.cell].depth == duties[unit.duty] for unit in data.units)
    titles = {unit.code: unit.title.zh for unit in data.units}
    assert titles["410106-urban_management"] == "上街区城市管理局"
    assert titles["410100-power"] == "郑州市供电服务中心"
    assert {unit.duty for unit in data.units} == set(duties)


def test_progress_is_told_from_nothing_to_everything() -> None:
    told: list[tuple[str, int, int]] = []
    zhengzhou([SMALL]).build(lambda *step: told.append(step))
    assert told[:7] == [("生成网格", street, 6) for street in range(7)]
    assert told[-1][1] == told[-1][2]


def test_the_calendar_knows_holidays_and_days_worked_instead() -> None:
    calendar = zhengzhou().calendar
    assert calendar.zone.key == "Asia/Shanghai"
    assert not calendar.is_worked(date(2025, 10, 1))
    assert calendar.is_worked(date(2025, 10, 11))
    friday = calendar.instant(date(2025, 9, 30)) + 17 * 3_600_000
    due = calendar.local(calendar.due(friday, Limit.working_days(1)))
    assert due.isoformat() == "2025-10-09T17:00:00+08:00"
    assert millis(due) > friday


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_whole_city_nests_and_every_point_finds_its_micro_grid() -> None:
    data = zhengzhou().build(silent)
    tree = Tree.of(data.cells)
    assert [len(tree.at_depth(d)) for d in range(6)] == [1, 15, 208, 3_306, 17_091, 42_453]
    nests(data, tree)
    adds_up(tree)
    assert {shape.geom_type for shape in outlines(data, 1)} == {"Polygon"}
    same_part(data)
    locates(data, tree)


def same_part(whole: CityData) -> None:
    """Check that a district built alone is the one in the whole city, borders aside."""
    alone = part(SMALL)
    in_whole = {cell.code: cell for cell in whole.cells}
    differing = 0
    for cell in alone.cells[1:]:
        twin = in_whole[cell.code]
        assert (cell.name, cell.households, cell.chief) == (twin.name, twin.households, twin.chief)
        differing += alone.outlines[cell.code] != whole.outlines[cell.code]
    assert 0 < differing < len(alone.cells) / 4


def locates(data: CityData, tree: Tree) -> None:
    """Check that 100,000 points find their micro-grids."""
    locator = Locator(tree, data.outlines)
    micros = tree.at_depth(5)
    inside = np.array([(tree.cells[at].lng, tree.cells[at].lat) for at in micros])
    assert (locator.locate_many(inside) == micros).all()
    west, south, east, north = shapely.from_wkb(data.outlines["410100"]).bounds
    points = np.random.default_rng(1).uniform((west, south), (east, north), (100_000, 2))
    found = locator.locate_many(points)
    city = shapely.from_wkb(data.outlines["410100"])
    assert ((found >= 0) == shapely.contains_xy(city, points[:, 0], points[:, 1])).all()
