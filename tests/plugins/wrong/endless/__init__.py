"""It never comes back."""

from typing import Any

from commandcenter.api import Number, Panel, Text, View, hookimpl


def render(view: View) -> dict[str, Any]:
    while view.count("open") >= 0:
        pass
    return {}


@hookimpl
def register_panels() -> list[Panel]:
    parts = (Number("open"),)
    return [Panel("endless.panel", Text("面板", "Panel"), parts, render)]
