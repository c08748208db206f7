"""The map part of the kit: a plotly map that draws cells from the server's own tiles."""

from typing import Any

from dash import dcc
from dash.development.base_component import Component

from commandcenter.screen.properties import give

# A style of our own: plotly's named styles fetch tiles or glyphs from the network. Nothing in it is
# empty, because plotly drops empty objects and would then find a changed and broken style.
STYLE: dict[str, Any] = {
    "id": "cells",
    "version": 8,
    "transition": {"duration": 0, "delay": 0},
    "sources": {"ground": {"type": "geojson", "data": {"type": "Point", "coordinates": [0, 0]}}},
    "layers": [{"id": "ground", "type": "background", "paint": {"background-opacity": 0}}],
}
CONFIG: dcc.Graph.Config = {
    "displayModeBar": False,
    "doubleClick": False,
    "scrollZoom": True,
    "responsive": True,
}
CLEAR = "rgba(0,0,0,0)"


def ground_figure() -> dict[str, Any]:
    """Return the figure whose map the cells are drawn on; plotly needs one trace to make a map."""
    nothing = {"type": "scattermap", "lon": [None], "lat": [None], "mode": "none"}
    return {
        "data": [nothing],
        "layout": {
            "map": {"style": STYLE, "center": {"lon": 0, "lat": 0}, "zoom": 1},
            "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
            "paper_bgcolor": CLEAR,
            "plot_bgcolor": CLEAR,
            "showlegend": False,
            "hovermode": False,
            "dragmode": "pan",
            "uirevision": "map",
        },
    }


class CityMap(Component):
    """The one map, coloured by cell.

    `value` as in `commandcenter.host.kit.CityMap`; None leaves what is shown. `depth` shows one
    level at every zoom, None goes from level to level. `tiles_url` is where tiles and ground.json
    are, `scope` the code of the cell that fills the view. `title`, `span` and `grow` as any part's.
    `taps` sets `tapped` to {"position", "at"} when a cell is tapped, `at` in milliseconds.
    `home_after` seconds after the last touch the whole is shown again: 60 by default where cells
    are not tapped, 0 for never.
    """

    _children_props = []  # noqa: RUF012
    _base_nodes = ["children"]  # noqa: RUF012
    _namespace = "cc_kit"
    _type = "CityMap"
    _prop_names = [  # noqa: RUF012
        "children", "id", "value", "title", "span", "grow",
        "depth", "taps", "scope", "tiles_url", "home_after", "tapped",
    ]  # fmt: skip
    _valid_wildcard_attributes = []  # noqa: RUF012
    available_wildcard_properties = []  # noqa: RUF012

    def __init__(self, id: str, tiles_url: str = "/tiles", **props: Any) -> None:
        graph = dcc.Graph(
            id=f"{id}-graph",
            className="cc-map-graph",
            figure=ground_figure(),
            config=CONFIG,
            responsive=True,
        )
        give(self, {"id": id, "tiles_url": tiles_url, "children": graph, **props})
