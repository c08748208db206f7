"""It sends what is no number."""

from typing import Any

from commandcenter.api import Number, Panel, Text, View, hookimpl


def render(view: View) -> dict[str, Any]:
    return {"open": {"value": float("nan")}}


@hookimpl
def register_panels() -> list[Panel]:
    parts = (Number("open"),)
    return [Panel("not_finite.panel", Text("面板", "Panel"), parts, render)]
