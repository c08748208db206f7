"""It keeps something between two calls."""

from typing import Any

from commandcenter.api import Number, Panel, Text, View, hookimpl

CALLS: list[int] = []


def render(view: View) -> dict[str, Any]:
    CALLS.append(1)
    return {"open": {"value": len(CALLS)}}


@hookimpl
def register_panels() -> list[Panel]:
    parts = (Number("open"),)
    return [Panel("keeps_count.panel", Text("面板", "Panel"), parts, render)]
