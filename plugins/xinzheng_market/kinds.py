"""What the complaints of today are about."""

from collections import Counter
from typing import Any

from commandcenter.api import Bars, Block, Note, Panel, Text, View

from .said import complaints, origin


def kinds_panel() -> Panel:
    """A bar for each kind of complaint."""
    parts = (Bars("kinds", rows=8, grow=True), Note("origin"))
    return Panel(
        "xinzheng_market.kinds", Text("投诉类别", "Kinds of complaint"), parts, render,
        block=Block.ORGANISATIONS,
    )  # fmt: skip


def render(view: View) -> dict[str, Any]:
    """Return how many there are of each kind, and how many are still open."""
    found = complaints(view)
    whole = Counter(complaint.kind for complaint in found)
    at_work = Counter(complaint.kind for complaint in found if complaint.closed is None)
    ranked = sorted(whole.items(), key=lambda pair: (-pair[1], pair[0]))
    bars = [
        {"label": kind, "value": count, "note": view.t("在办 {n}", n=at_work[kind])}
        for kind, count in ranked
    ]
    return {"kinds": bars, "origin": origin(view)}
