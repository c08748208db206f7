"""The cases whose clocks ran out longest ago."""

from collections.abc import Mapping
from typing import Any

from commandcenter.api import (
    STATE_TITLES,
    Board,
    CaseLine,
    Column,
    Panel,
    State,
    Text,
    Unit,
    View,
    place_of,
)

LIMIT = 24
COLUMNS = (
    Column("where", Text("地点", "Where"), 2.4),
    Column("what", Text("事项", "What"), 1.7),
    Column("unit", Text("责任单位", "Unit"), 2.2),
    Column("state", Text("状态", "State"), 1.1),
    Column("due", Text("已超时", "Overdue for"), 1.2, "right", "age"),
)


def most_overdue_panel() -> Panel:
    """Place, matter, unit, state and for how long; the option `limit` says how many cases."""
    return Panel(
        "manage.most_overdue",
        Text("超时最久", "Longest overdue"),
        (Board("cases", grow=True, columns=COLUMNS),),
        render,
        pace="slow",
        interval=3.0,
    )


def render(view: View) -> dict[str, Any]:
    """Return the cases, the longest overdue first."""
    units = {load.unit.code: load.unit for load in view.unit_loads()}
    cases = view.most_overdue(view.options.get("limit", LIMIT))
    return {"cases": {"rows": [_row(view, case, units) for case in cases]}}


def _row(view: View, case: CaseLine, units: Mapping[str, Unit]) -> dict[str, Any]:
    matter = view.matters.get(case.matter or "")
    unit = units.get(case.unit or "")
    # What a citizen wrote as a title may name persons, so the matter stands for it.
    what = matter.title.in_language(view.language) if matter else view.t("待分类")
    return {
        "key": str(case.id),
        "where": place_of(view, case.cell),
        "what": view.t("督办 · {what}", what=what) if case.supervised else what,
        "unit": unit.title.in_language(view.language) if unit else None,
        "state": STATE_TITLES[State(case.state)].in_language(view.language),
        "due": case.due,
        "tone": "red",
    }
