"""How many grids were red and yellow at each hour of the last day."""

from typing import Any

from commandcenter.api import HOUR, Block, Chart, Panel, Text, View

from .cells import lowest_level

LINES = {"red": "--red", "yellow": "--yellow"}
"""What a colour means is the same in every theme."""
LAYOUT = {
    "showlegend": True,
    "xaxis": {"type": "date", "tickformat": "%H", "dtick": 4 * HOUR},
    "yaxis": {"rangemode": "tozero"},
}


def trend_panel() -> Panel:
    """A line for red and a dashed one for yellow."""
    return Panel(
        "prevent.trend",
        Text("近 24 小时红黄网格", "Red and yellow, 24 hours"),
        (Chart("chart", grow=True),),
        render,
        pace="slow",
        interval=10.0,
        block=Block.PLACES,
    )


def render(view: View) -> dict[str, Any]:
    """Return the figure, not known while nothing has been graded."""
    if not view.colours().any():
        return {"chart": None}
    starts, lines = view.colour_trend(lowest_level(view)[0])
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
    return {"chart": {"data": data, "layout": LAYOUT}}
