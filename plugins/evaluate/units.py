"""Units ranked by what they hold overdue, the worst first."""

from typing import Any

from commandcenter.api import Block, Board, Column, Panel, Text, UnitLoad, View

LEAST = 8
"""Cases that a unit must hold to be ranked: a share of fewer says little."""
LIMIT = 24
YELLOW, RED = 0.15, 0.30
COLUMNS = (
    Column("rank", Text("名次", "Rank"), 0.7, "right", "number"),
    Column("unit", Text("单位", "Unit"), 3.8),
    Column("held", Text("在办", "Held"), 0.8, "right", "number"),
    Column("share", Text("超时占比", "Overdue"), 1.15, "right", "percent"),
    Column("on_time", Text("30 天按期", "In time"), 1.25, "right", "percent"),
)


def units_panel() -> Panel:
    """Rank, unit, what it holds, the share that is overdue, and what it handled in time."""
    return Panel(
        "evaluate.units",
        Text("单位排名 · 超时占比", "Units by share overdue"),
        (Board("units", grow=True, columns=COLUMNS),),
        render,
        pace="slow",
        interval=3.0,
        formula=Text(
            "超时占比 = 超时 ÷ 在办，在办至少 8 件的单位参加排名，占比高的在前；"
            "按期 = 近 30 天按期处置 ÷ 已判定处置",
            "Share = overdue / held, for units that hold at least 8, the highest first; "
            "in time = handled in time / all handled in 30 days that were judged",
        ),
        block=Block.APPRAISAL,
    )


def render(view: View) -> dict[str, Any]:
    """Return the units; the rank is that among all units that are ranked."""
    ranked = [load for load in view.unit_loads() if load.held >= LEAST]
    ranked.sort(key=lambda load: (-_share(load), -load.held, load.unit.code))
    limit = view.options.get("limit", LIMIT)
    return {
        "units": {"rows": [_row(view, rank, x) for rank, x in enumerate(ranked[:limit], start=1)]}
    }


def _share(load: UnitLoad) -> float:
    return load.overdue / load.held


def _row(view: View, rank: int, load: UnitLoad) -> dict[str, Any]:
    share = _share(load)
    return {
        "key": load.unit.code,
        "rank": rank,
        "unit": load.unit.title.in_language(view.language),
        "held": load.held,
        "share": share,
        "on_time": load.record.on_time,
        "tone": "red" if share >= RED else "yellow" if share >= YELLOW else "plain",
    }
