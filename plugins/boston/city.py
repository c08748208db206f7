"""Boston as a city of two levels."""

from hashlib import sha256

import shapely

from commandcenter.api import Cell, City, CityData, Level, Progress, Text

from .calendar import calendar
from .catalogue import units
from .folder import DATA, ROOT
from .outlines import GEOJSON, neighbourhoods

VERSION = "1"
"""Changes when the same data would be built into something else."""


def boston() -> City:
    """Describe Boston; its cells and outlines are built from the data folder."""
    return City(
        key=ROOT,
        title=Text("波士顿", "Boston"),
        levels=(
            Level("city", Text("市", "City")),
            Level("neighbourhood", Text("街区", "Neighbourhood")),
        ),
        calendar=calendar(),
        digest=_digest(),
        build=build,
        platform=Text("波士顿城市指挥中心", "Boston Command Center"),
        attribution="City of Boston 311 service requests (ODC PDDL); neighbourhood outlines (MIT)",
        notes=(
            Text(
                "真实数据回放：2011年7月至12月 58,251 件市民诉求",
                "Replay of real data: 58,251 service requests of July to December 2011",
            ),
        ),
    )


def build(progress: Progress) -> CityData:
    """Build the cells, their outlines and the units.

    The data does not say how many households a neighbourhood has, so none are given.
    """
    areas = neighbourhoods()
    whole = shapely.union_all([outline for _, outline in areas.values()])
    centre = shapely.point_on_surface(whole)
    cells = [Cell(ROOT, "Boston", 0, None, centre.x, centre.y)]
    outlines = {ROOT: shapely.to_wkb(whole)}
    for done, (code, (name, outline)) in enumerate(areas.items(), start=1):
        inside = shapely.point_on_surface(outline)
        cells.append(Cell(code, name, 1, ROOT, inside.x, inside.y))
        outlines[code] = shapely.to_wkb(outline)
        progress("neighbourhoods", done, len(areas))
    return CityData(tuple(cells), outlines, tuple(units()))


def _digest() -> str:
    made_of = [GEOJSON, DATA / "names.csv", DATA / "units.csv"]
    parts = [VERSION.encode(), *(path.read_bytes() for path in made_of)]
    return sha256(b"\0".join(parts)).hexdigest()[:16]
