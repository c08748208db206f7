"""Every part of the kit with something in it, on a wall and on a tablet's page."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
from dash import html
from dash.development.base_component import Component
from flask import Response, request

from commandcenter.api import (
    Bars,
    Board,
    Chart,
    CityMap,
    Column,
    Delta,
    Flow,
    Gauge,
    Key,
    Legend,
    MapLayer,
    Note,
    Number,
    Panel,
    Picture,
    Sparkline,
    Table,
    Text,
    Timeline,
    encode_picture,
    hookimpl,
)
from commandcenter.host.catalogue import Catalogue
from commandcenter.host.words import Words
from commandcenter.live.topics import Topic
from commandcenter.screen import tablet
from commandcenter.screen.layouts import Layout
from commandcenter.screen.tiles import TileStore
from commandcenter.screen.tiling import build_tiles
from commandcenter.screen.wall import wall_page
from commandcenter.settings import ROOT
from commandcenter.testing import Plugin, check_values, small_catalogue, small_data, small_tree
from tests.host.pictures import png
from tests.screen.kit_panels import VIEWER
from tests.screen.kit_server import Screen, now

HOUR = 3_600_000
COLUMNS = (
    Column("name", Text("测站", "Station"), width=2),
    Column("level", Text("水位", "Level"), form="number", align="right"),
    Column("state", Text("状态", "State"), form="tone"),
    Column("at", Text("时间", "Time"), form="clock"),
    Column("since", Text("历时", "For"), form="age", align="right"),
)


def panel(key: str, title: Text, *parts: Any, columns: int = 1) -> Panel:
    """Return a panel that renders nothing: what it shows is sent by hand."""
    return Panel(f"kit.{key}", title, parts, lambda view: {}, columns=columns, interval=60)


PANELS = {
    "figures": panel(
        "figures", Text("水位", "Water"),
        Number("open", Text("在线测站", "Stations online"), great=True, unit=Text("处", "")),
        Delta("rain", Text("今日雨量", "Rain today"), digits=1, unit=Text("mm"), better="down"),
        Delta("done", Text("已处置", "Handled"), change="percent", better="up"),
        Delta("flat", Text("值守人员", "On duty")),
        columns=2,
    ),
    "lines": panel(
        "lines", Text("走势", "Trend"),
        Sparkline("level", Text("龙湖水位", "Lake level"), digits=2, unit=Text("m"), grow=True),
        Sparkline("flow", Text("泵站流量", "Pump flow"), unit=Text("m³/h"), zero=True, grow=True),
    ),
    "gauges": panel(
        "gauges", Text("仪表", "Gauges"),
        Gauge("bridge", Text("下穿桥积水", "Underpass"), high=60.0, yellow=(15.0, 27.0),
              red=(27.0, 60.0), unit=Text("cm")),
        Gauge("lake", Text("龙湖水位", "Lake"), low=80.0, high=90.0, yellow=(86.0, 88.0),
              red=(88.0, 90.0), digits=2, unit=Text("m")),
        Gauge("pump", Text("泵站电压", "Pump voltage"), low=320.0, high=440.0, unit=Text("V"),
              yellow=(420.0, 440.0), red=(320.0, 342.0)),
    ),
    "table": panel("table", Text("测站", "Stations"), Table("rows", columns=COLUMNS, grow=True)),
    "timeline": panel(
        "timeline", Text("巡查与任务", "Rounds and tasks"),
        Timeline("rounds", before=6.0, after=10.0, grow=True),
    ),
    "layer": panel(
        "layer", Text("内涝风险", "Flooding"),
        MapLayer("risk", Text("预警网格与测站", "Cells and stations"),
                 keys=(Key("red", Text("积水", "Flooded")),
                       Key("yellow", Text("预警", "Warning")))),
        MapLayer("heat", Text("来电密度", "Calls")),
    ),
    "picture": panel("picture", Text("现场", "On site"), Picture("photo", grow=True)),
    "map": panel("map", Text("全市", "The city"), CityMap("map", grow=True)),
    "older": panel(
        "older", Text("其他", "Others"),
        Bars("bars", grow=True), Legend("legend"), Note("note"),
    ),
    "board": panel("board", Text("列表", "Board"),
                   Board("rows", columns=(COLUMNS[0], COLUMNS[2]), header=False, grow=True)),
    "chart": panel("chart", Text("24小时", "24 hours"), Flow("flow"), Chart("chart", grow=True)),
}  # fmt: skip


class Hooks:
    """The plugin's hooks."""

    @hookimpl
    def register_panels(self) -> Sequence[Panel]:
        """List the panels."""
        return list(PANELS.values())


