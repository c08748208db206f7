"""Tiles hold every cell of every level, and give a viewer nothing outside the scope."""

import gzip
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from math import asinh, floor, pi, radians, tan
from pathlib import Path

import mapbox_vector_tile
import orjson
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from commandcenter.domain.cells import Tree
from commandcenter.errors import CityError, Unavailable
from commandcenter.screen.tiles import EMPTY, TileStore, keep
from commandcenter.screen.tiling import build_tiles, plan_zooms, tiles_path
from commandcenter.testing import small_city

Place = tuple[int, int, int]


class City:
    """The small city with its tiles built."""

    def __init__(self, folder: Path) -> None:
        data = small_city().build(lambda *_: None)
        self.tree = Tree.of(data.cells)
        self.outlines = {self.tree.position[code]: wkb for code, wkb in data.outlines.items()}
        self.path = tiles_path(folder, "small")
        self.said: list[tuple[str, int, int]] = []
        build_tiles(self.path, self.tree, self.outlines, lambda *said: self.said.append(said))
        self.store = TileStore(self.path)

    @property
    def whole(self) -> tuple[int, int]:
        return 0, len(self.tree) - 1

    def levels(self) -> list[dict[str, float]]:
        found: list[dict[str, float]] = orjson.loads(
            gzip.decompress(self.store.ground(*self.whole))
        )["levels"]
        return found

    def places(self, z: int) -> list[Place]:
        """All tiles of a zoom that the city touches."""
        west, south, east, north = shapely.total_bounds(
            shapely.from_wkb(list(self.outlines.values()))
        )
        left, top = tile_at(west, north, z)
        right, bottom = tile_at(east, south, z)
        return [(z, x, y) for x in range(left, right + 1) for y in range(top, bottom + 1)]

    def ids(self, z: int, first: int, last: int, depth: int | None) -> set[int]:
        """The positions of the cells in all tiles of a zoom."""
        tiles = (self.store.tile(*place, first, last, depth) for place in self.places(z))
        return {at for tile in tiles for at in features(gzip.decompress(tile))}


def tile_at(lng: float, lat: float, z: int) -> tuple[int, int]:
    """The tile in which a point lies."""
    x = (lng + 180) / 360 * 2**z
    y = (1 - asinh(tan(radians(lat))) / pi) / 2 * 2**z
    return floor(x), floor(y)


def features(tile: bytes) -> dict[int, object]:
    """Shapes by position."""
    layers = mapbox_vector_tile.decode(tile).values() if tile else []
    return {one["id"]: one["geometry"] for layer in layers for one in layer["features"]}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    built = City(tmp_path_factory.mktemp("tiles"))
    yield built
    built.store.close()


def test_every_zoom_of_a_level_holds_all_of_its_cells(city: City) -> None:
    for level in city.levels():
        depth = int(level["depth"])
        expected = set(city.tree.at_depth(depth).tolist()) & set(city.outlines)
        for z in range(int(level["low"]), int(level["high"]) + 1):
            assert city.ids(z, *city.whole, depth) == expected, (depth, z)


def test_a_scoped_viewer_gets_the_cells_of_the_scope_and_no_other(city: City) -> None:
    first, last = city.tree.range_of("990103")
    for level in city.levels():
        depth = int(level["depth"])
        expected = {p for p in city.tree.at_depth(depth).tolist() if first <= p <= last}
        assert city.ids(10, first, last, depth) == expected & set(city.outlines)


def test_asked_for_no_level_a_tile_holds_all_levels(city: City) -> None:
    first, last = city.tree.range_of("990103")
    assert city.ids(9, first, last, None) == {p for p in city.outlines if first <= p <= last}
    assert city.ids(9, *city.whole, None) == set(city.outlines)


def test_a_viewer_of_the_whole_gets_the_stored_bytes(city: City) -> None:
    place = next(p for p in city.places(9) if city.store.tile(*p, *city.whole, 1) != EMPTY)
    stored = city.store.tile(*place, *city.whole, 1)
    query = "select 1 from tiles where data = ?"
    assert city.store._connection.execute(query, (stored,)).fetchone()


def test_what_is_kept_of_a_tile_keeps_its_shape(city: City) -> None:
    first, last = city.tree.range_of("990105")
    for place in city.places(9):
        whole = features(gzip.decompress(city.store.tile(*place, *city.whole, 5)))
        cut = features(gzip.decompress(city.store.tile(*place, first, last, 5)))
        assert cut == {at: shape for at, shape in whole.items() if first <= at <= last}


