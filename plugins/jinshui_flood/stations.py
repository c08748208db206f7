"""All sensors, the most dangerous first."""

from typing import Any

from commandcenter.api import Column, Note, Panel, Table, Text, View, place_of

from .said import Water, origin, waters

COLUMNS = (
    Column("name", Text("积水点", "Place"), 2.6),
    Column("street", Text("街道", "Street"), 1.6),
    Column("level", Text("水位 厘米", "Level, cm"), 1.1, "right", "number"),
    Column("change", Text("一小时", "In an hour"), 0.9, "right"),
    Column("state", Text("状态", "State"), 1.1, form="tone"),
    Column("at", Text("更新", "Updated"), 1.0, "right", "age"),
)
STATES = {"red": "红色警戒", "yellow": "黄色警戒", "blue": "正常", "quiet": "无读数"}
HOUR_BACK = 7
"""One in ten minutes: the seventh from the end was an hour ago."""


def stations_panel() -> Panel:
    """A table with a line for each sensor."""
    title = Text("积水点一览", "All sensors")
    parts = (Table("stations", grow=True, columns=COLUMNS), Note("origin"))
    return Panel("jinshui_flood.stations", title, parts, render, pace="charts", interval=60)


def render(view: View) -> dict[str, Any]:
    """Return a line for each sensor of the scope."""
    found = waters(view)
    return {"stations": {"rows": [_row(view, w) for w in found]}, "origin": origin(view, found)}


def _row(view: View, water: Water) -> dict[str, Any]:
    tone = water.tone
    return {
        "key": water.key,
        "name": water.name,
        "street": place_of(view, view.tree.position[water.cell], own=True),
        "level": None if water.is_stale else water.level,
        "change": _change(water),
        "state": {"tone": tone, "text": view.t(STATES[tone])},
        "at": water.at,
    }


def _change(water: Water) -> str | None:
    if water.is_stale or len(water.trail) < HOUR_BACK:
        return None
    return f"{water.trail[-1] - water.trail[-HOUR_BACK]:+d}"
