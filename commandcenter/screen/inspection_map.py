"""The map of an inspection: its route, the cells visited and what was found, on the one map."""

from typing import Any

from dash import html

from commandcenter.cases.inspection_file import InspectionFile
from commandcenter.domain.inspections import InspectionAct
from commandcenter.screen.citymap import CityMap
from commandcenter.screen.inspection_kit import Route
from commandcenter.screen.kit import MapLayer
from commandcenter.screen.tablet import Surroundings

MAP = "inspection-map"


def route_map(around: Surroundings, file: InspectionFile) -> html.Div:
    """Return the map, which cannot be moved, so that the page scrolls under a finger."""
    tree, scope = around.tree, _scope(around, file)
    ground = {"first": scope, "colours": "", "labels": []}
    code = tree.cells[scope].code
    route = [[point.lng, point.lat] for point in file.inspection.route]
    points = stops(around, file)
    spots = [[point["lng"], point["lat"]] for point in points]
    parts = [
        CityMap(MAP, scope=code, value=ground, home_after=0),
        MapLayer(id="inspection-stops", value={"points": points}),
        Route(id="inspection-route", line=route, spots=spots),
    ]
    return html.Div(parts, className="cc-route-map")


def stops(around: Surroundings, file: InspectionFile) -> list[dict[str, Any]]:
    """Return the cells visited, numbered, and what was found, red while it is open."""
    inspection, cells = file.inspection, around.tree.cells
    spots = {
        step.cell: (step.lng, step.lat)
        for step in reversed(inspection.of(InspectionAct.START, InspectionAct.VISIT))
        if step.lng is not None and step.lat is not None
    }
    found = []
    for number, at in enumerate(inspection.visited, 1):
        lng, lat = spots.get(at, (cells[at].lng, cells[at].lat))
        label = f"{number} {cells[at].name}"
        found.append({"lng": lng, "lat": lat, "tone": "blue", "label": label})
    for one in file.findings:
        cell = cells[one.cell]
        tone = "red" if one.is_open else "good"
        found.append({"lng": cell.lng, "lat": cell.lat, "tone": tone})
    return found


def _scope(around: Surroundings, file: InspectionFile) -> int:
    """Return the lowest cell of the viewer's scope that has everything in it."""
    inspection, tree = file.inspection, around.tree
    places = {*inspection.visited, *(point.cell for point in inspection.route)}
    scope = tree.position[around.viewer.scope]
    if not places:
        return scope
    at = tree.common(min(places), max(places))
    return at if scope <= at <= tree.last[scope] else scope
