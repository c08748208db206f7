"""Splitting outlines into cells: nested Voronoi, many outlines in each call.

All coordinates here are on the plane of `plane.py`, where cells come out about as wide as high.
"""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Outlines = NDArray[Any]
"""An array of shapely polygons."""
Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

POLYGON = 3
WIDER = np.array([-1.0, -1.0, 1.0, 1.0])


def allot(weights: Floats, total: int) -> Ints:
    """Share `total` out by weight, at least one each, by largest remainder.

    `total` is raised to the number of weights where it is smaller.
    """
    spare = max(total - len(weights), 0)
    quota = weights / weights.sum() * spare
    whole: Ints = np.floor(quota).astype(np.intp)
    rest = spare - int(whole.sum())
    whole[np.argsort(whole - quota, kind="stable")[:rest]] += 1
    return whole + 1


def split(outlines: Outlines, counts: Ints, rng: np.random.Generator) -> tuple[Outlines, Ints]:
    """Split each outline into `counts` cells of similar size.

    Returns the cells and for each the index of its outline, in order of it. Seeds are drawn
    inside the outline and smoothed by one step of Lloyd's algorithm.
    """
    shapely.prepare(outlines)
    owner = np.repeat(np.arange(len(outlines)), counts)
    seeds = _inside(outlines, owner, rng)
    cells = _clipped_voronoi(outlines, seeds, owner)
    centre = shapely.get_coordinates(shapely.centroid(cells))
    inside = shapely.contains_xy(outlines[owner], centre[:, 0], centre[:, 1])
    seeds[inside] = centre[inside]
    return _clipped_voronoi(outlines, seeds, owner), owner


def around(outline: Any, seeds: Floats) -> Outlines:
    """Split one outline into the cells of given seeds (shape n x 2)."""
    return _clipped_voronoi(np.array([outline]), seeds, np.zeros(len(seeds), np.intp))


def spread(outline: Any, taken: Floats, count: int, rng: np.random.Generator) -> Floats:
    """Draw `count` points inside an outline, each far from those that are there already."""
    points = taken
    shapely.prepare(outline)
    for _ in range(count):
        tries = _inside(np.array([outline]), np.zeros(24, np.intp), rng)
        if len(points):
            gaps = np.hypot(*(tries[:, None] - points[None]).transpose(2, 0, 1)).min(axis=1)
            tries = tries[[int(gaps.argmax())]]
        points = np.vstack([points, tries[:1]])
    return points[len(taken) :]


def _inside(outlines: Outlines, owner: Ints, rng: np.random.Generator) -> Floats:
    low_x, low_y, high_x, high_y = shapely.bounds(outlines)[owner].T
    points = np.empty((len(owner), 2))
    missing = np.arange(len(owner))
    while len(missing):
        x = rng.uniform(low_x[missing], high_x[missing])
        y = rng.uniform(low_y[missing], high_y[missing])
        points[missing, 0], points[missing, 1] = x, y
        missing = missing[~shapely.contains_xy(outlines[owner[missing]], x, y)]
    return points


def _clipped_voronoi(outlines: Outlines, seeds: Floats, owner: Ints) -> Outlines:
    cells = outlines[owner]
    shared = np.flatnonzero(np.bincount(owner, minlength=len(outlines)) > 1)
    at = np.flatnonzero(np.isin(owner, shared))
    if not len(at):
        return cells
    group = np.searchsorted(shared, owner[at])
    clouds = shapely.multipoints(np.asarray(shapely.points(seeds[at])), indices=group)
    frames = shapely.box(*(shapely.bounds(outlines[shared]) + WIDER).T)
    diagrams = shapely.voronoi_polygons(clouds, extend_to=frames, ordered=True)
    cells[at] = shapely.intersection(shapely.get_parts(diagrams), outlines[owner[at]])
    return _whole(cells, owner)


def _whole(cells: Outlines, owner: Ints) -> Outlines:
    """Give pieces that clipping cut off their cell to the neighbour they border on most."""
    broken = np.unique(owner[shapely.get_type_id(cells) != POLYGON])
    for index in broken:
        at = np.flatnonzero(owner == index)
        cells[at] = _joined(cells[at])
    return cells


def _joined(cells: Outlines) -> Outlines:
    parts, home = shapely.get_parts(cells, return_index=True)
    polygonal = shapely.get_type_id(parts) == POLYGON
    pieces, home = parts[polygonal], home[polygonal]
    area = shapely.area(pieces)
    order = np.lexsort((-area, home))
    main = order[np.unique(home[order], return_index=True)[1]]
    whole: Outlines = pieces[main]
    for stray in np.setdiff1d(order, main):
        reach = shapely.buffer(pieces[stray], 1e-6)
        touch = shapely.area(shapely.intersection(reach, whole))
        best = int(touch.argmax()) if touch.any() else int(home[stray])
        whole[best] = shapely.union(whole[best], pieces[stray])
    return whole
