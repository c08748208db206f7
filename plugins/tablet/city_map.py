"""The map of a cell's page: a tap leads to the cell that was tapped."""

from typing import Any

from commandcenter.api import Block, CityMap, Panel, Text, Tone, View, encode_colours

TONES: tuple[Tone, ...] = ("plain", "blue", "yellow", "red", "red")
"""The tone of each colour by its number."""


def map_panel() -> Panel:
    """The map of the cell and what lies in it."""
    return Panel(
        "tablet.map", Text("地图", "Map"), (CityMap("map", taps=True, grow=True),), render,
        pace="charts",
        block=Block.PLACES,
    )  # fmt: skip


def render(view: View) -> dict[str, Any]:
    """Return the colours, and the children with what is open in them."""
    colours = view.colours()
    labels = [
        {
            "code": (cell := view.tree.cells[at]).code,
            "name": cell.name,
            "lng": cell.lng,
            "lat": cell.lat,
            "value": view.count("open", at),
            "tone": TONES[colours[at - view.first]],
        }
        for at in view.children()
    ]
    return {"map": {"first": view.first, "colours": encode_colours(colours), "labels": labels}}
