"""The names and codes of districts, streets and communities, and where their streets are."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from . import plane
from .chance import generator
from .partition import around, spread

CITY = "410100"
CITY_NAME = "郑州市"


@dataclass(frozen=True, slots=True)
class Community:
    """A community (社区) or village (村)."""

    code: str
    name: str

    @property
    def is_rural(self) -> bool:
        """Whether a village committee runs it."""
        return self.name.endswith(("村委会", "村民委员会", "村"))


@dataclass(frozen=True, slots=True)
class Street:
    """A street (街道) or township (乡镇)."""

    code: str
    name: str
    communities: tuple[Community, ...]


@dataclass(frozen=True, slots=True)
class District:
    """A district (区), county-level city (市), county (县) or development zone (开发区)."""

    code: str
    name: str
    streets: tuple[Street, ...]


def read_division(path: Path) -> tuple[District, ...]:
    """Read the tree of names and codes."""
    return tuple(
        District(d["code"], d["name"], tuple(_street(s) for s in d["children"]))
        for d in json.loads(path.read_text("utf8"))
    )


def _street(entry: Mapping[str, Any]) -> Street:
    communities = tuple(Community(code, name) for code, name in entry["children"])
    return Street(entry["code"], entry["name"], communities)


def street_outlines(districts: Sequence[District], data: Path, seed: int) -> dict[str, Any]:
    """Return the outline of each street on the plane, by code.

    A street lies around its known point. Those without one are spread over what is free of their
    district. A development zone has no outline in the data: its streets are cut out of the
    districts in which their points lie.
    """
    hosts = _host_outlines(data / "districts.geojson")
    points = _points(data / "street-points.csv") | _points(data / "placed-points.csv")
    by_host: dict[str, dict[str, NDArray[np.float64]]] = {code: {} for code in hosts}
    for district in districts:
        for street in district.streets:
            if street.code in points:
                at = points[street.code]
                by_host[_host(hosts, district.code, at)][street.code] = at
    for district in districts:
        lost = [s.code for s in district.streets if s.code not in points]
        if lost:
            taken = np.array(list(by_host[district.code].values())).reshape(-1, 2)
            rng = generator(seed, f"streets:{district.code}")
            found = spread(hosts[district.code], taken, len(lost), rng)
            by_host[district.code].update(zip(lost, found, strict=True))
    outlines: dict[str, Any] = {}
    for code, seeds in by_host.items():
        cells = around(hosts[code], np.array(list(seeds.values())))
        outlines.update(zip(seeds, cells, strict=True))
    return outlines


def _host_outlines(path: Path) -> dict[str, Any]:
    features = json.loads(path.read_text("utf8"))["features"]
    shapes = shapely.from_geojson([json.dumps(f["geometry"]) for f in features])
    outlines = plane.to_plane(np.array([shapely.get_geometry(s, 0) for s in shapes]))
    return {f["id"]: outline for f, outline in zip(features, outlines, strict=True)}


def _points(path: Path) -> dict[str, NDArray[np.float64]]:
    with path.open(encoding="utf8", newline="") as lines:
        return {
            row["code"]: plane.point(float(row["lng"]), float(row["lat"]))
            for row in csv.DictReader(lines)
        }


def _host(hosts: Mapping[str, Any], district: str, at: NDArray[np.float64]) -> str:
    if district in hosts:
        return district
    return next(code for code, outline in hosts.items() if shapely.contains_xy(outline, *at))
