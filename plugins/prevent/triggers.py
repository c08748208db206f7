"""Which rule colours how many grids now."""

from typing import Any

from commandcenter.api import Block, Board, Colour, Column, Panel, RiskRule, Text, View

from .cells import Mask, of_lowest
from .rules import RULES

COLUMNS = (
    Column("rule", Text("规则", "Rule"), 2.6),
    Column("red", Text("红", "Red"), 0.7, "right", "number"),
    Column("yellow", Text("黄", "Yellow"), 0.9, "right", "number"),
    Column("check", Text("核查", "Checked"), 1.7, "right"),
)


def triggers_panel() -> Panel:
    """A line for each rule of the product."""
    return Panel(
        "prevent.triggers",
        Text("预警规则 · 命中网格", "Rules and the grids they colour"),
        (Board("rules", grow=True, columns=COLUMNS, row_height=40),),
        render,
        pace="slow",
        interval=10.0,
        formula=Text(
            "超时占比：超时 ÷ 在办，15% 黄、30% 红，在办至少 8 件；上报激增：近两小时 ÷ 往常，"
            "3 倍黄、6 倍红，至少 6 件；每百户在办：2 件黄（至少 4 件）、4 件红（至少 6 件）",
            "Share overdue: overdue / open, 15% yellow, 30% red, at least 8 open; surge: last two "
            "hours / usual, 3 times yellow, 6 times red, at least 6 reports; open per 100 "
            "households: 2 yellow (at least 4), 4 red (at least 6)",
        ),
        block=Block.PLACES,
    )


def render(view: View) -> dict[str, Any]:
    """Return the rules with what each says of the lowest level."""
    mask = of_lowest(view)
    return {"rules": {"rows": [_row(view, rule, mask) for rule in RULES]}}


def _row(view: View, rule: RiskRule, mask: Mask) -> dict[str, Any]:
    levels = rule.grade(view)[mask]
    red = int((levels >= Colour.ORANGE).sum())
    return {
        "key": rule.key,
        "rule": rule.title.in_language(view.language),
        "red": red,
        "yellow": int((levels == Colour.YELLOW).sum()),
        "check": view.t("每 {n} 小时", n=f"{rule.check_hours:g}"),
        "tone": "red" if red else "plain",
    }
