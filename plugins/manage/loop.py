"""The closed loop (全流程闭环): where cases stand, for how long, and what lies beside the line."""

from typing import Any

from commandcenter.api import (
    STATE_TITLES,
    STEPS,
    Flow,
    Number,
    Panel,
    Part,
    State,
    Text,
    Tone,
    View,
)

from .spans import span

STAGE_LIMITS = {State.REPORTED: 15 * 60, State.FILED: 15 * 60, State.HANDLED: 30 * 60}
"""Seconds in which a case is filed, dispatched and verified; the unit's own limit is the matter's
and differs from case to case."""
NOW = {
    "returned": "mark.returned",
    "suspended": "state.suspended",
    "escalated": "mark.escalated",
    "reopened": "mark.reopened",
}
"""What stands so now, by the part that shows it; the flow of the same name counts today's."""
BESIDE = (
    Number("returned", Text("退回", "Returned")),
    Number("reworked", Text("返工", "Reworked")),
    Number("suspended", Text("挂账", "Suspended")),
    Number("escalated", Text("上报上级", "Escalated")),
    Number("merged", Text("合并", "Merged")),
    Number("reopened", Text("重开", "Reopened")),
)
"""What lies beside the main line."""


def loop_panel() -> Panel:
    """The eight steps in a row, and what lies beside them."""
    parts: tuple[Part, ...] = (Flow("steps", grow=True, span=len(BESIDE)), *BESIDE)
    return Panel(
        "manage.loop",
        Text("全流程闭环", "The closed loop"),
        parts,  # type: ignore[arg-type]
        render,
        pace="charts",
        columns=len(BESIDE),
        formula=Text(
            "件数为此刻停留在该步骤的案件，下为平均停留时间；结案、返工、合并为今日数，其余为此刻数；"
            "平均停留超过环节时限（立案、派遣 15 分钟，核查 30 分钟）时标黄",
            "Cases now in each step and their mean time in it; closed, reworked and merged count "
            "today, the others what stands so now; yellow when the mean is over the stage's limit "
            "(filing and dispatch 15 min, verification 30 min)",
        ),
    )


def render(view: View) -> dict[str, Any]:
    """Return the steps in order, and the numbers beside them."""
    beside = {part.name: _beside(view, part.name) for part in BESIDE}
    return {"steps": [_step(view, state) for state in STEPS], **beside}


def _beside(view: View, name: str) -> dict[str, Any]:
    today = view.count(name)
    if name not in NOW:
        return {"value": today, "note": view.t("今日")}
    return {"value": view.count(NOW[name]), "note": view.t("今日 {n}", n=today)}


def _step(view: View, state: State) -> dict[str, Any]:
    label = STATE_TITLES[state].in_language(view.language)
    if state is State.CLOSED:
        # All that was ever closed would dwarf the steps that can still be hastened.
        return {"label": label, "value": view.count("closed"), "note": view.t("今日")}
    value = view.count(f"state.{state}")
    if state is State.ASSESSED:
        return {"label": label, "value": value, "note": view.t("已计入")}
    age = view.step_age(state)
    note = "—" if age is None else view.t("平均 {span}", span=span(view, age))
    return {"label": label, "value": value, "note": note, "tone": _tone(state, age)}


def _tone(state: State, age: float | None) -> Tone:
    limit = STAGE_LIMITS.get(state)
    return "yellow" if limit is not None and age is not None and age > limit else "plain"
