"""Cross cases (三跨): which units share them, and who of them is done."""

from typing import Any

from commandcenter.api import (
    Board,
    CaseLine,
    Column,
    Mark,
    Panel,
    PartLine,
    Text,
    Tone,
    View,
    place_of,
)

from .names import matter_name, unit_name

CASES, LIMIT = 20, 40
COLUMNS = (
    Column("case", Text("案件", "Case"), 3.2),
    Column("unit", Text("协办单位", "Unit"), 2.7),
    Column("state", Text("分工", "Part"), 1.1, form="tone"),
    Column("due", Text("时限", "Clock"), 1.9, "right", "age"),
)


def cross_panel() -> Panel:
    """A line for each part of a cross case; the lead comes first."""
    return Panel(
        "manage.cross", Text("三跨案件", "Cross cases"),
        (Board("parts", grow=True, columns=COLUMNS),), render, pace="charts", interval=5.0,
        formula=Text(
            "一行是一个单位的分工，牵头单位在前；全部完成后案件才算处置完成",
            "One line for each unit's part, the lead first; the case is handled when all are done",
        ),
    )  # fmt: skip


def render(view: View) -> dict[str, Any]:
    """Return the parts of the newest cross cases."""
    cases = view.marked(Mark.CROSS, CASES)
    rows = [_row(view, case, part) for case in cases for part in case.parts]
    return {"parts": {"rows": rows[: view.options.get("limit", LIMIT)]}}


def _row(view: View, case: CaseLine, part: PartLine) -> dict[str, Any]:
    tone, words = _state(view, part)
    name = unit_name(view, part.unit)
    return {
        "key": f"{case.id}-{part.unit}",
        "case": f"{matter_name(view, case)} · {place_of(view, case.cell)}",
        "unit": view.t("牵头 · {unit}", unit=name) if part.is_lead else name,
        "state": {"tone": tone, "text": words},
        "due": None if part.done_at else part.due,
        "tone": "red" if tone == "red" else "plain",
    }


def _state(view: View, part: PartLine) -> tuple[Tone, str]:
    if part.done_at is not None:
        return "good", view.t("已完成")
    if part.due is not None and part.due <= view.now:
        return "red", view.t("超时")
    return ("plain", view.t("待接办")) if part.state == "called" else ("blue", view.t("处置中"))
