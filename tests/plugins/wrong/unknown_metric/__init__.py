"""It counts what nobody counts."""

from typing import Any

from commandcenter.api import Number, Panel, Text, View, hookimpl


def render(view: View) -> dict[str, Any]:
    return {"open": {"value": view.count("opened")}}


@hookimpl
def register_panels() -> list[Panel]:
    parts = (Number("open"),)
    return [Panel("unknown_metric.panel", Text("面板", "Panel"), parts, render)]
