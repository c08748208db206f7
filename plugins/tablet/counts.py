"""What is here: the numbers of one cell."""

from typing import Any

from commandcenter.api import Number, Panel, Text, View

PARTS = (
    Number("open", Text("在办", "Open"), great=True),
    Number("overdue", Text("超时", "Overdue"), great=True),
    Number("reported", Text("今日上报", "Reported today")),
    Number("closed", Text("今日结案", "Closed today")),
    Number("supervised", Text("督办", "Supervised")),
    Number("total", Text("累计", "In total")),
)


def counts_panel() -> Panel:
    """Two great numbers, four others."""
    return Panel("tablet.counts", Text("概况", "Overview"), PARTS, render, columns=2)


def render(view: View) -> dict[str, Any]:
    """Return the numbers; what is overdue is red, what is supervised yellow."""
    values = {part.name: {"value": view.count(part.name)} for part in PARTS}
    overdue, supervised = values["overdue"]["value"], values["supervised"]["value"]
    return {
        **values,
        "overdue": {"value": overdue, "tone": "red" if overdue else "plain"},
        "supervised": {"value": supervised, "tone": "yellow" if supervised else "plain"},
    }
