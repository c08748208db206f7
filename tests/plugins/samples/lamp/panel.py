"""The open cases of a scope."""

from typing import Any

from commandcenter.api import Number, Panel, Text, View


def open_panel() -> Panel:
    return Panel("lamp.open", Text("未结路灯", "Open lamps"), (Number("open", great=True),), render)


def render(view: View) -> dict[str, Any]:
    return {"open": {"value": view.count("open"), "note": view.t("全部")}}
