"""It asks the machine for the time."""

from datetime import datetime
from typing import Any

from commandcenter.api import Number, Panel, Text, View, hookimpl


def render(view: View) -> dict[str, Any]:
    return {"open": {"value": datetime.now().year}}


@hookimpl
def register_panels() -> list[Panel]:
    parts = (Number("open"),)
    return [Panel("own_clock.panel", Text("面板", "Panel"), parts, render)]
