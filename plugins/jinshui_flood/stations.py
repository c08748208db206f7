"""All sensors, the most dangerous first."""

from typing import Any

from commandcenter.api import Block, Column, Note, Panel, Table, Text, View

from .said import Water, origin, waters

COLUMNS = (
    Column("name", Text("积水点", "Place"), 3.2),
    Column("level", Text("厘米", "cm"), 1.0, "right", "number"),
    Column("change", Text("时变", "1 h"), 1.0, "right"),
    Column("state", Text("状态", "State"), 1.9, form="tone"),
)
STATES = {"red": "红色", "yellow": "黄色", "blue": "正常", "quiet": "无读数"}
HOUR_BACK = 7
"""One in ten minutes: the seventh from the end was an hour ago."""


def stations_panel() -> Panel:
    """A table with a line for each sensor."""
    title = Text("积水点一览", "All sensors")
    parts = (Table("stations", grow=True, columns=COLUMNS), Note("origin"))
    formula = Text("时变：一小时内升降的厘米数", "1 h: the change in an hour, in centimetres")
    return Panel(
        "jinshui_flood.stations", title, parts, render, pace="charts", interval=60, formula=formula,
        block=Block.DEVICES,
    )


def render(view: View) -> dict[str, Any]:
    """Return a line for each sensor of the scope."""
    found = waters(view)
    return {"stations": {"rows": [_row(view, w) for w in found]}, "origin": origin(view, found)}


def _row(view: View, water: Water) -> dict[str, Any]:
    tone = water.tone
    return {
        "key": water.key,
        "name": water.name,
        "level": None if water.is_stale else water.level,
        "change": _change(water),
        "state": {"tone": tone, "text": view.t(STATES[tone])},
    }


def _change(water: Water) -> str | None:
    if water.is_stale or len(water.trail) < HOUR_BACK:
        return None
    return f"{water.trail[-1] - water.trail[-HOUR_BACK]:+d}"
