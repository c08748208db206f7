"""The map of risks: every cell in its colour, the children of the scope with their red grids."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from commandcenter.api import Block, CityMap, Legend, Panel, Text, Tone, View, encode_colours

from .cells import Mask, count_colours, of_lowest, reds_in

TONES: tuple[Tone, ...] = ("plain", "blue", "yellow", "red", "red")
"""The tone of each colour by its number."""


def map_panel() -> Panel:
    """The map with its legend; the option `depth` fixes the level that is shown."""
    return Panel(
        "prevent.map",
        Text("风险一张图", "Map of risks"),
        (CityMap("map", grow=True), Legend("legend")),
        render,
        pace="slow",
        interval=3.0,
        formula=Text(
            "标注为其中红色网格数；图例为网格数", "Labels and legend count grids by their colour"
        ),
        block=Block.PLACES,
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
    children = view.children()
    reds = reds_in(view, colours, lowest, children)
    return [
        {
            "code": (cell := view.tree.cells[at]).code,
            "name": cell.name,
            "lng": cell.lng,
            "lat": cell.lat,
            "value": red,
            "tone": TONES[colours[at - view.first]],
        }
        for at, red in zip(children, reds, strict=True)
    ]
