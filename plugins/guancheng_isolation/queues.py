"""Where people wait longest for a test."""

from typing import Any

from commandcenter.api import Bars, Block, Note, Panel, Sparkline, Text, View

from .said import Site, fresh, origin


def queues_panel() -> Panel:
    """The queues of the testing sites, the longest first."""
    title = Text("检测点排队", "Queues for a test")
    parts = (
        Bars("queues", rows=8, grow=True),
        Sparkline("whole", Text("全区排队 近6小时", "All in line, six hours"), zero=True),
        Note("origin"),
    )
    formula = Text(
        "等候分钟 = 排队人数 / 每小时检测能力 × 60",
        "Minutes = people in line / tests in an hour × 60",
    )
    return Panel(
        "guancheng_isolation.queues", title, parts, render, formula=formula,
        block=Block.PLACES,
    )  # fmt: skip


def render(view: View) -> dict[str, Any]:
    """Return a bar for each testing site of the scope."""
    ranked = sorted(fresh(view, "testing"), key=lambda site: (-site.used, site.key))
    bars = [
        {
            "label": site.name,
            "value": site.used,
            "tone": site.tone if site.tone in ("red", "yellow") else "plain",
            "note": "" if site.minutes is None else view.t("{n} 分钟", n=site.minutes),
        }
        for site in ranked
    ]
    return {"queues": bars, "whole": {"values": _together(ranked)}, "origin": origin(view)}


def _together(tests: list[Site]) -> list[int]:
    """Add up the queues of all sites, from the last back."""
    length = min((len(site.trail) for site in tests), default=0)
    return [sum(site.trail[-back] for site in tests) for back in range(length, 0, -1)]
