"""The map of risks: every cell in its colour, the children of the scope with their red grids."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from commandcenter.api import CityMap, Colour, Legend, Panel, Text, Tone, View, encode_colours

from .cells import Mask, count_colours, of_lowest

TONES: tuple[Tone, ...] = ("plain", "blue", "yellow", "red", "red")
"""The tone of each colour by its number."""


def map_panel() -> Panel:
    """The map with its legend; the option `depth` fixes the level that is shown."""
    return Panel(
        "prevent.map",
        Text("风险一张图", "Map of risks"),
        (CityMap("map", grow=True), Legend("legend")),
        render,
        pace="charts",
        formula=Text(
            "标注为其中红色网格数；图例为网格数", "Labels and legend count grids by their colour"
        ),
    )


def render(view: View) -> dict[str, Any]:
    """Return colours, labels and the number of grids of each colour."""
    colours, lowest = view.colours(), of_lowest(view)
    return {
        "map": {
            "first": view.first,
            "colours": encode_colours(colours),
            "labels": _labels(view, colours, lowest),
        },
        "legend": count_colours(colours[lowest]),
    }


def _labels(view: View, colours: NDArray[np.int8], lowest: Mask) -> list[dict[str, Any]]:
    reds = np.concatenate(([0], np.cumsum(lowest & (colours >= Colour.ORANGE))))
    known = bool(colours.any())
    return [
        {
            "code": (cell := view.tree.cells[at]).code,
            "name": cell.name,
            "lng": cell.lng,
            "lat": cell.lat,
            "value": _inside(view, at, reds) if known else None,
            "tone": TONES[colours[at - view.first]],
        }
        for at in view.children()
    ]


def _inside(view: View, at: int, reds: NDArray[np.int64]) -> int:
    """Return how many red grids lie in a cell."""
    return int(reds[view.tree.last[at] + 1 - view.first] - reds[at - view.first])
