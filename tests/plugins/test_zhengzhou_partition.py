"""Outlines are split and rounded so that nothing is lost between neighbours."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.zhengzhou.chance import generator
from plugins.zhengzhou.division import Community, Street
from plugins.zhengzhou.mesh import Job, cut, jobs
from plugins.zhengzhou.outlines import layer, union
from plugins.zhengzhou.partition import allot, around, split, spread
from plugins.zhengzhou.snapping import snap

BAY = shapely.Polygon([(0, 0), (3, 0), (3, 3), (2, 3), (2, 1), (1, 1), (1, 3), (0, 3)])
"""An outline with two arms, so that cells of the one reach into the other."""
SQUARE = shapely.box(4, 0, 5, 1)


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=30), st.integers(0, 500))
def test_shares_add_up_and_leave_nobody_out(weights: list[float], total: int) -> None:
    shares = allot(np.array(weights), total)
    assert shares.sum() == max(total, len(weights))
    assert shares.min() >= 1


def test_larger_weights_never_get_less() -> None:
    shares = allot(np.array([1.0, 5.0, 2.0]), 83)
    assert shares.tolist() == [11, 51, 21]


def test_cells_cover_their_outline_and_stay_in_it() -> None:
    outlines = np.array([BAY, SQUARE])
    cells, owner = split(outlines, np.array([9, 4]), generator(1, "a"))
    assert np.bincount(owner).tolist() == [9, 4]
    for at, outline in enumerate(outlines):
        mine = cells[owner == at]
        assert shapely.area(mine).sum() == pytest.approx(outline.area)
        assert shapely.union_all(mine).symmetric_difference(outline).area < 1e-9


def test_an_outline_of_one_cell_stays_as_it_is() -> None:
    cells, owner = split(np.array([BAY, SQUARE]), np.array([1, 2]), generator(1, "a"))
    assert cells[0].equals(BAY)
    assert owner.tolist() == [0, 1, 1]


def test_no_cell_is_in_two_pieces_though_the_outline_has_arms() -> None:
    cells = around(BAY, np.array([[0.5, 2.5], [0.6, 0.5]]))
    assert {cell.geom_type for cell in cells} == {"Polygon"}
    assert shapely.area(cells).sum() == pytest.approx(BAY.area)


def test_points_are_spread_away_from_those_that_are_there() -> None:
    taken = np.array([[4.1, 0.1]])
    new = spread(SQUARE, taken, 3, generator(1, "a"))
    assert shapely.contains_xy(SQUARE, new[:, 0], new[:, 1]).all()
    assert np.hypot(*(new[0] - taken[0])) > 0.8


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 40), st.floats(1e-4, 0.05))
def test_rounded_neighbours_share_every_vertex(seed: int, count: int, size: float) -> None:
    # From metres to kilometres across: the small ones are only some pixels wide.
    whole = shapely.transform(np.array([BAY, SQUARE]), lambda xy: xy * size + (113.5, 34.5))
    rough, owner = split(whole, np.array([count, 2]), generator(seed, "a"))
    snapped = snap(rough)
    assert shapely.is_valid(snapped).all()
    assert shapely.coverage_is_valid(snapped)
    coordinates = shapely.get_coordinates(snapped)
    assert (np.round(coordinates, 6) == coordinates).all()
    parents = union(snapped, owner)
    assert shapely.coverage_is_valid(parents)
    assert shapely.hausdorff_distance(parents[0].boundary, whole[0].boundary) < 2e-6


def test_rounding_puts_the_corner_of_a_neighbour_into_the_edge_it_lies_on() -> None:
    west = shapely.Polygon([(0, 0), (1, 0), (1.0000003, 1), (0, 1)])
    east = [shapely.Polygon([(1, 0), (2, 0), (2, 0.5), (1.00000015, 0.5)]),
            shapely.Polygon([(1.00000015, 0.5), (2, 0.5), (2, 1), (1.0000003, 1)])]
    snapped = snap(np.array([west, *east]))
    assert (1.0, 0.5) in set(snapped[0].exterior.coords)


def test_a_hair_thin_spike_is_rounded_away() -> None:
    spiked = shapely.Polygon([(0, 0), (1, 0), (1, 0.5), (3, 0.5), (1, 0.5000001), (1, 1), (0, 1)])
    assert snap(np.array([spiked]))[0].equals(shapely.box(0, 0, 1, 1))


def test_a_cell_below_the_size_of_a_pixel_comes_back_empty() -> None:
    speck = shapely.box(0, 0, 1e-8, 1e-8)
    snapped = snap(np.array([SQUARE, speck, BAY]))
    assert shapely.is_empty(snapped).tolist() == [False, True, False]
    assert snapped[2].equals(BAY)


def test_a_hole_survives_rounding() -> None:
    ring = shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 2))
    assert snap(np.array([ring]))[0].equals(ring)


def test_the_point_of_a_cell_lies_in_it_even_where_its_centroid_does_not() -> None:
    shapes = np.array([BAY, SQUARE])
    found = layer(shapes)
    assert shapely.contains_xy(shapes, found.lng, found.lat).all()
    assert not BAY.contains(BAY.centroid)
    assert shapely.from_wkb(found.wkb[0]).equals(BAY)


def street(code: str, names: list[str]) -> Street:
    return Street(code, code, tuple(Community(f"{code}{n}", name) for n, name in enumerate(names)))


def test_a_street_is_cut_the_same_each_time_and_otherwise_for_another_seed() -> None:
    one = street("s", ["甲社区居委会", "乙村委会"])
    first, again, other = (
        cut(Job(one, SQUARE.wkb, 5, 12, seed)).micros.tolist() for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_an_urban_community_gets_more_cells_than_a_village() -> None:
    streets = [street("town", ["甲社区居委会"] * 3), street("land", ["乙村委会"] * 3)]
    town, land = jobs(streets, {"town": SQUARE, "land": BAY}, (60, 150), 1)
    assert town.grids > land.grids
    assert town.grids + land.grids == 60
    assert town.micros + land.micros == 150
