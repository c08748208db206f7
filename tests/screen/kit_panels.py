"""A plugin with one panel of each kind of part, and a layout that shows them on two faces."""

from collections.abc import Sequence
from pathlib import Path

from commandcenter.api import (
    Bars,
    Board,
    Chart,
    Column,
    Flow,
    Legend,
    Note,
    Number,
    Panel,
    Text,
    hookimpl,
)
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.host.catalogue import Catalogue
from commandcenter.testing import Plugin, small_catalogue, small_tree

VIEWER = Viewer("wall", "100000", 0, len(small_tree()) - 1, Clearance.PUBLIC, kind="wall")
COLUMNS = (
    Column("at", Text("时间", "Time"), form="clock"),
    Column("state", Text("状态", "State"), form="tone"),
    Column("rate", Text("比率", "Rate"), form="percent", align="right"),
    Column("since", Text("历时", "For"), form="age", align="right"),
)
PULSE = Panel(
    "sample.pulse",
    Text("今日运行", "Today"),
    (
        Number("reported", Text("上报", "Reported"), great=True),
        Number("share", Text("占比", "Share"), digits=1, unit=Text("%")),
        Bars("bars", span=2, grow=True),
        Legend("legend", span=2),
        Note("note", span=2),
    ),
    lambda view: {},
    columns=2,
    interval=2,
)
LISTS = Panel(
    "sample.lists",
    Text("列表"),
    (Board("board", columns=COLUMNS, grow=True), Flow("flow"), Chart("chart", grow=True)),
    lambda view: {},
    interval=60,
)

LAYOUT = """
title = {zh = "城市墙", en = "City wall"}
canvas = [1920, 1080]
wall = {width_mm = 4000, distance_mm = 4000}
rotate_seconds = 60

[[faces]]
key = "watch"
title = {zh = "观", en = "Watch"}
columns = 12
rows = 6
panels = [
  {id = "pulse", panel = "sample.pulse", at = [0, 0, 6, 6]},
  {id = "lists", panel = "sample.lists", at = [6, 0, 6, 6], options = {depth = 2, order = "late"}},
]

[[faces]]
key = "manage"
title = {zh = "管", en = "Manage"}
columns = 12
rows = 6
panels = [{id = "again", panel = "sample.pulse", at = [0, 0, 12, 6]}]
"""


class Hooks:
    """The plugin's hooks."""

    @hookimpl
    def register_panels(self) -> Sequence[Panel]:
        """List the two panels."""
        return [PULSE, LISTS]


def catalogue() -> Catalogue:
    """Return the small city's catalogue with the two panels."""
    return small_catalogue(Plugin.of(Hooks(), "sample", ["panels"]))


def write_layout(folder: Path, *changes: tuple[str, str]) -> Path:
    """Write the layout with `changes` (old text, new text) into a folder and return its path."""
    text = LAYOUT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "layouts" / "city.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path
