"""How today compares with the days before."""

from typing import Any

from commandcenter.api import Block, Delta, Note, Number, Panel, Sparkline, Text, View

from .said import complaints, origin, week


def week_panel() -> Panel:
    """Complaints of today beside the mean of the week, and how many wait."""
    parts = (
        Delta("today", Text("今日", "Today"), better="down", digits=0),
        Number("waiting", Text("待受理", "Not taken up"), great=True),
        Number("closed", Text("已办结", "Closed"), great=True),
        Sparkline("week", Text("近七日", "Last seven days"), span=3, grow=True, zero=True),
        Note("origin", span=3),
    )
    title = Text("投诉走势", "How the week went")
    formula = Text("较近七日日均", "Against the mean of the last seven days")
    key = "xinzheng_market.week"
    return Panel(key, title, parts, render, columns=3, formula=formula, block=Block.ORGANISATIONS)


def render(view: View) -> dict[str, Any]:
    """Return the numbers of the scope; the week is known for the whole district alone."""
    found = complaints(view)
    totals = week(view)
    mean = sum(totals) / len(totals) if totals else None
    waiting = sum(complaint.taken is None and complaint.closed is None for complaint in found)
    late = any(complaint.tone == "red" for complaint in found)
    return {
        "today": {
            "value": len(found) if found else None,
            "change": None if mean is None or not found else round(len(found) - mean),
            "note": view.t("较日均"),
        },
        "waiting": {"value": waiting if found else None, "tone": "red" if late else "plain"},
        "closed": {"value": sum(c.closed is not None for c in found) if found else None},
        "week": {"values": totals},
        "origin": origin(view),
    }
