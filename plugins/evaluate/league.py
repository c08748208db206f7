"""The league table: the children of the scope, the best first."""

from typing import Any

from commandcenter.api import Block, Board, Column, Panel, Text, View

from .indices import INDICES, graded, in_words, scored

SHORT = ("Filed", "Handled", "Closed", "Rework", "Came")
"""What the indices are called where the title says that it is about time."""
COLUMNS = (
    Column("rank", Text("名次", "Rank"), 0.6, "right", "number"),
    Column("cell", Text("单元", "Cell"), 3.0),
    *(
        Column(index.key.partition(".")[2], Text(index.title.zh, english), 1.2, "right", "percent")
        for index, english in zip(INDICES, SHORT, strict=True)
    ),
    Column("score", Text("综合", "Composite"), 1.1, "right"),
    Column("grade", Text("等级", "Grade"), 0.7, "right", "tone"),
)
FORMULA = Text(
    "综合 = 各指标得分按权重平均（立案 20%、处置 30%、结案 20%、返工 20%、报到 10%），"
    "无数据的指标不计入；A ≥ 90，B ≥ 75，C ≥ 60，D ≥ 40，其余 E",
    "Composite = weighted mean of the scores (filed 20%, handled 30%, closed 20%, rework 20%, "
    "report-in 10%), those without data left out; A from 90, B from 75, C from 60, D from 40, "
    "else E",
)


def league_panel() -> Panel:
    """Rank, cell, each index, composite and grade."""
    return Panel(
        "evaluate.league",
        Text("排行榜 · 近 30 日", "League table on time, 30 days"),
        (Board("cells", grow=True, columns=COLUMNS, row_height=52),),
        render,
        pace="slow",
        interval=3.0,
        formula=FORMULA,
        block=Block.APPRAISAL,
    )


def render(view: View) -> dict[str, Any]:
    """Return the children; those without data come last and have no rank."""
    found = [(at, *scored(view, at)) for at in view.children()]
    scores = [score for _, _, score in found if score is not None]
    found.sort(key=lambda line: (line[2] is None, -(line[2] or 0), line[0]))
    return {
        "cells": {
            "rows": [
                _row(view, at, values, score, _rank(score, scores)) for at, values, score in found
            ]
        }
    }


def _rank(score: float | None, scores: list[float]) -> int | None:
    return None if score is None else 1 + sum(other > score for other in scores)


def _row(
    view: View, at: int, values: dict[str, float | None], score: float | None, rank: int | None
) -> dict[str, Any]:
    cell = view.tree.cells[at]
    shares = {index.key: values.get(index.key) for index in INDICES}
    return {
        "key": cell.code,
        "rank": rank,
        "cell": cell.name,
        **{k.partition(".")[2]: None if v is None else v / 100 for k, v in shares.items()},
        "score": in_words(score),
        "grade": graded(score),
    }
