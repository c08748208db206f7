"""What each unit holds, and how much of it is overdue."""

from typing import Any

from commandcenter.api import Board, Column, Panel, Text, Tone, UnitLoad, View

LIMIT = 24
COLUMNS = (
    Column("unit", Text("单位", "Unit"), 3.2),
    Column("held", Text("在办", "Held"), 0.9, "right", "number"),
    Column("overdue", Text("超时", "Overdue"), 0.9, "right", "number"),
    Column("share", Text("超时占比", "Share"), 1.1, "right", "percent"),
)
YELLOW, RED, LEAST = 0.15, 0.30, 8
"""Share overdue from which a unit is yellow or red when it holds at least so many."""


def units_panel() -> Panel:
    """Units that hold cases, the most overdue first; the option `limit` says how many."""
    return Panel(
        "manage.units",
        Text("单位负荷", "Load by unit"),
        (Board("units", grow=True, columns=COLUMNS),),
        render,
        pace="slow",
        interval=3.0,
    )


def render(view: View) -> dict[str, Any]:
    """Return the units."""
    loads = view.unit_loads()[: view.options.get("limit", LIMIT)]
    return {"units": {"rows": [_row(view, load) for load in loads]}}


def _row(view: View, load: UnitLoad) -> dict[str, Any]:
    share = load.overdue / load.held if load.held else None
    return {
        "key": load.unit.code,
        "unit": load.unit.title.in_language(view.language),
        "held": load.held,
        "overdue": load.overdue,
        "share": share,
        "tone": _tone(load.held, share),
    }


def _tone(held: int, share: float | None) -> Tone:
    if share is None or held < LEAST or share < YELLOW:
        return "plain"
    return "red" if share >= RED else "yellow"
