"""A city in the store: read back as it was, changed where its cases stay, cached and rebuilt."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from commandcenter.domain.cells import Cell, Chief
from commandcenter.domain.clocks import CityClock
from commandcenter.domain.matters import Unit
from commandcenter.domain.text import Text
from commandcenter.errors import CityError, StoreError
from commandcenter.host.city import City, CityData, Progress
from commandcenter.store import checkpoints, cities, readings
from commandcenter.store.city_cache import build_cached
from commandcenter.store.schema import upgrade
from commandcenter.store.settings import city_clock, set_city_clock, set_setting, setting
from commandcenter.store.store import Store
from commandcenter.store.tables import cases
from commandcenter.testing import small_city, small_data
from commandcenter.testing.stored import StoredCity


def say_nothing(_what: str, _done: int, _total: int) -> None:
    """Take progress and tell nobody."""


def test_an_installed_city_is_read_back_as_it_was(stored: StoredCity) -> None:
    data = small_data()
    with stored.store.read() as connection:
        tree = cities.load_tree(connection)
        assert list(tree.cells) == list(stored.tree.cells)
        assert (tree.last == stored.tree.last).all() and (tree.parent == stored.tree.parent).all()
        assert cities.load_units(connection, tree) == sorted(data.units, key=lambda u: u.code)
        outlines = cities.load_outlines(connection)
        assert {tree.cells[at].code: wkb for at, wkb in outlines.items()} == data.outlines
        assert cities.load_outline(connection, 5) == outlines[5]
        assert cities.installed_digest(connection) == small_city().digest
        assert cities.count_cells(connection) == len(tree)
        assert cities.bounds(connection, 0) == pytest.approx((113.5, 34.5, 114.25, 35.0))
        assert cities.bounds(connection, 10**6) is None


def test_a_changed_city_replaces_one_without_cases(stored: StoredCity) -> None:
    data = small_data()
    fewer = replace(data, cells=tuple(c for c in data.cells if not c.code.startswith("990105")),
                    units=(), outlines={})  # fmt: skip
    with stored.store.write() as connection:
        tree = cities.install(connection, replace(small_city(), digest="small-2"), fewer)
        assert len(tree) < len(stored.tree)
        assert len(cities.load_tree(connection)) == len(tree)
        assert cities.load_units(connection, tree) == []
        assert cities.load_outlines(connection) == {}


def test_readings_go_with_the_city_whose_cells_they_name(stored: StoredCity) -> None:
    row = readings.Row("s", "key", "plugin", 1, 100, None, None, "{}", 1)
    with stored.store.write() as connection:
        readings.keep(connection, [row])
        assert readings.load(connection) == [row]
        cities.install(connection, replace(small_city(), digest="small-2"), small_data())
        assert readings.load(connection) == []


def renamed(cell: Cell) -> Cell:
    return cell._replace(name=f"新{cell.name}", lng=cell.lng + 0.001, chief=Chief("王某", "139"))


def test_where_cases_lie_a_city_has_its_names_chiefs_outlines_and_units_changed(
    stored: StoredCity,
) -> None:
    stored.accept(stored.report("one"))
    row = readings.Row("s", "key", "plugin", 1, 100, None, None, "{}", 1)
    data = small_data()
    fresh = Unit("fresh", Text("新队"), "环卫", data.cells[0].code)
    given = replace(
        data,
        cells=tuple(reversed([renamed(cell) for cell in data.cells])),
        outlines=dict.fromkeys(data.outlines, next(iter(data.outlines.values()))),
        units=(fresh, *(replace(unit, title=Text("甲", "A")) for unit in data.units)),
    )
    with stored.store.write() as connection:
        readings.keep(connection, [row])
        before = connection.execute(select(cases.c.cell)).scalar_one()
        tree = cities.install(connection, replace(small_city(), digest="small-2"), given)
    assert list(tree.cells) == [renamed(cell) for cell in stored.tree.cells]
    with stored.store.read() as connection:
        read = cities.load_tree(connection)
        assert list(read.cells) == list(tree.cells) and (read.last == stored.tree.last).all()
        assert set(cities.load_units(connection, read)) == set(given.units)
        assert set(cities.load_outlines(connection).values()) == set(given.outlines.values())
        assert cities.installed_digest(connection) == "small-2"
        assert connection.execute(select(cases.c.cell)).scalar_one() == before
        assert readings.load(connection) == [row]


def without(data: CityData, code: str) -> CityData:
    return replace(data, cells=tuple(c for c in data.cells if c.code != code))


def moved(data: CityData, code: str, parent: str) -> CityData:
    of_cell = {code: parent}
    return replace(
        data, cells=tuple(c._replace(parent=of_cell.get(c.code, c.parent)) for c in data.cells)
    )


def grown(data: CityData, beside: str) -> CityData:
    (twin,) = (cell._replace(code="999") for cell in data.cells if cell.code == beside)
    return replace(data, cells=(*data.cells, twin))


FIRST, OTHERS = small_data().units[0], small_data().units[1:]
LEAF = small_data().cells[-1]
AUNT = next(
    cell.code for cell in small_data().cells
    if cell.depth == LEAF.depth - 1 and cell.code != LEAF.parent
)  # fmt: skip
FORBIDDEN = {
    f"cell {LEAF.code}, {LEAF.name}, is gone": without(small_data(), LEAF.code),
    f"cell {LEAF.code}, {LEAF.name}, lies in {AUNT} instead of {LEAF.parent}": moved(
        small_data(), LEAF.code, AUNT
    ),
    "cell 999, .*, is new": grown(small_data(), LEAF.code),
    f"unit {FIRST.code}, {FIRST.title.zh}, is no longer": replace(small_data(), units=OTHERS),
    f"unit {FIRST.code}, .*, is no longer in cell {FIRST.cell}: keep it there": replace(
        small_data(), units=(replace(FIRST, cell=LEAF.code), *OTHERS)
    ),
}


@pytest.mark.parametrize("complaint", FORBIDDEN)
def test_where_cases_lie_cells_and_units_stay_where_they_are(
    stored: StoredCity, complaint: str
) -> None:
    stored.accept(stored.report("one"))
    with (
        pytest.raises(CityError, match=f"city small-1 has cases, and in city small-2 {complaint}"),
        stored.store.write() as connection,
    ):
        cities.install(connection, replace(small_city(), digest="small-2"), FORBIDDEN[complaint])
    with stored.store.read() as connection:
        assert cities.installed_digest(connection) == "small-1"
        assert list(cities.load_tree(connection).cells) == list(stored.tree.cells)


def test_a_unit_of_no_cell_is_refused_and_the_old_city_stays(stored: StoredCity) -> None:
    lost = replace(small_data(), units=(Unit("u", Text("队"), "环卫", "nowhere"),))
    with (
        pytest.raises(CityError, match="unit u names cell nowhere"),
        stored.store.write() as connection,
    ):
        cities.install(connection, replace(small_city(), digest="small-2"), lost)
    with stored.store.read() as connection:
        assert len(cities.load_tree(connection)) == len(stored.tree)


def test_an_empty_store_says_that_it_has_no_city(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'empty.db'}")
    upgrade(store)
    with store.read() as connection:
        assert cities.installed_digest(connection) is None
        with pytest.raises(StoreError, match="no city is installed"):
            cities.load_tree(connection)
    store.close()


class Builder:
    """A city that counts how often it is built."""

    def __init__(self) -> None:
        self.built = 0
        self.city: City = replace(small_city(), build=self.build)

    def build(self, _: Progress) -> CityData:
        self.built += 1
        return small_data()


def test_a_built_city_is_cached_and_comes_back_the_same(tmp_path: Path) -> None:
    builder = Builder()
    first = build_cached(builder.city, tmp_path, say_nothing)
    second = build_cached(builder.city, tmp_path, say_nothing)
    assert builder.built == 1 and first == second == small_data()
    build_cached(replace(builder.city, digest="small-2"), tmp_path, say_nothing)
    assert builder.built == 2
    assert not list(tmp_path.glob("*.part"))


def test_a_file_that_was_cut_off_or_damaged_is_built_anew(tmp_path: Path) -> None:
    builder = Builder()
    build_cached(builder.city, tmp_path, say_nothing)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    chance = np.random.default_rng(5)
    for number in range(60):
        damaged = bytearray(whole[: chance.integers(0, len(whole))])
        if number % 2:
            damaged = bytearray(whole)
            for at in chance.integers(0, len(whole), 20).tolist():
                damaged[at] ^= 0x55
        path.write_bytes(damaged)
        assert build_cached(builder.city, tmp_path, say_nothing) == small_data()
    assert builder.built > 50


def test_checkpoints_and_tallies_are_replaced_and_forgotten(stored: StoredCity) -> None:
    with stored.store.write() as connection:
        assert checkpoints.load_checkpoint(connection, "rollup") is None
        for seq in (1, 2**40):
            checkpoints.save_checkpoint(connection, "rollup", seq, bytes([seq % 256, 0, 255]))
            checkpoints.save_tally(connection, 20_000, b"t%d" % seq)
    with stored.store.write() as connection:
        assert checkpoints.load_checkpoint(connection, "rollup") == (2**40, b"\x00\x00\xff")
        assert checkpoints.load_tally(connection, 20_000) == b"t%d" % 2**40
        assert checkpoints.load_tally(connection, 20_001) is None
        checkpoints.forget(connection)
    with stored.store.read() as connection:
        assert checkpoints.load_checkpoint(connection, "rollup") is None
        assert checkpoints.load_tally(connection, 20_000) is None


def test_the_clock_of_a_replay_is_the_same_for_all_who_read_it(stored: StoredCity) -> None:
    clock = CityClock(1_767_578_400_123, 1_309_500_000_456, 1 / 3)
    with stored.store.read() as connection:
        assert city_clock(connection) == CityClock() and not city_clock(connection).is_replay
    with stored.store.write() as connection:
        set_city_clock(connection, CityClock(1, 2, 60.0))
        set_city_clock(connection, clock)
    with stored.store.read() as connection:
        assert city_clock(connection) == clock


def test_a_setting_keeps_long_chinese_text(stored: StoredCity) -> None:
    with stored.store.write() as connection:
        assert setting(connection, "x") is None
        set_setting(connection, "x", "郑州" * 50_000)
        assert setting(connection, "x") == "郑州" * 50_000


def test_a_database_of_no_known_kind_is_refused() -> None:
    with pytest.raises(StoreError, match="'mysql' is not known"):
        Store("mysql://x/y")
