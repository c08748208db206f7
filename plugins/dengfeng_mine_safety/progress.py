"""How far the rectification has come."""

from typing import Any

from commandcenter.api import Block, Flow, Note, Number, Panel, Text, View

from .said import dangers, origin

STEPS = ("整改中", "待验收", "已销号")


def progress_panel() -> Panel:
    """Open, major and overdue dangers, and how many are at each step."""
    parts = (
        Number("open", Text("未销号", "Open"), great=True),
        Number("major", Text("其中重大", "Major"), great=True),
        Number("overdue", Text("已超期", "Overdue"), great=True),
        Flow("steps", span=3, grow=True),
        Note("origin", span=3),
    )
    title = Text("整改进度", "Progress")
    formula = Text("已销号：近24小时内验收通过", "Closed: accepted within 24 hours")
    return Panel(
        "dengfeng_mine_safety.progress", title, parts, render, columns=3, formula=formula,
        block=Block.ORGANISATIONS,
    )  # fmt: skip


def render(view: View) -> dict[str, Any]:
    """Return the numbers of the scope; without a ledger nothing is known."""
    found = dangers(view)
    if not found:
        unknown = {name: {"value": None} for name in ("open", "major", "overdue")}
        return {**unknown, "steps": [], "origin": origin(view)}
    at_work = [danger for danger in found if danger.is_open]
    overdue = sum(danger.is_overdue for danger in at_work)
    steps = [
        {"label": view.t(step), "value": sum(danger.step == step for danger in found)}
        for step in STEPS
    ]
    return {
        "open": {"value": len(at_work)},
        "major": {"value": sum(danger.is_major for danger in at_work)},
        "overdue": {"value": overdue, "tone": "red" if overdue else "plain"},
        "steps": steps,
        "origin": origin(view),
    }
