"""It needs another plugin."""

from typing import Any

from commandcenter.api import Number, Panel, Text, View, hookimpl
from plugins.watch.pulse import PARTS


def render(view: View) -> dict[str, Any]:
    return {"open": {"value": len(PARTS)}}


@hookimpl
def register_panels() -> list[Panel]:
    parts = (Number("open"),)
    return [Panel("other_plugin.panel", Text("面板", "Panel"), parts, render)]
