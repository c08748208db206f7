"""The cells that turned red: why, who answers for them, and when they are checked next."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commandcenter.api import (
    FINDING_TITLES,
    Block,
    Board,
    Colour,
    ColourChange,
    Column,
    Millis,
    Panel,
    RiskRule,
    Text,
    View,
    place_of,
)

from .rules import RULES

LIMIT = 24
STAFF = 1
"""The clearance from which persons are named."""
COLUMNS = (
    Column("where", Text("单元", "Cell"), 4.4),
    Column("why", Text("原因", "Why"), 3.6),
    Column("owner", Text("责任人", "Owner"), 1.5),
    Column("at", Text("变红", "Red for"), 1.4, "right", "age"),
    Column("check", Text("下次核查", "Next check"), 1.8, "right", "age"),
)
Graded = Sequence[tuple[RiskRule, NDArray[np.int8]]]


def reddened_panel() -> Panel:
    """Cell, reasons, owner, since when, next check; the option `limit` says how many cells."""
    return Panel(
        "prevent.reddened",
        Text("变红单元 · 为什么", "Turned red, and why"),
        (Board("cells", grow=True, columns=COLUMNS),),
        render,
        pace="slow",
        interval=5.0,
        block=Block.PLACES,
    )


def render(view: View) -> dict[str, Any]:
    """Return the cells, the newest first."""
    changes = view.colour_changes(view.options.get("limit", LIMIT))
    graded = [(rule, rule.grade(view)) for rule in RULES] if changes else []
    return {"cells": {"rows": [_row(view, change, graded) for change in changes]}}


def _row(view: View, change: ColourChange, graded: Graded) -> dict[str, Any]:
    return {
        "key": str(change.cell),
        "where": place_of(view, change.cell, own=True),
        "why": _why(view, change, graded),
        "owner": _owner(view, change),
        "at": change.at,
        "check": _next_check(change, view.now),
        "tone": "red",
    }


def _why(view: View, change: ColourChange, graded: Graded) -> str:
    """Say what holds now; words written down at the change where no rule of ours is the reason."""
    at = change.cell - view.first
    reasons = [
        rule.explain(view, change.cell) for rule, levels in graded if levels[at] >= Colour.ORANGE
    ]
    if not reasons or change.rule not in {rule.key for rule in RULES}:
        reasons.insert(0, change.words)
    if change.checked is not None:
        finding = FINDING_TITLES[change.checked.finding].in_language(view.language)
        reasons.append(view.t("已核查：{finding}", finding=finding))
    return view.t("；").join(reasons)


def _owner(view: View, change: ColourChange) -> str:
    """Name the chief for staff, elsewhere the office."""
    cell = view.tree.cells[change.cell]
    if view.clearance >= STAFF and change.owner:
        invented = cell.chief is not None and cell.chief.invented
        return view.t("{name}(演示)", name=change.owner) if invented else change.owner
    return view.t("{level}负责人", level=view.levels[cell.depth].title.in_language(view.language))


def _next_check(change: ColourChange, now: Millis) -> Millis:
    """Return the next check that lies ahead: a cell that stays red is checked again and again."""
    since = change.at if change.checked is None else max(change.at, change.checked.at)
    period = max(1, change.next_check - since)
    missed = max(0, -((change.next_check - now) // period))
    return change.next_check + missed * period
