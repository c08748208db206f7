"""The units that have work in a cell, wherever they are seated: the most overdue first."""

from typing import Any

from commandcenter.api import Block, Board, Column, Panel, Text, UnitLoad, View

LIMIT = 20
YELLOW, RED = 0.15, 0.30
"""From these shares overdue on."""
COLUMNS = (
    Column("unit", Text("单位", "Unit"), 2.4),
    Column("said", Text("情况", "How it stands"), 2.0),
)


def units_panel() -> Panel:
    """The unit, what it holds here and what of that is overdue."""
    board = Board("units", grow=True, columns=COLUMNS, row_height=44, turns=False)
    title = Text("在此有案的单位", "Units with work here")
    return Panel(
        "tablet.units", title, (board,), render, pace="slow", interval=15.0,
        block=Block.ORGANISATIONS,
    )  # fmt: skip


def render(view: View) -> dict[str, Any]:
    """Return the units."""
    return {"units": {"rows": [_row(view, load) for load in view.units_here(LIMIT)]}}


def _row(view: View, load: UnitLoad) -> dict[str, Any]:
    share = load.overdue / load.held
    said = view.t(
        "在办 {held} · 超时 {overdue}", held=f"{load.held:,}", overdue=f"{load.overdue:,}"
    )
    return {
        "key": load.unit.code,
        "unit": load.unit.title.in_language(view.language),
        "said": f"{said} · {share:.0%}" if load.overdue else said,
        "tone": "red" if share >= RED else "yellow" if share >= YELLOW else "plain",
    }