def catalogue() -> Catalogue:
    """Return the small city's catalogue with the panels."""
    return small_catalogue(Plugin.of(Hooks(), "kit", ["panels"]))


def gallery_layout(width: int) -> str:
    """Return a layout of one face with all of them, for a canvas 1080 high, and one without map."""
    places = {
        "figures": (0, 0, 6, 4), "gauges": (0, 4, 6, 5), "lines": (0, 9, 6, 3),
        "map": (6, 0, 9, 8), "layer": (6, 8, 5, 4), "picture": (11, 8, 4, 4),
        "table": (15, 0, 9, 4), "timeline": (15, 4, 9, 4), "older": (15, 8, 3, 4),
        "chart": (18, 8, 3, 4), "board": (21, 8, 3, 4),
    }  # fmt: skip
    listed = "\n".join(
        f'  {{id = "{key}", panel = "kit.{key}", at = {list(at)}}},' for key, at in places.items()
    )
    return f"""
title = {{zh = "部件", en = "The kit"}}
canvas = [{width}, 1080]
wall = {{width_mm = {width * 2}, distance_mm = 4000}}
rotate_seconds = 0

[[faces]]
key = "kit"
title = {{zh = "部件", en = "Kit"}}
columns = 24
rows = 12
panels = [
{listed}
]

[[faces]]
key = "mapless"
title = {{zh = "无图", en = "No map"}}
columns = 2
rows = 2
panels = [{{id = "alone", panel = "kit.layer", at = [0, 0, 1, 1]}}]
"""


def tablet_page(made: Catalogue, words: Words) -> tuple[Component, dict[str, Topic]]:
    """Return a page for tablets with all of them, and the topic of each slot."""
    around = tablet.Surroundings(small_tree(), made, VIEWER, words, made.build)
    topics = {key: around.topic(f"kit.{key}", VIEWER.scope) for key in PANELS}
    tiles = [
        tablet.tile(made.panel(f"kit.{key}"), key, words.language, scope=VIEWER.scope)
        for key in PANELS
    ]
    frame = tablet.Frame("kit", "kit", topics, {})
    page = tablet.framed(around, frame, [html.Div(tiles, className="cc-tiles branch")])
    return page, topics


class Gallery(Screen):
    """Serves a wall of this width with all parts, or a tablet's page for a width of None."""

    def __init__(self, folder: Path, width: int | None, language: str = "zh") -> None:
        made = catalogue()
        words = Words.load(language, [ROOT / "commandcenter" / "locale"])
        if width is None:
            page, topics = tablet_page(made, words)
        else:
            viewer = replace(VIEWER, language=language)
            path = folder / "gallery.toml"
            path.write_text(gallery_layout(width))
            layout = Layout.load(path, made)
            page, topics = (
                wall_page(layout, viewer, made, VIEWER.scope, words),
                layout.topics(viewer, VIEWER.scope),
            )
        super().__init__(folder, (page, topics, made.build))
        tree, data = small_tree(), small_data()
        outlines = {tree.position[code]: wkb for code, wkb in data.outlines.items()}
        build_tiles(folder / "tiles", tree, outlines, lambda *_: None)
        self.tree, self.tiles = tree, TileStore(folder / "tiles")
        self.server.get("/tiles/ground.json")(self._ground)
        self.server.get("/tiles/<int:z>/<int:x>/<int:y>.pbf")(self._tile)

    def show(self, **changes: dict[str, Any]) -> None:
        """Send a value for each part, or other ones for the panels named."""
        for key, parts in (values(now()) | changes).items():
            sent = self.checked(key, parts)
            slots = ["alone"] if key == "layer" and "alone" in self.topics else []
            for slot in [key, *slots]:
                self.props(slot, **{name: orjson.loads(value) for name, value in sent.items()})

    def checked(self, key: str, parts: dict[str, Any]) -> dict[str, bytes]:
        """Return values as a worker sends them; raises PluginError for what it would not send."""
        return check_values(PANELS[key], parts, self.tree)

    def _ground(self) -> Response:
        data = self.tiles.ground(0, len(self.tree) - 1)
        return Response(data, headers={"Content-Encoding": "gzip"}, mimetype="application/json")

    def _tile(self, z: int, x: int, y: int) -> Response:
        depth = request.args.get("depth", type=int)
        data = self.tiles.tile(z, x, y, 0, len(self.tree) - 1, depth)
        return Response(data, headers={"Content-Encoding": "gzip"})


