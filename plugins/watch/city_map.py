"""The one map: every cell in its colour, the children of the scope with what is open in them."""

from typing import Any

import numpy as np

from commandcenter.api import CityMap, Colour, Legend, Panel, Text, Tone, View, encode_colours

TONES: tuple[Tone, ...] = ("plain", "blue", "yellow", "red", "red")
"""The tone of each colour by its number."""


def map_panel() -> Panel:
    """The map with its legend; the option `depth` fixes the level that is shown."""
    return Panel(
        "watch.map",
        Text("全域一张图", "The one map"),
        (CityMap("map", grow=True), Legend("legend")),
        render,
        pace="charts",
        formula=Text(
            "标注为在办件数；图例为所示层级的单元数",
            "Labels show open cases; the legend counts the cells of the level in view",
        ),
    )


def render(view: View) -> dict[str, Any]:
    """Return colours, labels and the number of cells of each colour."""
    colours = view.colours()
    return {
        "map": {
            "first": view.first,
            "colours": encode_colours(colours),
            "labels": [_label(view, at, TONES[colours[at - view.first]]) for at in view.children()],
        },
        "legend": _counts(view, colours),
    }


def _label(view: View, at: int, tone: Tone) -> dict[str, Any]:
    cell = view.tree.cells[at]
    return {
        "code": cell.code,
        "name": cell.name,
        "lng": cell.lng,
        "lat": cell.lat,
        "value": view.count("open", at),
        "tone": tone,
    }


def _counts(view: View, colours: np.ndarray[Any, np.dtype[np.int8]]) -> dict[str, int | None]:
    """Count the colours of the level below the scope, or of the one the layout fixes."""
    depth = view.options.get("depth", min(view.scope.depth + 1, len(view.levels) - 1))
    shown = colours[view.tree.depth[view.first : view.last + 1] == depth]
    if not shown.any():
        return {"red": None, "yellow": None, "blue": None}
    return {
        "red": int((shown >= Colour.ORANGE).sum()),
        "yellow": int((shown == Colour.YELLOW).sum()),
        "blue": int((shown == Colour.BLUE).sum()),
    }
