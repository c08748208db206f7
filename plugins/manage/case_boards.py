"""Boards of cases: what turns red next, what is overdue longest, what is supervised."""

from typing import Any

from commandcenter.api import (
    MINUTE,
    STATE_TITLES,
    Board,
    CaseLine,
    Column,
    Panel,
    Text,
    Tone,
    View,
    place_of,
)

from .names import matter_name, unit_name

LIMIT = 24
URGENT = 15 * MINUTE
"""A clock that runs out within this time is yellow."""
WHERE = Column("where", Text("地点", "Where"), 2.7)
WHAT = Column("what", Text("事项", "What"), 1.9)
UNIT = Column("unit", Text("责任单位", "Unit"), 2.6)
STATE = Column("state", Text("状态", "State"), 1.3)
LATE = Column("due", Text("已超时", "Overdue for"), 1.2, "right", "age")
CLOCK = Column("due", Text("时限", "Clock"), 1.6, "right", "age")


def most_overdue_panel() -> Panel:
    """Place, matter, unit, state and for how long; the option `limit` says how many cases."""
    board = Board("cases", grow=True, columns=(WHERE, WHAT, UNIT, STATE, LATE))
    return Panel(
        "manage.most_overdue", Text("超时最久", "Longest overdue"), (board,), most_overdue,
        pace="slow", interval=3.0,
    )  # fmt: skip


def next_due_panel() -> Panel:
    """The cases whose clocks run out next, with what is left."""
    board = Board("cases", grow=True, columns=(WHERE, WHAT, UNIT, STATE, CLOCK))
    return Panel(
        "manage.next_due", Text("即将超时", "Turning red next"), (board,), next_due,
        pace="charts", interval=3.0,
        formula=Text(
            "时限最先到期的案件；15 分钟内到期标黄",
            "Cases whose clocks run out first; yellow within 15 minutes",
        ),
    )  # fmt: skip


def supervised_panel() -> Panel:
    """The cases that a leader supervises, those late or due first."""
    board = Board("cases", grow=True, columns=(WHERE, WHAT, UNIT, CLOCK))
    return Panel(
        "manage.supervised", Text("督办案件", "Supervised cases"), (board,), supervised,
        pace="charts", interval=3.0,
    )  # fmt: skip


def most_overdue(view: View) -> dict[str, Any]:
    """Return the cases, the longest overdue first."""
    cases = view.most_overdue(view.options.get("limit", LIMIT))
    return {"cases": {"rows": [_row(view, case, with_mark=True) for case in cases]}}


def next_due(view: View) -> dict[str, Any]:
    """Return the cases, the soonest due first."""
    cases = view.next_due(view.options.get("limit", LIMIT))
    return {"cases": {"rows": [_row(view, case, with_mark=True) for case in cases]}}


def supervised(view: View) -> dict[str, Any]:
    """Return the supervised cases."""
    cases = view.supervised_cases(view.options.get("limit", LIMIT))
    rows = [_row(view, case) for case in cases]
    return {"cases": {"rows": [{k: row[k] for k in row if k != "state"} for row in rows]}}


def _row(view: View, case: CaseLine, with_mark: bool = False) -> dict[str, Any]:
    what = matter_name(view, case)
    return {
        "key": str(case.id),
        "where": place_of(view, case.cell),
        "what": view.t("督办 · {what}", what=what) if with_mark and case.supervised else what,
        "unit": unit_name(view, case.unit),
        "state": STATE_TITLES[case.state].in_language(view.language),
        "due": case.due,
        "tone": _tone(view, case),
    }


def _tone(view: View, case: CaseLine) -> Tone:
    if case.due is None:
        return "plain"
    left = case.due - view.now
    return "red" if left <= 0 else "yellow" if left <= URGENT else "plain"
