"""The supervision list: every complaint of today, those that nobody took up first."""

from typing import Any

from commandcenter.api import Block, Board, Column, Note, Panel, Text, View, place_of

from .said import Complaint, complaints, origin

COLUMNS = (
    Column("kind", Text("类别", "Kind"), 1.2),
    Column("shop", Text("对象", "Shop"), 2.4),
    Column("where", Text("乡镇街道", "Town"), 1.6),
    Column("what", Text("内容", "Complaint"), 3.6),
    Column("station", Text("承办", "Station"), 1.9),
    Column("state", Text("进度", "Step"), 1.2, form="tone"),
    Column("at", Text("已过", "For"), 1.2, "right", "age"),
)


def listing_panel() -> Panel:
    """The complaints of today with their steps."""
    title = Text("监管清单", "Supervision list")
    parts = (Board("list", grow=True, columns=COLUMNS), Note("origin"))
    formula = Text("四小时未受理为红", "Red: not taken up within four hours")
    key = "xinzheng_market.list"
    return Panel(
        key, title, parts, render, pace="slow", interval=30, formula=formula,
        block=Block.ORGANISATIONS,
    )  # fmt: skip


def render(view: View) -> dict[str, Any]:
    """Return a line for each complaint of the scope."""
    return {"list": {"rows": [_row(view, c) for c in complaints(view)]}, "origin": origin(view)}


def _row(view: View, complaint: Complaint) -> dict[str, Any]:
    return {
        "key": complaint.key,
        "kind": complaint.kind,
        "shop": complaint.shop,
        "where": place_of(view, view.tree.position[complaint.cell], own=True),
        "what": complaint.what,
        "station": complaint.station,
        "state": {"tone": complaint.tone, "text": view.t(complaint.step)},
        "at": complaint.at,
        "tone": complaint.tone if complaint.tone == "red" else "plain",
    }
