"""Every part of the kit with something in it, on a wall and on a tablet's page."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
from dash import html
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
    hookimpl,
)
from commandcenter.host.catalogue import Catalogue
from commandcenter.host.words import Words
from commandcenter.screen import tablet
from commandcenter.screen.layouts import Layout
from commandcenter.screen.tiles import TileStore
from commandcenter.screen.tiling import build_tiles
from commandcenter.screen.wall import wall_page
from commandcenter.settings import ROOT
from commandcenter.testing import Plugin, check_values, small_catalogue, small_data, small_tree
from tests.screen.kit_panels import VIEWER
from tests.screen.kit_server import Screen, Served, now
from tests.screen.kit_values import values

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
                   Board("rows", columns=COLUMNS[:1], header=False, grow=True)),
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


def tablet_page(made: Catalogue, words: Words, keys: Sequence[str]) -> Served:
    """Return a page for tablets with the panels of these keys."""
    around = tablet.Surroundings(small_tree(), made, VIEWER, words, made.build)
    topics = {key: around.topic(f"kit.{key}", VIEWER.scope) for key in keys}
    tiles = [
        tablet.tile(made.panel(f"kit.{key}"), key, words.language, scope=VIEWER.scope)
        for key in keys
    ]
    frame = tablet.Frame("kit", "kit", topics, {})
    page = tablet.framed(around, frame, [html.Div(tiles, className="cc-tiles branch")])
    return page, topics, made.build


def wall(made: Catalogue, words: Words, path: Path, width: int) -> Served:
    """Return a wall with all panels; `path` is where its layout is written."""
    viewer = replace(VIEWER, language=words.language)
    path.write_text(gallery_layout(width))
    layout = Layout.load(path, made)
    page = wall_page(layout, viewer, made, VIEWER.scope, words)
    return page, layout.topics(viewer, VIEWER.scope), made.build


class Gallery(Screen):
    """Serves a wall of this width with all panels, or a tablet's page with those of `keys`."""

    def __init__(
        self,
        folder: Path,
        width: int | None = None,
        language: str = "zh",
        keys: Sequence[str] = tuple(PANELS),
    ) -> None:
        made = catalogue()
        words = Words.load(language, [ROOT / "commandcenter" / "locale"])
        served = (
            wall(made, words, folder / "gallery.toml", width)
            if width
            else tablet_page(made, words, keys)
        )
        super().__init__(folder, served)
        self.tree = small_tree()
        if "map" in self.topics:
            self._add_tiles(folder / "tiles")

    def _add_tiles(self, path: Path) -> None:
        outlines = {self.tree.position[code]: wkb for code, wkb in small_data().outlines.items()}
        build_tiles(path, self.tree, outlines, lambda *_: None)
        self.tiles = TileStore(path)
        self.server.get("/tiles/ground.json")(self._ground)
        self.server.get("/tiles/<int:z>/<int:x>/<int:y>.pbf")(self._tile)

    def show(self, **changes: dict[str, Any]) -> None:
        """Send a value for each part, or other ones for the panels named."""
        for key, parts in (values(now()) | changes).items():
            sent = self.checked(key, parts)
            slots = [key, "alone"] if key == "layer" else [key]
            for slot in set(slots) & set(self.topics):
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
