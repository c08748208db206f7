"""The units that have work in a cell, wherever they are seated: the most overdue first.

Who sees the appraisal sees with each what it has handled; for others there is a panel without it.
"""

from typing import Any

from commandcenter.api import Block, Board, Column, Panel, Text, UnitLoad, UnitRecord, View

LIMIT = 20
YELLOW, RED = 0.15, 0.30
"""From these shares overdue on."""
COLUMNS = (
    Column("unit", Text("单位", "Unit"), 2.4),
    Column("said", Text("情况", "How it stands"), 2.0),
)
RECORD = Column("record", Text("近 30 天按期", "In time, 30 days"), 1.3)
TITLE = Text("在此有案的单位", "Units with work here")


def units_panel() -> Panel:
    """The unit, what it holds here and what of that is overdue."""
    board = Board("units", grow=True, columns=COLUMNS, row_height=44, turns=False)
    return Panel(
        "tablet.units", TITLE, (board,), render, pace="slow", interval=15.0,
        block=Block.ORGANISATIONS,
    )  # fmt: skip


def unit_records_panel() -> Panel:
    """The same with what the unit handled in thirty days, and how much of it in time."""
    columns = (*COLUMNS, RECORD)
    board = Board("units", grow=True, columns=columns, row_height=44, turns=False)
    return Panel(
        "tablet.unit_records", TITLE, (board,), render_records, pace="slow", interval=15.0,
        block=Block.APPRAISAL,
        formula=Text(
            "按期 = 近 30 天按期处置 ÷ 已判定处置，括号内为已判定件数；"
            "街道及以上为设在其中的单位在全市的成绩，以下为在本单元内的",
            "In time = handled in time / all handled in 30 days that were judged (how many); from "
            "a street up, of units seated there in the whole city, below that in the cell alone",
        ),
    )  # fmt: skip


def render(view: View) -> dict[str, Any]:
    """Return the units."""
    return {"units": {"rows": [_row(view, load) for load in view.units_here(LIMIT)]}}


def render_records(view: View) -> dict[str, Any]:
    """Return the units with their records."""
    found = view.units_here(LIMIT)
    rows = [_row(view, load) | {"record": _record(view, load.record)} for load in found]
    return {"units": {"rows": rows}}


def _row(view: View, load: UnitLoad) -> dict[str, Any]:
    share = load.overdue / load.held
    said = view.t(
        "在办 {held} · 超时 {overdue}", held=f"{load.held:,}", overdue=f"{load.overdue:,}"
    )
    return {
        "key": load.unit.code,
        "unit": load.unit.title.in_language(view.language),
        "said": f"{said} ({share:.0%})" if load.overdue else said,
        "tone": "red" if share >= RED else "yellow" if share >= YELLOW else "plain",
    }


def _record(view: View, record: UnitRecord) -> str:
    """Say the share in time, and of how many: one of three says little."""
    if record.on_time is None:
        return view.t("30 天按期未知")
    share, judged = f"{record.on_time:.0%}", f"{record.judged:,}"
    return view.t("30 天按期 {share} ({judged} 件)", share=share, judged=judged)
