"""A small made-up city with square cells, for tests: 109 cells on six levels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from zoneinfo import ZoneInfo

import shapely

from commandcenter.api import (
    Calendar,
    Cell,
    Channel,
    Chief,
    City,
    CityData,
    Evidence,
    Level,
    Limit,
    Matter,
    Progress,
    Text,
    Tree,
    Unit,
    hookimpl,
)
from commandcenter.host.plugin import Plugin

KEY = "small"
LEVELS = (
    Level("city", Text("市", "City")),
    Level("district", Text("区", "District")),
    Level("street", Text("街道", "Street")),
    Level("community", Text("社区", "Community")),
    Level("grid", Text("网格", "Grid")),
    Level("micro", Text("微网格", "Micro-grid"), coordinates=False),
)
District = tuple[str, str, int]
DISTRICTS: tuple[District, ...] = (
    ("990102", "东湖区", 2), ("990103", "西山区", 2), ("990105", "南门区", 3),
)  # fmt: skip
"""Code, name and number of streets of each district."""
WEST, SOUTH, EAST, NORTH = 113.5, 34.5, 114.25, 35.0
HOUSEHOLDS = 60
CHANNELS = (
    Channel("patrol", Text("网格员巡查", "Grid patrol"), field=True),
    Channel("app", Text("随手拍", "Snapshot app")),
    Channel("hotline", Text("12345热线", "12345 hotline")),
)
DUTIES = (("cg", "城管", "城市管理局"), ("sz", "市政", "市政管理处"), ("hw", "环卫", "环卫中心"))
EVENT, PART = Text("事件", "Event"), Text("部件", "Part")
LOOKS, ROADS = Text("市容环境", "City looks"), Text("道路交通", "Roads")
MATTERS = (
    Matter("E0101", Text("暴露垃圾", "Exposed waste"), EVENT, LOOKS, Limit.working_days(1),
           "环卫", 3, True, ("垃圾",), 5.0),
    Matter("E0102", Text("道路不洁", "Dirty road"), EVENT, LOOKS, Limit.working_hours(5),
           "环卫", 2, True, ("不洁", "脏"), 4.0),
    Matter("E0201", Text("违法搭建", "Illegal building"), EVENT, LOOKS, Limit.working_days(15),
           "城管", 1, False, ("违建", "搭建")),
    Matter("E0401", Text("占道经营", "Street trading"), EVENT, LOOKS, Limit.urgent_hours(4),
           "城管", 2, False, ("占道",), 3.0, evidence=Evidence.WORDS),
    Matter("P0201", Text("井盖缺失", "Missing manhole cover"), PART, ROADS, Limit.urgent_hours(2),
           "市政", 1, True, ("井盖",), evidence=Evidence.PHOTO),
    Matter("P0202", Text("路灯损坏", "Broken street lamp"), PART, ROADS, Limit.natural_days(3),
           "市政", 2, False, ("路灯",), 2.0),
)  # fmt: skip
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Site:
    """A cell with its rectangle: west, south, east, north in degrees."""

    cell: Cell
    box: Box


def small_city() -> City:
    """Return the small city; its build takes a few milliseconds."""
    return City(
        key=KEY,
        title=Text("小城市", "Smalltown"),
        levels=LEVELS,
        calendar=Calendar(ZoneInfo("Asia/Shanghai")),
        digest="small-1",
        build=_build,
        platform=Text("小城市运行中心", "Smalltown command center"),
        attribution="made up",
        notes=(Text("测试数据", "Test data"),),
    )


def small_data(districts: Sequence[District] = DISTRICTS) -> CityData:
    """Return what building the small city yields; other `districts` make another such city."""
    sites = list(_sites(districts))
    outlines = {site.cell.code: shapely.box(*site.box).wkb for site in sites}
    cells = tuple(site.cell for site in sites)
    return CityData(cells, outlines, tuple(_units(cells)))


def small_tree(districts: Sequence[District] = DISTRICTS) -> Tree:
    """Return the tree of the small city."""
    return Tree.of(small_data(districts).cells)


def with_districts(codes: Sequence[str]) -> tuple[District, ...]:
    """Return the small city's districts, with districts of these codes before them."""
    own = {code for code, _, _ in DISTRICTS}
    new = [(code, f"{code}区", 2) for code in codes if code != "*" and code not in own]
    return (*new, *DISTRICTS)


class SmallCity:
    """The hooks of the small city."""

    @hookimpl
    def register_city(self) -> City:
        """Give the small city."""
        return small_city()

    @hookimpl
    def register_channels(self) -> Sequence[Channel]:
        """Give three channels."""
        return CHANNELS

    @hookimpl
    def register_matters(self) -> Sequence[Matter]:
        """Give six matters."""
        return MATTERS


def small_plugin() -> Plugin:
    """Return the plugin of the small city."""
    return Plugin.of(SmallCity(), KEY, ("city", "channels", "matters"), core=True)


def _build(progress: Progress) -> CityData:
    data = small_data()
    progress("cells", len(data.cells), len(data.cells))
    return data


def _sites(districts: Sequence[District]) -> Iterator[Site]:
    leaves = sum(streets for _, _, streets in districts) * 8
    box = (WEST, SOUTH, EAST, NORTH)
    yield _site(Cell("990100", "小城市", 0, None, 0, 0, leaves * HOUSEHOLDS), box)
    strips = _split(box, len(districts), across=True)
    for (code, name, streets), strip in zip(districts, strips, strict=True):
        district = Cell(code, name, 1, "990100", 0, 0, streets * 8 * HOUSEHOLDS)
        yield from _under(_site(district, strip), streets)


def _under(site: Site, parts: int) -> Iterator[Site]:
    """Yield a cell and everything under it; each child has a strip of its parent."""
    yield site
    cell, depth = site.cell, site.cell.depth + 1
    if depth == len(LEVELS):
        return
    for at, strip in enumerate(_split(site.box, parts, across=depth % 2 == 1), 1):
        code = f"{cell.code}{at:03d}"
        stem = cell.name.removesuffix("区") if cell.depth == 1 else cell.name
        name = f"{stem}{at}{LEVELS[depth].title.zh}"
        child = Cell(code, name, depth, cell.code, 0, 0, cell.households // parts)
        yield from _under(_site(child, strip), 2)


def _site(cell: Cell, box: Box) -> Site:
    west, south, east, north = box
    chief = Chief("王某", "100-0000-0000", invented=True)
    placed = Cell(
        cell.code, cell.name, cell.depth, cell.parent, (west + east) / 2, (south + north) / 2,
        cell.households, cell.kind, chief,
    )  # fmt: skip
    return Site(placed, box)


def _split(box: Box, parts: int, across: bool) -> list[Box]:
    west, south, east, north = box
    low, high = (west, east) if across else (south, north)
    cuts = [low + (high - low) * at / parts for at in range(parts)] + [high]
    pairs = pairwise(cuts)
    return [(a, south, b, north) if across else (west, a, east, b) for a, b in pairs]


def _units(cells: Sequence[Cell]) -> Iterator[Unit]:
    for cell in cells:
        if cell.depth in (1, 2):
            for key, duty, office in DUTIES:
                yield Unit(f"{cell.code}-{key}", Text(f"{cell.name}{office}"), duty, cell.code)
