"""Its manifest has a key that is none."""

from typing import Any

from commandcenter.api import Number, Panel, Text, View, hookimpl


def render(view: View) -> dict[str, Any]:
    return {"open": {"value": view.count("open")}}


@hookimpl
def register_panels() -> list[Panel]:
    parts = (Number("open"),)
    return [Panel("manifest_key.panel", Text("面板", "Panel"), parts, render)]
