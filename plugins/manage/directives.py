"""Directives (指令): how far all cells of a level are, live, by the cells above them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from commandcenter.api import (
    PROGRESS_TITLES,
    Board,
    CellProgress,
    Chart,
    Column,
    DirectiveLine,
    Note,
    Panel,
    Text,
    Tone,
    View,
    place_of,
)

from .names import level_name

LIMIT, LATE_LIMIT = 12, 40
BARS = 16
"""How many cells the chart has room for; of more, those furthest behind are shown."""
LONGEST = 10
"""Letters of a name beside a bar: longer ones would leave no room for the bars."""
COLOURS = {
    CellProgress.DONE: "--series",
    CellProgress.ACTING: "--blue",
    CellProgress.RECEIVED: "--bar",
    CellProgress.ISSUED: "--hairline",
}
"""From light to dark, so that the order is seen without colours."""
LAYOUT: dict[str, Any] = {
    "barmode": "stack", "showlegend": True, "bargap": 0.28,
    "xaxis": {"range": [0, 100.5], "ticksuffix": "%", "dtick": 25, "showgrid": True},
    "yaxis": {"automargin": True, "showgrid": False, "nticks": BARS},
}  # fmt: skip
COLUMNS = (
    Column("title", Text("指令", "Directive"), 2.7),
    Column("to", Text("下达至", "To"), 1.15),
    Column("received", Text("接收率", "Received"), 1.1, "right", "percent"),
    Column("done", Text("完成率", "Done"), 1.1, "right", "percent"),
    Column("late", Text("逾期", "Late"), 0.8, "right", "number"),
    Column("deadline", Text("期限", "Deadline"), 1.5, "right", "age"),
)
LATE_COLUMNS = (
    Column("cell", Text("单元", "Cell"), 2.6),
    Column("state", Text("进度", "How far"), 1.2, form="tone"),
    Column("title", Text("指令", "Directive"), 2.0),
)


def directives_panel() -> Panel:
    """A line for each live directive."""
    return Panel(
        "manage.directives", Text("在办指令", "Live directives"),
        (Board("directives", grow=True, columns=COLUMNS),), render, pace="charts", interval=5.0,
        formula=Text(
            "接收率含执行中和已完成；逾期为过了期限仍未完成的单元",
            "Received counts acting and done too; late are cells not done after the deadline",
        ),
    )  # fmt: skip


def progress_panel() -> Panel:
    """The newest directive with cells in the scope, by the cells below the scope."""
    return Panel(
        "manage.directive_progress", Text("指令进度", "Directive progress"),
        (Note("directive"), Chart("chart", grow=True)), progress, pace="charts", interval=5.0,
        formula=Text(
            "最新一道在办指令，按下级单元分；进度慢的在上",
            "The newest live directive by the cells below; the slowest on top",
        ),
    )  # fmt: skip


def late_cells_panel() -> Panel:
    """The cells that are not done after the deadline, by name."""
    return Panel(
        "manage.late_cells", Text("指令逾期单元", "Cells late with a directive"),
        (Board("cells", grow=True, columns=LATE_COLUMNS),), late_cells, pace="charts", interval=5.0,
    )  # fmt: skip


def render(view: View) -> dict[str, Any]:
    """Return the live directives, the newest first."""
    lines = view.directives(view.options.get("limit", LIMIT))
    return {"directives": {"rows": [_row(view, line) for line in lines]}}


def _row(view: View, line: DirectiveLine) -> dict[str, Any]:
    return {
        "key": str(line.id),
        "title": line.title,
        "to": level_name(view, line.depth_to),
        "received": 1 - line.counts.issued / line.total,
        "done": line.counts.done / line.total,
        "late": line.late,
        "deadline": line.deadline,
        "tone": _tone(view, line),
    }


def _tone(view: View, line: DirectiveLine) -> Tone:
    if line.late:
        return "red"
    return "good" if line.counts.done == line.total else "plain"


def progress(view: View) -> dict[str, Any]:
    """Return what is said of the newest directive, and its bars."""
    line = next(iter(view.directives(1)), None)
    if line is None:
        return {"directive": view.t("没有在办指令"), "chart": None}
    return {"directive": _words(view, line), "chart": _figure(view, line)}


def _words(view: View, line: DirectiveLine) -> str:
    until = view.calendar.local(line.deadline).strftime("%m-%d %H:%M")
    return view.t(
        "{title} · {n} 个{level} · 期限 {until} · 完成 {share}",
        title=line.title, n=f"{line.total:,}", level=level_name(view, line.depth_to), until=until,
        share=f"{line.counts.done / line.total:.1%}",
    )  # fmt: skip


def _figure(view: View, line: DirectiveLine) -> dict[str, Any]:
    counts = view.directive_progress(line.id)
    cells = _cells(view, counts)
    shares = {at: counts[:, at - view.first] / counts[:, at - view.first].sum() for at in cells}
    done = CellProgress.DONE
    slow = sorted(cells, key=lambda at: (float(shares[at][done]), -float(shares[at][0]), at))
    shown = slow[:BARS][::-1]  # plotly draws the first at the bottom
    names = [f"{_short(view.tree.cells[at].name)} {shares[at][done]:.0%}" for at in shown]
    bars = [
        _bars(view, row, names, [shares[at][row] for at in shown]) for row in reversed(CellProgress)
    ]
    axis = LAYOUT["yaxis"] | {"range": _room(len(shown))}
    return {"data": bars, "layout": LAYOUT | {"yaxis": axis}}


def _cells(view: View, counts: NDArray[np.int32]) -> list[int]:
    """Return the cells that are told apart: where all is in one cell, those below that one."""
    cells = [view.first]
    while len(cells) == 1:
        below = [at for at in view.children(cells[0]) if counts[:, at - view.first].sum()]
        if not below:
            break
        cells = below
    return cells


def _room(bars: int) -> list[float]:
    """Return the range of the axis: few bars lie at the top and are no thicker than many."""
    return [min(0, bars - BARS // 2) - 0.5, bars - 0.5]


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def _bars(view: View, row: CellProgress, names: list[str], shares: list[float]) -> dict[str, Any]:
    return {
        "type": "bar", "orientation": "h", "y": names, "x": [round(100 * s, 1) for s in shares],
        "name": PROGRESS_TITLES[row].in_language(view.language),
        "marker": {"color": COLOURS[row]},
    }  # fmt: skip


def late_cells(view: View) -> dict[str, Any]:
    """Return the late cells of all live directives, the newest directive first."""
    limit = view.options.get("limit", LATE_LIMIT)
    rows: list[dict[str, Any]] = []
    for line in view.directives(LIMIT):
        if line.late and len(rows) < limit:
            rows += [_late_row(view, line, *cell) for cell in view.late_cells(line.id, limit)]
    return {"cells": {"rows": rows[:limit]}}


def _late_row(view: View, line: DirectiveLine, at: int, state: CellProgress) -> dict[str, Any]:
    tone: Tone = "red" if state is CellProgress.ISSUED else "yellow"
    words = PROGRESS_TITLES[state].in_language(view.language)
    return {
        "key": f"{line.id}-{view.tree.cells[at].code}",
        "cell": place_of(view, at, own=True),
        "state": {"tone": tone, "text": words},
        "title": line.title,
        "tone": "red",
    }
