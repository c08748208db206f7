"""The cells below, those that need it most first."""

from typing import Any

from commandcenter.api import Board, Colour, Column, Panel, Text, Tone, View

from .links import cell_page

COLUMNS = (
    Column("colour", Text("颜色", "Colour"), 0.8, form="tone"),
    Column("name", Text("单元", "Cell"), 2.4),
    Column("overdue", Text("超时", "Overdue"), 1.0, "right", "number"),
    Column("open", Text("在办", "Open"), 1.0, "right", "number"),
    Column("reported", Text("今日上报", "Reported"), 1.0, "right", "number"),
)


def children_panel() -> Panel:
    """A line for each child; `key` is its code and `href` its page."""
    return Panel(
        "tablet.children",
        Text("下级单元", "Cells below"),
        (Board("cells", grow=True, columns=COLUMNS, row_height=44, turns=False),),
        render,
        pace="charts",
    )


def render(view: View) -> dict[str, Any]:
    """Return the children: red before yellow, then the most overdue, then the most open."""
    colours = view.colours()
    rows = [_row(view, at, int(colours[at - view.first])) for at in view.children()]
    rows.sort(key=lambda row: (-RANKS[row["tone"]], -row["overdue"], -row["open"]))
    return {"cells": {"rows": rows}}


RANKS: dict[Tone, int] = {"red": 2, "yellow": 1, "blue": 0, "plain": 0}


def _row(view: View, at: int, colour: int) -> dict[str, Any]:
    cell = view.tree.cells[at]
    tone = _tone(colour)
    words = {"red": view.t("红"), "yellow": view.t("黄"), "blue": view.t("蓝"), "plain": "—"}
    return {
        "key": cell.code,
        "href": cell_page(cell.code),
        "tone": tone,
        "colour": {"tone": tone, "text": words[tone]},
        "name": cell.name,
        "overdue": view.count("overdue", at),
        "open": view.count("open", at),
        "reported": view.count("reported", at),
    }


def _tone(colour: int) -> Tone:
    if colour >= Colour.ORANGE:
        return "red"
    return "yellow" if colour == Colour.YELLOW else "blue" if colour == Colour.BLUE else "plain"
