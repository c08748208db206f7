"""Its chart has colours of its own."""

from typing import Any

from commandcenter.api import Chart, Panel, Text, View, hookimpl


def render(view: View) -> dict[str, Any]:
    line = {"type": "bar", "y": [1, 2], "marker": {"color": "#ff0000"}}
    return {"chart": {"data": [line], "layout": {}}}


@hookimpl
def register_panels() -> list[Panel]:
    parts = (Chart("chart", grow=True),)
    return [Panel("own_colours.panel", Text("面板", "Panel"), parts, render)]
