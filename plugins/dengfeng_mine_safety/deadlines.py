"""The deadlines of the open dangers on a line, from yesterday to the day after tomorrow."""

from typing import Any

from commandcenter.api import DAY, Block, Note, Panel, Text, Timeline, View

from .said import dangers, origin

BEFORE, AFTER = 36.0, 72.0


def deadlines_panel() -> Panel:
    """A line with the deadlines that are near."""
    title = Text("整改期限", "Deadlines")
    line = Timeline("deadlines", grow=True, before=BEFORE, after=AFTER)
    key = "dengfeng_mine_safety.deadlines"
    return Panel(
        key, title, (line, Note("origin")), render, pace="slow", interval=30,
        block=Block.ORGANISATIONS,
    )  # fmt: skip


def render(view: View) -> dict[str, Any]:
    """Return the deadlines of the scope."""
    items = [
        {
            "at": danger.due,
            "label": danger.mine,
            "note": view.t("重大") if danger.is_major else "",
            "tone": danger.tone,
        }
        for danger in dangers(view)
        if danger.is_open and abs(danger.due - view.now) < 3 * DAY
    ]
    return {"deadlines": {"items": items}, "origin": origin(view)}
