"""The cells beside each other under one: who stands where, by what was handled on time.

The scope is the cell above them, so that nobody sees a neighbour who does not see the cell above,
and all neighbours share one rendering.
"""

from typing import Any

from commandcenter.api import Block, Board, Column, Panel, Text, View

from .links import cell_page
from .record import rate

COLUMNS = (
    Column("rank", Text("名次", "Rank"), 0.6, "right", "number"),
    Column("name", Text("单元", "Cell"), 2.2),
    Column("on_time", Text("按期率", "On time"), 1.0, "right", "percent"),
    Column("overdue", Text("超时", "Overdue"), 0.9, "right", "number"),
    Column("open", Text("在办", "Open"), 0.9, "right", "number"),
    Column("closed", Text("30 天结案", "Closed 30 d"), 1.0, "right", "number"),
)


def siblings_panel() -> Panel:
    """Rank, name, the rate of what was handled on time in thirty days, and what is open."""
    board = Board("cells", grow=True, columns=COLUMNS, row_height=44, turns=False)
    return Panel(
        "tablet.siblings", Text("同级对比", "Beside its neighbours"), (board,), render,
        pace="slow", interval=15.0, block=Block.APPRAISAL,
        formula=Text(
            "按近 30 天按期处置率排名，同率者超时少的在前；没有数据的不排名",
            "By what was handled on time in 30 days, then by what is overdue; no rank without data",
        ),
    )  # fmt: skip


def render(view: View) -> dict[str, Any]:
    """Return the children of the scope, the best first; those without a rate stand last."""
    rows = [_row(view, at) for at in view.children()]
    rows.sort(key=lambda r: (r["on_time"] is None, -(r["on_time"] or 0), r["overdue"], r["key"]))
    for rank, row in enumerate(rows, start=1):
        row["rank"] = None if row["on_time"] is None else rank
    return {"cells": {"rows": rows}}


def _row(view: View, at: int) -> dict[str, Any]:
    cell = view.tree.cells[at]
    share = rate(view.count, "handled.on_time", "handled.judged", at)
    return {
        "key": cell.code,
        "href": cell_page(cell.code),
        "name": cell.name,
        "on_time": None if share is None else share / 100,
        "overdue": view.count("overdue", at),
        "open": view.count("open", at),
        "closed": view.count("closed.30d", at),
    }
