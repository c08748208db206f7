"""The plane on which the city is cut: degrees, with longitude narrowed to the scale of latitude."""

import math
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

NARROW = math.cos(math.radians(34.63))
"""The length of a degree of longitude over one of latitude in the middle of the city."""


def to_plane(geometries: NDArray[Any]) -> NDArray[Any]:
    """Turn WGS 84 geometries into those of the plane."""
    return shapely.transform(geometries, lambda xy: xy * (NARROW, 1.0))


def to_degrees(geometries: NDArray[Any]) -> NDArray[Any]:
    """Turn geometries of the plane into WGS 84."""
    return shapely.transform(geometries, lambda xy: xy / (NARROW, 1.0))


def point(lng: float, lat: float) -> NDArray[np.float64]:
    """Return a point of the plane, of shape (2,)."""
    return np.array([lng * NARROW, lat])
