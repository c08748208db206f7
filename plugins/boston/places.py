"""Where a request lies: by its point, else by the name of its neighbourhood, else nowhere."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from .outlines import neighbourhoods
from .records import Request

DEFAULT_POINT = (-71.0587, 42.3594)
"""City Hall: what the data holds for requests that nobody located."""

BY_NAME = {
    "Allston": "allston",
    "Back Bay": "back-bay",
    "Beacon Hill": "beacon-hill",
    "Brighton": "brighton",
    "Charlestown": "charlestown",
    "Dorchester": "dorchester",
    "Downtown / Financial District": "downtown",
    "East Boston": "east-boston",
    "Fenway / Kenmore / Audubon Circle / Longwood": "fenway",
    "Greater Mattapan": "mattapan",
    "Hyde Park": "hyde-park",
    "Jamaica Plain": "jamaica-plain",
    "Mattapan": "mattapan",
    "Mission Hill": "mission-hill",
    "Roslindale": "roslindale",
    "Roxbury": "roxbury",
    "South Boston": "south-boston",
    "South Boston / South Boston Waterfront": "south-boston",
    "South End": "south-end",
    "West Roxbury": "west-roxbury",
}
"""The cell of a name; a name of several goes to where most of its located requests lie."""

BY_WARD = {("Allston / Brighton", "21"): "allston", ("Allston / Brighton", "22"): "brighton"}
"""The cell of a name that needs its ward, again where most of the located ones lie."""


@dataclass(frozen=True, slots=True)
class Place:
    """The cell of a request, and whether its point is in it and can be believed."""

    cell: str
    exact: bool


def place_all(requests: Sequence[Request]) -> list[Place | None]:
    """Return the place of each request, None for one that cannot be placed."""
    by_point = _cells_of_points(requests)
    return [
        Place(cell, True) if cell else _by_name(request)
        for request, cell in zip(requests, by_point, strict=True)
    ]


def _by_name(request: Request) -> Place | None:
    name = request.neighbourhood
    cell = BY_NAME.get(name) or BY_WARD.get((name, request.ward))
    return Place(cell, False) if cell else None


def _cells_of_points(requests: Sequence[Request]) -> list[str]:
    points = np.array([(request.lng, request.lat) for request in requests]).reshape(-1, 2)
    codes: NDArray[np.object_] = np.full(len(points), "", object)
    believed = ~(points == DEFAULT_POINT).all(axis=1)
    for code, (_, outline) in neighbourhoods().items():
        left, low, right, high = outline.bounds
        lng, lat = points[:, 0], points[:, 1]
        near = believed & (lng >= left) & (lng <= right) & (lat >= low) & (lat <= high)
        near &= codes == ""
        rows = np.flatnonzero(near)
        shapely.prepare(outline)
        codes[rows[shapely.intersects_xy(outline, points[rows])]] = code
    return list(codes)
