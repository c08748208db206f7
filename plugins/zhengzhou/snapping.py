"""Rounding a partition to a grid of coordinates so that neighbours still match.

This is snap rounding (Hobby 1999): every vertex marks the pixel it falls in, and every edge is bent
through the centres of all marked pixels it crosses. Rounding each outline by itself would not do:
a corner that lies on the edge of a neighbour would move off it and leave a gap or an overlap.
"""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

DIGITS = 6
SCALE = 10**DIGITS
CORNER = 0.75
"""In pixels, a little more than from the centre of one to its corner."""

Points = NDArray[np.int64]
"""Points in whole pixels, of shape n x 2."""


def snap(outlines: NDArray[Any]) -> NDArray[Any]:
    """Round polygons that cover an area without overlap to `DIGITS` decimals.

    Returns as many valid outlines, which share their vertices wherever they touch; one that is
    smaller than a pixel comes back empty.
    """
    parts, outline = shapely.get_parts(outlines, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    points, ring = _bent(rings)
    points, ring = _spikeless(points, ring)
    kept = np.flatnonzero(np.bincount(ring, minlength=len(rings)) >= 3)
    again = np.searchsorted(kept, ring)
    lines = shapely.linearrings(points / SCALE, indices=again)
    owner, firsts = np.unique(part[kept], return_inverse=True)
    snapped = _valid(shapely.polygons(lines, indices=firsts))
    return _gathered(snapped, outline[owner], len(outlines))


def _bent(rings: NDArray[Any]) -> tuple[Points, NDArray[np.intp]]:
    """Return the vertices of all rings, without the closing one, and the ring of each."""
    raw, ring = shapely.get_coordinates(rings, return_index=True)
    raw *= SCALE
    starts = np.flatnonzero(ring[:-1] == ring[1:])
    begin, step = raw[starts], raw[starts + 1] - raw[starts]
    pixels = np.unique(np.rint(raw).astype(np.int64), axis=0)
    pixel, edge = _crossings(pixels, begin, step)
    along = ((pixels[pixel] - begin[edge]) * step[edge]).sum(axis=1)
    order = np.lexsort((along, edge))
    points, home = pixels[pixel[order]], ring[starts[edge[order]]]
    return points, home


def _crossings(
    pixels: Points, begin: NDArray[np.float64], step: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the pairs of a pixel and an edge that crosses it."""
    edges = shapely.linestrings(np.stack([begin, begin + step], axis=1))
    tree = shapely.STRtree(np.asarray(shapely.points(pixels)))
    edge, pixel = tree.query(edges, predicate="dwithin", distance=CORNER)
    # Edge and square meet if they do on both axes and if the corners of the square do not all lie
    # on one side of the edge.
    away = pixels[pixel] - begin[edge]
    off = np.abs(away[:, 0] * step[edge, 1] - away[:, 1] * step[edge, 0])
    meets = off <= 0.5 * np.abs(step[edge]).sum(axis=1)
    low = np.minimum(0.0, step[edge]) - 0.5
    high = np.maximum(0.0, step[edge]) + 0.5
    meets &= ((away >= low) & (away <= high)).all(axis=1)
    return pixel[meets], edge[meets]


def _spikeless(points: Points, ring: NDArray[np.intp]) -> tuple[Points, NDArray[np.intp]]:
    """Drop repeated vertices, and spikes that run out to a vertex and straight back."""
    while True:
        before, after = _neighbours(ring)
        same = (points == points[before]).all(axis=1)
        tip = (points[before] == points[after]).all(axis=1) & ~same & ~same[after]
        # Of two tips side by side only one may go at a time.
        tip &= ~tip[before] | (before > np.arange(len(ring)))
        drop = same | tip
        if not drop.any():
            return points, ring
        points, ring = points[~drop], ring[~drop]


def _neighbours(ring: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    at = np.arange(len(ring))
    first = np.flatnonzero(np.diff(ring, prepend=-1))
    last = np.append(first[1:], len(ring)) - 1
    before, after = at - 1, at + 1
    before[first], after[last] = last, first
    return before, after


def _valid(polygons: NDArray[Any]) -> NDArray[Any]:
    """Split polygons that came to touch themselves in a vertex."""
    bad = ~shapely.is_valid(polygons)
    polygons[bad] = shapely.make_valid(polygons[bad], method="structure", keep_collapsed=False)
    return polygons


def _gathered(parts: NDArray[Any], owner: NDArray[np.intp], count: int) -> NDArray[Any]:
    """Put the polygons of each outline together again."""
    if np.array_equal(owner, np.arange(count)):
        return parts
    gathered = np.full(count, shapely.Polygon(), dtype=object)
    for index in np.unique(owner):
        gathered[index] = shapely.union_all(parts[owner == index])
    return gathered
