"""It divides by what may be nothing."""

from typing import Any

from commandcenter.api import Number, Panel, Text, View, hookimpl


def render(view: View) -> dict[str, Any]:
    late, held = view.count("overdue"), view.count("open")
    return {"open": {"value": 100 * late / held}}


@hookimpl
def register_panels() -> list[Panel]:
    parts = (Number("open"),)
    return [Panel("fails_on_nothing.panel", Text("面板", "Panel"), parts, render)]
