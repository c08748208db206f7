"""It declares a part and never fills it."""

from typing import Any

from commandcenter.api import Number, Panel, Text, View, hookimpl


def render(view: View) -> dict[str, Any]:
    return {"open": {"value": view.count("open")}}


@hookimpl
def register_panels() -> list[Panel]:
    parts = (Number("open"), Number("closed"),)
    return [Panel("empty_part.panel", Text("面板", "Panel"), parts, render)]
