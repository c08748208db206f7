"""A point finds its cell."""

import numpy as np
import pytest
import shapely

from commandcenter.domain.cells import Cell, Tree
from commandcenter.ingest.locator import OUTSIDE, Locator
from commandcenter.testing import small_data


def uneven_city() -> tuple[Tree, dict[str, bytes]]:
    """Two districts side by side, of which only the eastern one has streets; a third is nowhere."""
    boxes = {
        "c": (0, 0, 4, 2),
        "c1": (0, 0, 2, 2),
        "c2": (2, 0, 4, 2),
        "c2a": (2, 0, 4, 1),
        "c2b": (2, 1, 4, 2),
    }
    cells = [Cell(c, c, len(c) - 1, c[:-1] or None, 0, 0) for c in [*boxes, "c3"]]
    return Tree.of(cells), {code: shapely.box(*box).wkb for code, box in boxes.items()}


@pytest.fixture
def locator() -> Locator:
    return Locator(*uneven_city())


def found(locator: Locator, lng: float, lat: float) -> str | None:
    position = locator.locate(lng, lat)
    return None if position is None else uneven_city()[0].cells[position].code


def test_a_point_is_found_in_the_deepest_cell_however_deep_that_is(locator: Locator) -> None:
    assert found(locator, 1, 1.5) == "c1"
    assert found(locator, 3, 1.5) == "c2b"


def test_a_point_outside_the_city_is_in_no_cell(locator: Locator) -> None:
    assert found(locator, 5, 1) is None


@pytest.mark.parametrize("odd", [float("nan"), float("inf")])
def test_a_point_that_is_no_place_is_in_no_cell(locator: Locator, odd: float) -> None:
    assert found(locator, odd, 1) is None


@pytest.mark.parametrize(("lng", "lat", "first"), [(2, 1.5, "c1"), (3, 1, "c2a"), (2, 1, "c1")])
def test_a_point_on_a_border_belongs_to_the_first_cell(
    locator: Locator, lng: float, lat: float, first: str
) -> None:
    assert found(locator, lng, lat) == first


def test_the_outer_border_belongs_to_the_city(locator: Locator) -> None:
    assert found(locator, 0, 0) == "c1"
    assert found(locator, 4, 2) == "c2b"


def test_many_points_get_the_same_answers_as_each_alone(locator: Locator) -> None:
    points = np.random.default_rng(7).uniform(-1, 5, (500, 2))
    points[3] = np.nan
    alone = [locator.locate(*point) for point in points]
    together = locator.locate_many(points)
    assert together.dtype == np.int32
    assert together.tolist() == [OUTSIDE if at is None else at for at in alone]
    assert len(set(together.tolist())) == 4


def test_no_points_get_no_answers(locator: Locator) -> None:
    assert locator.locate_many(np.empty((0, 2))).shape == (0,)


def test_a_city_without_outlines_holds_no_points() -> None:
    assert Locator(uneven_city()[0], {}).locate(1, 1) is None


def test_every_cell_of_the_small_city_finds_its_own_point() -> None:
    city = small_data()
    tree = Tree.of(city.cells)
    locator = Locator(tree, city.outlines)
    for at in tree.at_depth(tree.deepest):
        cell = tree.cells[at]
        assert locator.locate(cell.lng, cell.lat) == at
