"""The colour of a cell with its reason, who looks after it and when it is next checked."""

from typing import Any

from commandcenter.api import Block, Board, Colour, Column, Panel, Text, View

COLUMNS = (
    Column("colour", Text("颜色", "Colour"), 0.8, form="tone"),
    Column("why", Text("原因", "Reason"), 3.0),
    Column("owner", Text("责任人", "Owner"), 1.2),
    Column("check", Text("下次核查", "Next check"), 1.2, "right", "age"),
)


def standing_panel() -> Panel:
    """One line: the colour of the cell itself."""
    return Panel(
        "tablet.standing",
        Text("三色", "Colour"),
        (Board("standing", columns=COLUMNS, row_height=44, turns=False),),
        render,
        pace="charts",
        block=Block.PLACES,
    )


def render(view: View) -> dict[str, Any]:
    """Return the colour; blue needs no reason, and before the first grading none is known."""
    colour = int(view.colours()[0])
    if not colour:
        return {"standing": {"rows": [_row(view, "plain", "—", view.t("尚未分析"))]}}
    words = {"red": view.t("红"), "yellow": view.t("黄"), "blue": view.t("蓝")}
    shown = Colour(colour).shown
    change = view.reason()
    if shown == "blue" or change is None:
        return {"standing": {"rows": [_row(view, shown, words[shown], view.t("没有规则发现风险"))]}}
    row = _row(view, shown, words[shown], change.words)
    return {"standing": {"rows": [row | {"owner": change.owner, "check": change.next_check}]}}


def _row(view: View, tone: str, text: str, why: str) -> dict[str, Any]:
    return {
        "key": view.scope.code,
        "tone": tone,
        "colour": {"tone": tone, "text": text},
        "why": why,
        "owner": "",
        "check": None,
    }
