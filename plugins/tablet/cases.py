"""Lists of cases of a cell: newest, overdue, due next, supervised; each leads to its page."""

from typing import Any

from commandcenter.api import (
    STATE_TITLES,
    Board,
    CaseLine,
    Column,
    Panel,
    State,
    Text,
    Tone,
    View,
    place_of,
)

from .links import case_page

LIMIT = 20
STAFF = 1
"""The clearance from which what a citizen wrote as a title is shown: it may name persons."""
WHAT = Column("what", Text("事项", "What"), 2.2)
WHERE = Column("where", Text("地点", "Where"), 2.0)
STATE = Column("state", Text("状态", "State"), 1.0)


def newest_panel() -> Panel:
    """What, where, state and how long ago."""
    columns = (WHAT, WHERE, STATE, Column("at", Text("上报", "Reported"), 1.1, "right", "age"))
    board = Board("cases", grow=True, columns=columns, row_height=44, turns=False)
    return Panel("tablet.newest", Text("最新案件", "Newest cases"), (board,), newest, pace="charts")


def overdue_panel() -> Panel:
    """What, where, state and for how long the clock has run out."""
    columns = (WHAT, WHERE, STATE, Column("at", Text("已超时", "Overdue for"), 1.1, "right", "age"))
    board = Board("cases", grow=True, columns=columns, row_height=44, turns=False)
    return Panel(
        "tablet.overdue", Text("超时案件", "Overdue cases"), (board,), overdue, pace="charts"
    )


def due_panel() -> Panel:
    """What, where, state and how long there is still time."""
    columns = (WHAT, WHERE, STATE, Column("at", Text("时限", "Time left"), 1.1, "right", "age"))
    board = Board("cases", grow=True, columns=columns, row_height=44, turns=False)
    return Panel("tablet.due", Text("即将到期", "Due next"), (board,), due, pace="charts")


def supervised_panel() -> Panel:
    """What, where, state and when it was reported."""
    columns = (WHAT, WHERE, STATE, Column("at", Text("上报", "Reported"), 1.1, "right", "age"))
    board = Board("cases", grow=True, columns=columns, row_height=44, turns=False)
    return Panel(
        "tablet.supervised", Text("督办案件", "Supervised cases"), (board,), supervised,
        pace="charts",
    )  # fmt: skip


def due(view: View) -> dict[str, Any]:
    """Return the cases that are due next."""
    return {"cases": {"rows": [_row(view, c, c.due) for c in view.next_due(LIMIT)]}}


def supervised(view: View) -> dict[str, Any]:
    """Return the open cases that are supervised."""
    found = view.supervised_cases(LIMIT)
    return {"cases": {"rows": [_row(view, c, c.reported_at) for c in found]}}


def newest(view: View) -> dict[str, Any]:
    """Return the newest cases."""
    return {"cases": {"rows": [_row(view, c, c.reported_at) for c in view.newest(LIMIT)]}}


def overdue(view: View) -> dict[str, Any]:
    """Return the longest overdue cases."""
    return {"cases": {"rows": [_row(view, c, c.due) for c in view.most_overdue(LIMIT)]}}


def _row(view: View, case: CaseLine, at: int | None) -> dict[str, Any]:
    return {
        "key": str(case.id),
        "href": case_page(case.id),
        "what": _what(view, case),
        "where": place_of(view, case.cell),
        "state": STATE_TITLES[State(case.state)].in_language(view.language),
        "at": at,
        "tone": _tone(view, case),
    }


def _what(view: View, case: CaseLine) -> str:
    matter = view.matters.get(case.matter or "")
    named = matter.title.in_language(view.language) if matter else view.t("待分类")
    return (case.title or named) if view.clearance >= STAFF else named


def _tone(view: View, case: CaseLine) -> Tone:
    if case.due is not None and case.due < view.now:
        return "red"
    return "yellow" if case.supervised else "plain"
