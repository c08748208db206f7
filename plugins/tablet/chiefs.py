"""Who is responsible here and in the cells below; only for staff."""

from typing import Any

from commandcenter.api import Block, Board, Cell, Chief, Column, Note, Panel, Text, View

from .links import cell_page

STAFF = 1
"""The clearance from which persons are named."""
COLUMNS = (
    Column("cell", Text("单元", "Cell"), 2.0),
    Column("name", Text("网格长", "Chief"), 1.4),
    Column("phone", Text("电话", "Phone"), 1.6, "right"),
)


def chiefs_panel() -> Panel:
    """Cell, name and phone; made-up persons are marked as such."""
    return Panel(
        "tablet.chief",
        Text("责任人", "Who is responsible"),
        (
            Board("chiefs", grow=True, columns=COLUMNS, row_height=44, turns=False),
            Note("note"),
        ),
        render,
        pace="slow",
        interval=60.0,
        block=Block.PEOPLE,
    )


def render(view: View) -> dict[str, Any]:
    """Return the chief of the scope, then those of its children."""
    if view.clearance < STAFF:
        return {"chiefs": {"rows": []}, "note": view.t("责任人信息仅对工作人员显示")}
    cells = [view.tree.cells[at] for at in (view.first, *view.children())]
    rows = [_row(view, cell, cell.chief) for cell in cells if cell.chief]
    invented = any(cell.chief.invented for cell in cells if cell.chief)
    return {
        "chiefs": {"rows": rows},
        "note": view.t("标注“演示”的人员和电话均为虚构")
        if invented
        else view.t("轻触一行打开该单元"),
    }


def _row(view: View, cell: Cell, chief: Chief) -> dict[str, Any]:
    return {
        "key": cell.code,
        "href": cell_page(cell.code),
        "cell": cell.name,
        "name": view.t("{name}(演示)", name=chief.name) if chief.invented else chief.name,
        "phone": chief.phone or None,
    }
