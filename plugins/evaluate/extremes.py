"""The best and the worst two levels below: streets in a city, communities in a district."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from commandcenter.api import Board, Column, Panel, Text, View, place_of

from .indices import graded, in_words
from .league import FORMULA

SHOWN = 5
LEAST = 10
"""Filings in thirty days that a cell must have: fewer are chance."""
COLUMNS = (
    Column("cell", Text("单元", "Cell"), 3.0),
    Column("score", Text("综合", "Composite"), 1.0, "right"),
    Column("grade", Text("等级", "Grade"), 0.8, "right", "tone"),
)


def extremes_panel() -> Panel:
    """Five of each."""
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
        formula=FORMULA,
    )


def render(view: View) -> dict[str, Any]:
    """Return the best and the worst; no cell is in both."""
    lowest = max(d for d, level in enumerate(view.levels) if level.coordinates)
    depth = min(view.scope.depth + 2, lowest)
    scores = composites(view)
    enough = view.counts("filed.30d") >= LEAST
    below = view.tree.depth[view.first : view.last + 1] == depth
    ranked = np.flatnonzero(below & enough & ~np.isnan(scores))
    ranked = ranked[np.argsort(-scores[ranked], kind="stable")]
    half = min(SHOWN, len(ranked) // 2)
    best, worst = ranked[: max(half, len(ranked) % 2)], ranked[len(ranked) - half :][::-1]
    return {"best": _rows(view, best, scores), "worst": _rows(view, worst, scores)}


def composites(view: View) -> NDArray[np.float64]:
    """Return the composite of every cell of the scope, NaN for no data."""
    size = view.last - view.first + 1
    total, weights = np.zeros(size), np.zeros(size)
    for index in view.indices:
        over = view.counts(index.denominator)
        known = over > 0
        rate = 100.0 * view.counts(index.numerator)[known] / over[known]
        total[known] += index.weight * (100.0 - rate if index.low_is_good else rate)
        weights[known] += index.weight
    found = np.full(size, np.nan)
    np.divide(total, weights, out=found, where=weights > 0)
    return found


def _rows(
    view: View, cells: NDArray[np.intp], scores: NDArray[np.float64]
) -> dict[str, list[dict[str, Any]]]:
    return {
        "rows": [
            {
                "key": view.tree.cells[view.first + at].code,
                "cell": place_of(view, view.first + at),
                "score": in_words(float(scores[at])),
                "grade": graded(float(scores[at])),
            }
            for at in cells.tolist()
        ]
    }
