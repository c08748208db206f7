"""Boston's data: what is placed, what is not, and the tables made from it."""

from collections import Counter
from datetime import date

import pytest
import shapely

from commandcenter.api import Tree
from plugins.boston import catalogue, city, derive
from plugins.boston.calendar import ZONE, calendar, federal_holidays
from plugins.boston.deliveries import Placed
from plugins.boston.folder import read_table, slug
from plugins.boston.names import Names
from plugins.boston.records import TOTAL, ward_number
from plugins.boston.replay import placed_requests


@pytest.fixture(scope="module")
def placed() -> list[Placed]:
    return placed_requests()


def _built() -> city.CityData:
    return city.boston().build(lambda what, done, total: None)


def test_every_request_is_placed_or_counted_as_unplaced(placed: list[Placed]) -> None:
    kinds = Counter(
        "unplaced" if p.place is None else "point" if p.place.exact else "name" for p in placed
    )
    assert kinds == {"point": 53_461, "name": 1_857, "unplaced": 2_933}
    assert kinds.total() == TOTAL
    assert len({p.request.id for p in placed}) == TOTAL


def test_the_default_point_is_never_believed(placed: list[Placed]) -> None:
    there = [p for p in placed if (p.request.lng, p.request.lat) == (-71.0587, 42.3594)]
    assert len(there) == 4_775
    assert not any(p.place and p.place.exact for p in there)
    assert all(p.place for p in there if p.request.neighbourhood == "Roxbury")
    assert not any(p.place for p in there if p.request.neighbourhood in ("", "Boston"))


def test_a_name_of_two_neighbourhoods_is_told_apart_by_its_ward(placed: list[Placed]) -> None:
    found = {
        (p.request.ward, p.place.cell)
        for p in placed
        if p.place and not p.place.exact and p.request.neighbourhood == "Allston / Brighton"
    }
    assert found == {("21", "allston"), ("22", "brighton")}


@pytest.mark.parametrize(
    ("written", "number"), [("Ward 17", "17"), ("17", "17"), ("03", "3"), ("Ward 3", "3"), ("", "")]
)
def test_wards_are_written_in_two_ways(written: str, number: str) -> None:
    assert ward_number(written) == number


def test_the_city_has_26_neighbourhoods_with_valid_outlines() -> None:
    data = _built()
    tree = Tree.of(data.cells)
    assert len(tree.at_depth(1)) == 26
    assert set(data.outlines) == set(tree.position)
    for cell in data.cells:
        outline = shapely.from_wkb(data.outlines[cell.code])
        assert outline.is_valid and outline.geom_type in ("Polygon", "MultiPolygon")
        assert outline.contains(shapely.Point(cell.lng, cell.lat)), cell.code


def test_what_requests_name_is_in_the_catalogue(placed: list[Placed]) -> None:
    channels = {channel.key for channel in catalogue.channels()}
    matters = {matter.code for matter in catalogue.matters()}
    data = _built()
    units, cells = {unit.code for unit in data.units}, {cell.code for cell in data.cells}
    for p in placed:
        assert slug(p.request.source) in channels
        assert slug(p.request.type) in matters
        assert slug(p.request.queue) in units
        assert p.place is None or p.place.cell in cells


def test_the_units_of_all_matters_exist() -> None:
    duties = {unit.duty for unit in catalogue.units()}
    assert {matter.duty for matter in catalogue.matters()} <= duties


def test_the_tables_are_what_the_requests_make_of_them(placed: list[Placed]) -> None:
    requests = [p.request for p in placed]
    for name, rows in (
        ("matters.csv", derive.matter_rows(requests)),
        ("units.csv", derive.unit_rows(requests)),
    ):
        kept = [list(row.values()) for row in read_table(name)]
        assert kept == [[str(value) for value in row] for row in rows]
    assert sum(matter.frequency for matter in catalogue.matters()) == TOTAL


def test_every_name_on_a_screen_is_said_in_chinese_and_english() -> None:
    texts = list(Names.read().texts.values())
    texts += [matter.title for matter in catalogue.matters()]
    texts += [unit.title for unit in catalogue.units()]
    for text in texts:
        assert any("\u4e00" <= letter <= "\u9fff" for letter in text.zh), text
        assert text.en


def test_a_limit_is_the_median_target() -> None:
    limits = {matter.code: matter.limit for matter in catalogue.matters()}
    assert limits["schedule-a-bulk-item-pickup"].hours == 48
    assert limits["street-light-outages"].hours == 336
    assert limits["notification"] == catalogue.NO_TARGET


def test_federal_holidays_of_2011_are_free() -> None:
    assert federal_holidays(2011) == {
        date(2010, 12, 31), date(2011, 1, 17), date(2011, 2, 21), date(2011, 5, 30),
        date(2011, 7, 4), date(2011, 9, 5), date(2011, 10, 10), date(2011, 11, 11),
        date(2011, 11, 24), date(2011, 12, 26),
    }  # fmt: skip
    assert not calendar().is_worked(date(2011, 11, 24))
    assert calendar().zone is ZONE
