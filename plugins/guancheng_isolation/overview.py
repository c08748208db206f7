"""Beds and queues of the scope in numbers, and all sites on the map."""

from typing import Any

from commandcenter.api import Block, Gauge, Key, MapLayer, Note, Number, Panel, Text, View

from .said import CROWDED, FULL, Site, fresh, origin, sites

KEYS = (
    Key("red", Text("已满或久等", "Full or slow")),
    Key("yellow", Text("偏紧", "Tight")),
    Key("blue", Text("正常", "Normal")),
)


def overview_panel() -> Panel:
    """Free beds, people waiting, tests of today, and how full it is."""
    share = Gauge(
        "share", Text("床位占用", "Beds taken"), span=3, grow=True, unit=Text("%"),
        yellow=(100 * CROWDED, 100 * FULL), red=(100 * FULL, 100),
    )  # fmt: skip
    parts = (
        Number("free", Text("空余床位", "Free beds"), great=True),
        Number("waiting", Text("排队检测", "In line"), great=True),
        Number("tested", Text("今日检测", "Tested today"), great=True),
        share,
        MapLayer("sites", span=3, keys=KEYS),
        Note("origin", span=3),
    )
    title = Text("隔离与检测", "Isolation and testing")
    formula = Text(
        "床位占用 = 已入住 / 总床位；两小时未上报的点位不计",
        "Beds taken = occupied / all beds; sites silent for two hours are not counted",
    )
    return Panel(
        "guancheng_isolation.overview", title, parts, render, columns=3, formula=formula,
        block=Block.PLACES,
    )  # fmt: skip


def render(view: View) -> dict[str, Any]:
    """Return the values of the parts."""
    beds, tests = fresh(view, "isolation"), fresh(view, "testing")
    capacity, used = sum(site.capacity for site in beds), sum(site.used for site in beds)
    tested = [site.tested for site in tests if site.tested is not None]
    return {
        "free": {"value": capacity - used if beds else None},
        "waiting": {"value": sum(site.used for site in tests) if tests else None},
        "tested": {"value": sum(tested) if tested else None},
        "share": {
            "value": round(100 * used / capacity) if capacity else None,
            "note": view.t("{used} / {capacity} 床", used=used, capacity=capacity) if beds else "",
        },
        "sites": {"points": [_point(site) for site in sites(view) if site.point]},
        "origin": origin(view),
    }


def _point(site: Site) -> dict[str, Any]:
    lng, lat = site.point or (0.0, 0.0)
    return {"lng": lng, "lat": lat, "tone": site.tone, "label": site.name, "value": site.used}
