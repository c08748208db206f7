"""The closed loop (全流程闭环): how many cases stand at each step, and for how long."""

from typing import Any

from commandcenter.api import STATE_TITLES, STEPS, Flow, Panel, State, Text, Tone, View

from .spans import span

STAGE_LIMITS = {State.REPORTED: 15 * 60, State.FILED: 15 * 60, State.HANDLED: 30 * 60}
"""Seconds in which a case is filed, dispatched and verified; the unit's own limit is the matter's
and differs from case to case."""


def loop_panel() -> Panel:
    """The eight steps in a row."""
    return Panel(
        "manage.loop",
        Text("全流程闭环", "The closed loop"),
        (Flow("steps", grow=True),),
        render,
        pace="charts",
        formula=Text(
            "件数为此刻停留在该步骤的案件，下为平均停留时间；结案为今日数；平均停留超过环节时限"
            "（立案、派遣 15 分钟，核查 30 分钟）时标黄",
            "Cases now in each step and their mean time in it; closed counts today; yellow when "
            "the mean is over the stage's limit (filing and dispatch 15 min, verification 30 min)",
        ),
    )


def render(view: View) -> dict[str, Any]:
    """Return the steps in order."""
    return {"steps": [_step(view, state) for state in STEPS]}


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
