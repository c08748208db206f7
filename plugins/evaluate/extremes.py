"""The best and the worst two levels below: streets in a city, communities in a district."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from commandcenter.api import Block, Board, Column, Panel, Text, View, place_of

from .indices import graded, in_words
from .league import FORMULA

SHOWN = 10
LEAST = 10
"""Filings in thirty days that a cell must have: fewer are chance."""
COLUMNS = (
    Column("cell", Text("单元", "Cell"), 4.2),
    Column("score", Text("综合", "Composite"), 1.0, "right"),
    Column("grade", Text("等级", "Grade"), 0.6, "right", "tone"),
)


def extremes_panel() -> Panel:
    """Ten of each, side by side."""
    return Panel(
        "evaluate.extremes",
        Text("基层红黑榜 · 近 30 日", "Best and worst below, last 30 days"),
        (
            Board("best", Text("领先", "Best"), grow=True, columns=COLUMNS, header=False),
            Board("worst", Text("落后", "Worst"), grow=True, columns=COLUMNS, header=False),
        ),
        render,
        pace="slow",
        interval=10.0,
        columns=2,
        formula=FORMULA,
        block=Block.APPRAISAL,
    )


def render(view: View) -> dict[str, Any]:
    """Return the best and the worst; no cell is in both."""
    lowest = max(d for d, level in enumerate(view.levels) if level.coordinates)
    depth = min(view.scope.depth + 2, lowest)
    below = np.flatnonzero(view.tree.depth[view.first : view.last + 1] == depth)
    below = below[view.counts("filed.30d")[below] >= LEAST]
    scores = composites(view, below)
    order = np.argsort(-scores, kind="stable")
    ranked = order[~np.isnan(scores[order])]
    half = min(SHOWN, len(ranked) // 2)
    best, worst = ranked[: max(half, len(ranked) % 2)], ranked[len(ranked) - half :][::-1]
    return {
        name: {"rows": [_row(view, int(below[at]), float(scores[at])) for at in chosen]}
        for name, chosen in (("best", best), ("worst", worst))
    }


def composites(view: View, cells: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the composite of cells, given from the scope's first on; NaN for no data."""
    total, weights = np.zeros(len(cells)), np.zeros(len(cells))
    for index in view.indices:
        over = view.counts(index.denominator)[cells]
        known = over > 0
        rate = 100.0 * view.counts(index.numerator)[cells][known] / over[known]
        total[known] += index.weight * (100.0 - rate if index.low_is_good else rate)
        weights[known] += index.weight
    found = np.full(len(cells), np.nan)
    np.divide(total, weights, out=found, where=weights > 0)
    return found


def _row(view: View, at: int, score: float) -> dict[str, Any]:
    return {
        "key": view.tree.cells[view.first + at].code,
        "cell": place_of(view, view.first + at),
        "score": in_words(score),
        "grade": graded(score),
    }
