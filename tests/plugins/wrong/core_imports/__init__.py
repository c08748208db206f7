"""It reaches into the core."""

from typing import Any

from commandcenter.api import Number, Panel, Text, View, hookimpl
from commandcenter.web.metric_names import HEADINGS


def render(view: View) -> dict[str, Any]:
    return {"open": {"value": len(HEADINGS)}}


@hookimpl
def register_panels() -> list[Panel]:
    parts = (Number("open"),)
    return [Panel("core_imports.panel", Text("面板", "Panel"), parts, render)]
