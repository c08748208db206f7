"""Outlines of all cells, from those of the deepest level upwards."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from .snapping import DIGITS


@dataclass(frozen=True, slots=True)
class Layer:
    """The cells of one level in order of code; `lng`, `lat` is a point inside each."""

    wkb: list[bytes]
    lng: list[float]
    lat: list[float]


def union(outlines: NDArray[Any], parent: NDArray[np.intp]) -> NDArray[Any]:
    """Dissolve outlines that share their vertices into those of their parents.

    `parent` holds the index of each outline's parent and does not decrease.
    """
    counts = np.bincount(parent)
    table = np.full((len(counts), counts.max()), None, dtype=object)
    first = np.cumsum(counts) - counts
    table[parent, np.arange(len(parent)) - first[parent]] = outlines
    return np.asarray(shapely.coverage_union_all(table, axis=1))


def layer(outlines: NDArray[Any]) -> Layer:
    """Encode the outlines of a level and find a point inside each."""
    points = np.round(shapely.get_coordinates(shapely.centroid(outlines)), DIGITS)
    shapely.prepare(outlines)
    outside = ~shapely.contains_xy(outlines, points[:, 0], points[:, 1])
    surface = shapely.point_on_surface(outlines[outside])
    points[outside] = np.round(shapely.get_coordinates(surface), DIGITS)
    encoded = shapely.to_wkb(outlines, byte_order=1)
    return Layer(list(encoded), points[:, 0].tolist(), points[:, 1].tolist())
