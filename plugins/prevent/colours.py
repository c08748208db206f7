"""How many grids are red, yellow and blue, and how that went over the last day."""

from typing import Any

from commandcenter.api import HOUR, Chart, Number, Panel, Text, Tone, View

from .cells import count_colours, lowest_level, of_lowest

TONES: tuple[Tone, ...] = ("red", "yellow", "blue")
LINES = {"red": "#e5484d", "yellow": "#e0ac00"}
"""What a colour means is the same in every theme."""


def colours_panel() -> Panel:
    """Red great, yellow and blue below it, and the trend."""
    return Panel(
        "prevent.colours",
        Text("红黄蓝 · 网格", "Red, yellow, blue"),
        (
            Number("red", Text("红 风险量", "Red: risk"), span=2, great=True),
            Number("yellow", Text("黄 变量", "Yellow: variable")),
            Number("blue", Text("蓝 常量", "Blue: constant")),
            Chart("trend", Text("近 24 小时", "Last 24 hours"), span=2, grow=True),
        ),
        render,
        pace="charts",
        columns=2,
        formula=Text(
            "最低一级联动层级（网格）的单元数；单元取各规则中最高的颜色，无规则命中为蓝",
            "Cells of the lowest level that coordinates; a cell has the highest colour that a rule "
            "gives it, and is blue where none applies",
        ),
    )


def render(view: View) -> dict[str, Any]:
    """Return the counts and the trend; a count of none is quiet."""
    counts = count_colours(view.colours()[of_lowest(view)])
    values: dict[str, Any] = {
        tone: {"value": counts[tone], "tone": tone if counts[tone] else "quiet"} for tone in TONES
    }
    depth, level = lowest_level(view)
    if counts["red"] is not None:
        values["red"]["note"] = level.title.in_language(view.language)
    return {**values, "trend": None if counts["red"] is None else _trend(view, depth)}


def _trend(view: View, depth: int) -> dict[str, Any]:
    starts, lines = view.colour_trend(depth)
    hours = [view.calendar.local(at).strftime("%Y-%m-%dT%H:%M") for at in starts]
    names = {"red": view.t("红"), "yellow": view.t("黄")}
    data = [
        {
            "type": "scatter", "mode": "lines", "name": names[tone], "x": hours, "y": lines[tone],
            "line": {"color": colour, "shape": "hv", "dash": "solid" if tone == "red" else "dash"},
        }
        for tone, colour in LINES.items()
        if tone in lines
    ]  # fmt: skip
    axis = {"type": "date", "tickformat": "%H", "dtick": 4 * HOUR}
    return {"data": data, "layout": {"showlegend": True, "xaxis": axis}}
