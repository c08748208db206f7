"""The last 24 hours against the usual for the same weekday and hour."""

from typing import Any

from commandcenter.api import HOUR, Chart, Millis, Panel, Text, View

RUNNING = 0.5
"""Opacity of the hour that is not over yet."""


def last24_panel() -> Panel:
    """Reports by hour as bars, the usual as a line."""
    return Panel(
        "watch.last24",
        Text("24 小时 · 与往常相比", "24 hours and the usual"),
        (Chart("chart", grow=True),),
        render,
        pace="charts",
        formula=Text(
            "往常 = 前 8 周同一星期、同一小时的平均上报数；淡色为尚未结束的一小时",
            "Usual = mean of the same weekday and hour of the last 8 weeks; "
            "the pale bar is the hour that is not over",
        ),
    )


def render(view: View) -> dict[str, Any]:
    """Return the figure; without a usual there is no line."""
    starts, reports, usual = view.hours()
    hours = [_local(view, start) for start in starts]
    over = [1 if start + HOUR <= view.now else RUNNING for start in starts]
    bars = {
        "type": "bar", "name": view.t("上报"), "x": hours, "y": reports,
        "marker": {"opacity": over},
    }  # fmt: skip
    known = any(value is not None for value in usual)
    return {"chart": {"data": [bars, _line(view, hours, usual)] if known else [bars],
                      "layout": LAYOUT}}  # fmt: skip


LAYOUT = {
    "showlegend": True,
    "xaxis": {"type": "date", "tickformat": "%H", "dtick": 4 * HOUR},
    "yaxis": {"rangemode": "tozero"},
}


def _line(view: View, hours: list[str], usual: list[float | None]) -> dict[str, Any]:
    rounded = [None if value is None else round(value, 1) for value in usual]
    return {
        "type": "scatter", "mode": "lines", "name": view.t("往常"), "x": hours, "y": rounded,
        "line": {"dash": "dot", "shape": "spline"},
    }  # fmt: skip


def _local(view: View, at: Millis) -> str:
    # Without its zone plotly shows the wall time as it stands.
    return view.calendar.local(at).strftime("%Y-%m-%dT%H:%M")