@settings(max_examples=25, deadline=None)
@given(ends=st.tuples(st.integers(-5, 120), st.integers(-5, 120)))
def test_keeping_a_range_keeps_just_that_range(city: City, ends: tuple[int, int]) -> None:
    for place in city.places(8):
        tile = gzip.decompress(city.store.tile(*place, *city.whole, 4))
        kept = keep(tile, *ends)
        assert set(features(kept)) == {at for at in features(tile) if ends[0] <= at <= ends[1]}
        assert bool(kept) == bool(features(kept))


def test_there_is_nothing_outside_the_city(city: City) -> None:
    assert city.store.tile(9, 0, 0, *city.whole, 1) == EMPTY
    assert city.store.tile(9, 0, 0, 5, 9, 1) == EMPTY
    assert city.store.tile(9, *tile_at(113.8, 34.7, 9), *city.whole, 30) == EMPTY
    assert gzip.decompress(EMPTY) == b""


def test_the_ground_describes_the_scope_alone(city: City) -> None:
    first, last = city.tree.range_of("990103")
    ground = orjson.loads(gzip.decompress(city.store.ground(first, last)))
    outline = shapely.from_wkb(city.outlines[first])
    assert ground["bounds"] == pytest.approx(outline.bounds, abs=1e-4)
    assert [int(digit) for digit in ground["depths"]] == city.tree.depth[first : last + 1].tolist()
    assert (ground["first"], ground["last"]) == (first, last)
    assert [level["depth"] for level in ground["levels"]] == [1, 2, 3, 4, 5]


def test_a_cell_without_an_outline_is_as_wide_as_what_lies_under_it(tmp_path: Path) -> None:
    data = small_city().build(lambda *_: None)
    tree = Tree.of(data.cells)
    first, last = tree.range_of("990103")
    outlines = {tree.position[code]: wkb for code, wkb in data.outlines.items()}
    box = shapely.from_wkb(outlines.pop(first)).bounds
    build_tiles(tmp_path / "t", tree, outlines, lambda *_: None)
    store = TileStore(tmp_path / "t")
    ground = orjson.loads(gzip.decompress(store.ground(first, last)))
    store.close()
    assert ground["bounds"] == pytest.approx(box, abs=1e-4)


def test_building_says_how_far_it_is_and_leaves_one_file(city: City) -> None:
    assert city.said[0][1:] == (0, len(city.outlines))
    assert city.said[-1][1:] == (len(city.outlines), len(city.outlines))
    assert list(city.path.parent.iterdir()) == [city.path]


def test_a_city_without_outlines_is_refused(city: City, tmp_path: Path) -> None:
    with pytest.raises(CityError, match="no cell of the city has an outline"):
        build_tiles(tmp_path / "t", city.tree, {}, lambda *_: None)
    assert list(tmp_path.iterdir()) == []


def test_empty_outlines_are_none(city: City, tmp_path: Path) -> None:
    nowhere = {0: shapely.to_wkb(shapely.from_wkt("POLYGON EMPTY"))}
    with pytest.raises(CityError, match="no cell of the city has an outline"):
        build_tiles(tmp_path / "t", city.tree, nowhere, lambda *_: None)
    assert list(tmp_path.iterdir()) == []


def test_tiles_that_are_not_built_yet_are_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no tiles for the map"):
        TileStore(tmp_path / "t")


def test_threads_share_one_store(city: City) -> None:
    asked = [(place, depth) for place in city.places(11) for depth in (1, 3, 5)] * 5
    first, last = city.tree.range_of("990102")

    def read(one: tuple[Place, int]) -> tuple[bytes, bytes]:
        place, depth = one
        return city.store.tile(*place, *city.whole, depth), city.store.tile(
            *place, first, last, depth
        )

    alone = [read(one) for one in asked]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, asked)) == alone


def test_finer_levels_show_by_themselves_at_deeper_zooms() -> None:
    zooms = plan_zooms(
        {1: 15, 2: 208, 3: 3306, 4: 17091, 5: 42453}, 0.743, (112.7, 34.2, 114.3, 35)
    )
    starts = [zoom.starts for zoom in zooms]
    assert starts[0] == 0 and starts == sorted(starts)
    assert all(zoom.low == zooms[0].low <= 7 and zoom.high >= zoom.low for zoom in zooms)


def test_a_city_of_one_level_has_a_plan() -> None:
    (only,) = plan_zooms({1: 26}, 0.02, (-71.2, 42.2, -70.9, 42.4))
    assert only.starts == 0 and only.low <= only.high
