"""How the scope itself does: its composite with the grade, and each index."""

from typing import Any

from commandcenter.api import Block, Number, Panel, Text, View, grade

from .indices import INDICES, NO_DATA, TONES, scored
from .league import FORMULA, SHORT

PERCENT = Text("%")
NAMES = ("按时立案", "按期处置", "按期结案", "返工率", "及时报到")
"""Five stand in a row, also on a narrow wall."""


def scope_panel() -> Panel:
    """The composite great, the indices in a row below it."""
    numbers = (
        Number(index.key.partition(".")[2], Text(name, english), digits=1, unit=PERCENT)
        for index, name, english in zip(INDICES, NAMES, SHORT, strict=True)
    )
    return Panel(
        "evaluate.scope",
        Text("综合评价 · 近 30 日", "On time, last 30 days"),
        (Number("score", Text("综合得分", "Composite"), span=5, great=True, digits=1), *numbers),
        render,
        pace="charts",
        columns=5,
        formula=FORMULA,
        block=Block.APPRAISAL,
    )


def render(view: View) -> dict[str, Any]:
    """Return the composite and the indices in per cent, None for no data."""
    values, score = scored(view)
    letter = grade(score)
    note = view.t("等级 {grade}", grade=letter) if letter else view.t("无数据")
    shown: dict[str, Any] = {
        "score": {"value": score, "tone": TONES.get(letter or NO_DATA, "plain"), "note": note}
    }
    for index in INDICES:
        shown[index.key.partition(".")[2]] = {"value": values.get(index.key)}
    return shown
