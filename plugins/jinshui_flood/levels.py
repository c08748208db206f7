"""The highest water of the scope: how high it stands, how it came, and all sensors on the map."""

from typing import Any

from commandcenter.api import (
    Block,
    Gauge,
    Key,
    MapLayer,
    Note,
    Number,
    Panel,
    Sparkline,
    Text,
    View,
)

from .said import Water, origin, waters

KEYS = (
    Key("red", Text("红色警戒", "Red limit")),
    Key("yellow", Text("黄色警戒", "Yellow limit")),
    Key("blue", Text("正常", "Normal")),
)
CENTIMETRES = Text("厘米", "cm")


def levels_panel() -> Panel:
    """Numbers, a gauge and a line for the worst place, and the layer of all."""
    parts = (
        Number("red", Text("红色警戒", "Red"), great=True),
        Number("yellow", Text("黄色警戒", "Yellow"), great=True),
        Number("normal", Text("正常", "Normal"), great=True),
        Gauge("worst", Text("最高水位", "Highest"), span=3, high=60, unit=CENTIMETRES),
        Sparkline(
            "trail", Text("此处近6小时", "There, in six hours"), span=3, grow=True,
            unit=CENTIMETRES, zero=True,
        ),
        MapLayer("sensors", span=3, keys=KEYS),
        Note("origin", span=3),
    )  # fmt: skip
    title = Text("积水水位", "Water on the roads")
    formula = Text(
        "红色警戒：禁止通行；黄色警戒：减速慢行。30分钟没有读数的传感器不计",
        "Red: closed; yellow: slow. Sensors silent for 30 minutes are not counted",
    )
    return Panel(
        "jinshui_flood.levels", title, parts, render, columns=3, formula=formula,
        block=Block.DEVICES,
    )  # fmt: skip


def render(view: View) -> dict[str, Any]:
    """Return the values of the parts."""
    found = waters(view)
    fresh = [water for water in found if not water.is_stale]
    worst = fresh[0] if fresh else None
    return {
        **{name: _count(fresh, tone) for name, tone in COUNTED},
        "worst": _gauge(worst),
        "trail": {"values": worst.trail if worst else [], "tone": worst.tone if worst else "quiet"},
        "sensors": {"points": [_point(water) for water in found if water.point]},
        "origin": origin(view, found),
    }


COUNTED = (("red", "red"), ("yellow", "yellow"), ("normal", "blue"))


def _count(fresh: list[Water], tone: str) -> dict[str, Any]:
    number = sum(water.tone == tone for water in fresh)
    loud = tone in ("red", "yellow") and number
    return {"value": number if fresh else None, "tone": tone if loud else "plain"}


def _gauge(worst: Water | None) -> dict[str, Any]:
    if worst is None:
        return {"value": None}
    high = max(60, worst.level)
    return {
        "value": worst.level, "high": high, "yellow": [worst.yellow, worst.red],
        "red": [worst.red, high], "note": worst.name,
    }  # fmt: skip


def _point(water: Water) -> dict[str, Any]:
    lng, lat = water.point or (0.0, 0.0)
    return {
        "lng": lng, "lat": lat, "tone": water.tone, "label": water.name, "value": water.level,
    }  # fmt: skip
