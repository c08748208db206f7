"""The pulse of a scope: what came in and what was done today, and what stands open."""

from typing import Any

from commandcenter.api import Number, Panel, Text, View

PARTS = (
    Number("reported", Text("今日上报", "Reported today"), great=True),
    Number("filed", Text("今日立案", "Filed today"), great=True),
    Number("closed", Text("今日结案", "Closed today"), great=True),
    Number("open", Text("在办", "Open"), great=True),
    Number("overdue", Text("超时", "Overdue"), great=True),
    Number("total", Text("累计", "In total"), great=True),
)
FORMULA = Text(
    "按时 = 今日在时限内办理数 ÷ 今日有时限的办理数；占在办 = 超时数 ÷ 在办数",
    "On time = done within the limit today / done today with a limit; of open = overdue / open",
)


def pulse_panel() -> Panel:
    """Six great numbers in two rows."""
    return Panel(
        "watch.pulse", Text("运行脉搏", "Pulse"), PARTS, render, columns=3, formula=FORMULA
    )


def pulse_row_panel() -> Panel:
    """The same numbers in one row, for a strip across a screen."""
    return Panel(
        "watch.pulse_row", Text("运行脉搏", "Pulse"), PARTS, render, columns=6, formula=FORMULA
    )


def render(view: View) -> dict[str, Any]:
    """Return the six numbers; overdue is red as soon as there is one."""
    overdue = view.count("overdue")
    return {
        "reported": {"value": view.count("reported")},
        "filed": {"value": view.count("filed"), "note": _on_time(view, "filed")},
        "closed": {"value": view.count("closed"), "note": _on_time(view, "closed")},
        "open": {"value": view.count("open")},
        "overdue": {
            "value": overdue,
            "tone": "red" if overdue > 0 else "plain",
            "note": _share_of_open(view, overdue),
        },
        "total": {"value": view.count("total")},
    }


def _on_time(view: View, flow: str) -> str:
    judged = view.count(f"{flow}.judged")
    if judged == 0:
        return ""
    return view.t("按时 {share}%", share=f"{100 * view.count(f'{flow}.on_time') / judged:.1f}")


def _share_of_open(view: View, overdue: int) -> str:
    held = view.count("open")
    return view.t("占在办 {share}%", share=f"{100 * overdue / held:.1f}") if held else ""
