"""How many grids are red, yellow and blue."""

from typing import Any

from commandcenter.api import Block, Number, Panel, Text, Tone, View

from .cells import count_colours, lowest_level, of_lowest

TONES: tuple[Tone, ...] = ("red", "yellow", "blue")


def colours_panel() -> Panel:
    """Red great, yellow and blue below it."""
    return Panel(
        "prevent.colours",
        Text("红黄蓝", "Red, yellow, blue"),
        (
            Number("red", Text("红 风险量", "Red: risk"), span=2, great=True),
            Number("yellow", Text("黄 变量", "Yellow: variable")),
            Number("blue", Text("蓝 常量", "Blue: constant")),
        ),
        render,
        pace="charts",
        columns=2,
        formula=Text(
            "最低一级联动层级（网格）的单元数；单元取各规则中最高的颜色，无规则命中为蓝",
            "Cells of the lowest level that coordinates; a cell has the highest colour that a rule "
            "gives it, and is blue where none applies",
        ),
        block=Block.PLACES,
    )


def render(view: View) -> dict[str, Any]:
    """Return the counts; a count of none is quiet."""
    counts = count_colours(view.colours()[of_lowest(view)])
    values: dict[str, Any] = {
        tone: {"value": counts[tone], "tone": tone if counts[tone] else "quiet"} for tone in TONES
    }
    if counts["red"] is not None:
        values["red"]["note"] = lowest_level(view)[1].title.in_language(view.language)
    return values
