"""It asks for a cell outside its district."""

from typing import Any

from commandcenter.api import Number, Panel, Text, View, hookimpl


def render(view: View) -> dict[str, Any]:
    return {"open": {"value": view.count("open", view.last + 1)}}


@hookimpl
def register_panels() -> list[Panel]:
    parts = (Number("open"),)
    return [Panel("outside.panel", Text("面板", "Panel"), parts, render)]
