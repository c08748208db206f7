"""It reads a file whenever it is drawn."""

from typing import Any

from commandcenter.api import Number, Panel, Text, View, hookimpl


def render(view: View) -> dict[str, Any]:
    return {"open": {"value": len(open(__file__, "rb").read(1))}}


@hookimpl
def register_panels() -> list[Panel]:
    parts = (Number("open"),)
    return [Panel("own_file.panel", Text("面板", "Panel"), parts, render)]
