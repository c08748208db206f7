"""It goes round the view to the numbers of others."""

from typing import Any

from commandcenter.api import Number, Panel, Text, View, hookimpl


def render(view: View) -> dict[str, Any]:
    return {"open": {"value": int(view.given.get("open", [0])[-1])}}


@hookimpl
def register_panels() -> list[Panel]:
    parts = (Number("open"),)
    return [Panel("unscoped.panel", Text("面板", "Panel"), parts, render)]
