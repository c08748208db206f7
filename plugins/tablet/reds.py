"""The cells below that turned red: why, since when, and when somebody looks again."""

from typing import Any

from commandcenter.api import Block, Board, ColourChange, Column, Panel, Text, View, place_of

from .links import cell_page

LIMIT = 20
COLUMNS = (
    Column("where", Text("单元", "Cell"), 2.0),
    Column("why", Text("原因", "Why"), 2.4),
    Column("at", Text("变红", "Red for"), 1.1, "right", "age"),
)


def reds_panel() -> Panel:
    """Where, why and for how long; a tap leads there. It names nobody: that is another block."""
    board = Board("cells", grow=True, columns=COLUMNS, row_height=44, turns=False)
    title = Text("变红单元与原因", "Red, and why")
    return Panel("tablet.reds", title, (board,), render, pace="charts", block=Block.PLACES)


def render(view: View) -> dict[str, Any]:
    """Return the red cells, the newest first."""
    return {"cells": {"rows": [_row(view, change) for change in view.colour_changes(LIMIT)]}}


def _row(view: View, change: ColourChange) -> dict[str, Any]:
    cell = view.tree.cells[change.cell]
    return {
        "key": cell.code,
        "href": cell_page(cell.code),
        "where": place_of(view, change.cell, own=True),
        "why": change.words,
        "at": change.at,
        "tone": "red",
    }
