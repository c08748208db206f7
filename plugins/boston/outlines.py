"""The outlines of the neighbourhoods, made valid."""

import json

import shapely
from shapely.geometry.base import BaseGeometry

from .folder import DATA, slug

GEOJSON = DATA / "neighborhoods.geojson"


def neighbourhoods() -> dict[str, tuple[str, BaseGeometry]]:
    """Return name and outline of each neighbourhood by its code, in WGS 84 degrees."""
    features = json.loads(GEOJSON.read_text(encoding="utf-8"))["features"]
    named = sorted(((f["properties"]["name"], f["geometry"]) for f in features), key=lambda n: n[0])
    return {
        slug(name): (name, areas_of(shapely.geometry.shape(geometry))) for name, geometry in named
    }


def areas_of(outline: BaseGeometry) -> BaseGeometry:
    """Return a valid outline of areas alone: mending leaves lines and points behind."""
    mended = shapely.make_valid(outline)
    parts = shapely.get_parts(shapely.get_parts(mended))
    areas = [part for part in parts if part.geom_type == "Polygon"]
    return shapely.union_all(areas)
