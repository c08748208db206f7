"""It takes for granted what may be unknown."""

from typing import Any

from commandcenter.api import Number, Panel, Text, View, hookimpl


def render(view: View) -> dict[str, Any]:
    first = view.newest(1)[0] if view.newest(1) else None
    return {"open": {"value": None if first is None else len(first.matter)}}


@hookimpl
def register_panels() -> list[Panel]:
    parts = (Number("open"),)
    return [Panel("fails_on_unknown.panel", Text("面板", "Panel"), parts, render)]