def values(now: int) -> dict[str, dict[str, Any]]:
    """Return a value for each part, by panel; `now` in milliseconds."""
    wave = [round(86.2 + math.sin(at / 7) * 0.9 + at / 80, 2) for at in range(96)]
    pump = [None if 40 < at < 52 else max(0, round(900 * math.sin(at / 15))) for at in range(96)]
    rows = [
        {"name": name, "level": level, "state": {"tone": tone, "text": text}, "key": name,
         "at": now - at * HOUR, "since": now - at * HOUR, "href": f"/cell/{at}"}
        for at, (name, level, tone, text) in enumerate([
            ("京广路下穿", 31.5, "red", "积水"), ("农业路高架下", 18, "yellow", "预警"),
            ("龙湖外环", 4.2, "good", "正常"), ("金水河二号闸", None, "quiet", "离线"),
            ("东风渠三全路", 2, "good", "正常"), ("贾鲁河大堤", 1.1, "blue", "关注"),
            ("熊耳河人民路", 0.4, "good", "正常"), ("七里河航海路", 0.2, "good", "正常"),
            ("潮河南四环", 0, "good", "正常"), ("魏河连霍", 0, "good", "正常"),
            ("索须河", 0, "good", "正常"), ("丈八沟", 0, "good", "正常"),
        ])
    ]  # fmt: skip
    items = [
        {"at": now + round(at * HOUR), "label": label, "tone": tone, "note": note}
        | ({"until": now + round(until * HOUR)} if until else {})
        for at, until, label, tone, note in [
            (-5.5, -3, "京广路抽排", "good", "已完成"), (-4, 0, "农业路巡查", "plain", "张工"),
            (-2.2, 0, "二号闸检修逾期", "red", "逾期 2 小时"), (-0.5, 0, "积水核实", "yellow", ""),
            (0.8, 0, "交接班", "plain", ""), (1, 4, "三全路封控", "yellow", "交警配合"),
            (3.5, 0, "会商", "blue", "区防办"), (6, 0, "夜间巡查", "plain", ""),
            (9.6, 0, "解除预警", "good", ""),
        ]
    ]  # fmt: skip
    heat = [
        [113.6 + math.cos(at) * at / 900, 34.72 + math.sin(at) * at / 1500, at % 5]
        for at in range(120)
    ]
    points = [
        {"lng": 113.58 + at * 0.09, "lat": 34.6 + at % 3 * 0.12, "tone": tone, "label": label,
         "value": value}
        for at, (tone, label, value) in enumerate([
            ("red", "京广路", 31), ("yellow", "农业路", 18), ("blue", "龙湖", 4),
            ("good", "三全路", 2), ("plain", "大堤", None), ("quiet", "二号闸", None),
        ])
    ]  # fmt: skip
    colours = "".join(f"1{'r' if at == 5 else 'y' if at == 9 else 'b'}" for at in range(109))
    return {
        "figures": {
            "open": {"value": 128}, "rain": {"value": 36.5, "change": 12.3, "note": "较昨日"},
            "done": {"value": 1204, "change": 0.031, "note": "较上周"},
            "flat": {"value": 46, "change": 0},
        },
        "lines": {
            "level": {"values": wave, "tone": "yellow", "note": "24 小时"},
            "flow": {"values": pump, "note": "中断 3 小时"},
        },
        "gauges": {
            "bridge": {"value": 31.5, "note": "京广路"}, "lake": {"value": 86.74},
            "pump": {"value": 451},
        },
        "table": {"rows": {"rows": rows}},
        "timeline": {"rounds": {"items": items}},
        "layer": {
            "risk": {"cells": {"990103001": "red", "990105002": "yellow", "990102001": "good"},
                     "points": points},
            "heat": {"heat": heat, "note": "近一小时热线来电"},
        },
        "picture": {
            "photo": {"src": encode_picture(png(1600, 900)), "caption": "京广路下穿北口",
                      "at": now - HOUR},
        },
        "map": {"map": {"first": 0, "colours": colours, "labels": []}},
        "older": {
            "bars": [{"label": "热线", "value": 412, "tone": "yellow"},
                     {"label": "巡查", "value": 230}],
            "legend": {"red": 3, "yellow": 21, "blue": None}, "note": "数据来自区防办",
        },
        "board": {"rows": {"rows": [{"name": row["name"], "state": row["state"]} for row in rows]}},
        "chart": {
            "flow": [{"label": "立案", "value": 31, "note": "12 分"},
                     {"label": "派遣", "value": 8}],
            "chart": {"data": [{"type": "bar", "x": ["八", "九", "十"], "y": [310, 442, None]}]},
        },
    }  # fmt: skip
