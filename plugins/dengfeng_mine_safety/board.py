"""The rectification board: every open danger, who puts it right, and until when."""

from typing import Any

from commandcenter.api import Block, Board, Column, Note, Panel, Text, View, place_of

from .said import Danger, dangers, origin

COLUMNS = (
    Column("mine", Text("矿山", "Mine"), 2.0),
    Column("where", Text("乡镇", "Town"), 1.4),
    Column("what", Text("隐患", "Danger"), 4.2),
    Column("grade", Text("等级", "Grade"), 1.0),
    Column("owner", Text("责任单位", "Owner"), 2.0),
    Column("state", Text("进度", "Step"), 1.3, form="tone"),
    Column("due", Text("期限", "Deadline"), 1.6, "right", "age"),
)


def board_panel() -> Panel:
    """The open dangers, the overdue ones first."""
    title = Text("隐患整改", "Hidden dangers to put right")
    parts = (Board("board", grow=True, columns=COLUMNS), Note("origin"))
    formula = Text("期限一栏：余为剩余，其余为已超时长", "Deadline: time left, or time over it")
    return Panel(
        "dengfeng_mine_safety.board", title, parts, render, pace="slow", interval=30,
        formula=formula,
        block=Block.ORGANISATIONS,
    )  # fmt: skip


def render(view: View) -> dict[str, Any]:
    """Return a line for each danger that is not closed."""
    rows = [_row(view, danger) for danger in dangers(view) if danger.is_open]
    return {"board": {"rows": rows}, "origin": origin(view)}


def _row(view: View, danger: Danger) -> dict[str, Any]:
    state = view.t("已超期") if danger.is_overdue else view.t(danger.step)
    return {
        "key": danger.key,
        "mine": danger.mine,
        "where": place_of(view, view.tree.position[danger.cell], own=True),
        "what": danger.what,
        "grade": view.t("重大") if danger.is_major else view.t("一般"),
        "owner": danger.owner,
        "state": {"tone": danger.tone, "text": state},
        "due": danger.due,
        "tone": danger.tone,
    }
