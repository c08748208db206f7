"""It sends a part that it has not declared."""

from typing import Any

from commandcenter.api import Number, Panel, Text, View, hookimpl


def render(view: View) -> dict[str, Any]:
    return {"open": {"value": 1}, "closed": {"value": 2}}


@hookimpl
def register_panels() -> list[Panel]:
    parts = (Number("open"),)
    return [Panel("unknown_part.panel", Text("面板", "Panel"), parts, render)]
