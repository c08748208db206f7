"""Where panels hang: those of the core where the layouts say, others where a face takes them in."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from commandcenter.domain.text import Text
from commandcenter.host.catalogue import PanelSpec
from commandcenter.screen.composition import is_broad
from commandcenter.screen.layouts import Face, Layout, Place, Wall
from commandcenter.testing.page import CANVAS, TABLET, Look, automatic

TILE, BROAD_TILE = (8, 6), (12, 6)
"""What a panel gets among others: a third of a wall's width, half of it for a board of many
columns, and half its height."""
SMALL = "small_"
"""How the slots begin in which a panel has this place."""
TABLET_TEXT, TOUCH = 12, 44
"""The smallest text and the smallest target on a tablet, in CSS pixels."""


@dataclass(frozen=True)
class Screen:
    """A screen to look at: its size, the least text, the least target (0: nothing is touched)."""

    name: str
    size: tuple[int, int]
    least: float
    touch: int = 0
    layout: Layout | None = None


HAND = Screen(f"a tablet of {TABLET[0]} x {TABLET[1]}", TABLET, TABLET_TEXT, TOUCH)


def screens(look: Look, layouts: Path | None) -> Iterator[Screen]:
    """Yield the screens on which a plugin's panels are shown; `layouts` for one of the core."""
    if layouts is None:
        yield _wall(_local(look))
    else:
        for layout in _hung(look, layouts):
            yield _wall(layout)
    yield HAND


def _wall(layout: Layout) -> Screen:
    width, height = layout.canvas
    return Screen(
        f"a wall of {width} x {height}", layout.canvas, layout.sizes.small, layout=layout
    )


def _local(look: Look) -> Layout:
    """Return the face that takes the panels in, and each in its place among many others."""
    alone = automatic(look)
    shown = [place.panel for place in alone.places()]
    faces = tuple(_single(at, look.catalogue.panel(key)) for at, key in enumerate(shown))
    return replace(alone, faces=alone.faces + faces)


def _single(at: int, panel: PanelSpec) -> Face:
    place = Place(f"{SMALL}{at}", panel.key, (0, 0, *(BROAD_TILE if is_broad(panel) else TILE)))
    return Face(f"face{at}", Text("面板", "Panels"), (place,))


def _hung(look: Look, folder: Path) -> Iterator[Layout]:
    """Yield layouts with the plugin's panels where they hang, each panel once."""
    left = set(look.catalogue.panels)
    for path in sorted(folder.glob("*.toml")):
        data = tomllib.loads(path.read_text("utf-8"))
        faces = tuple(_faces(data, left))
        if faces:
            left -= {place.panel for face in faces for place in face.panels}
            canvas = tuple(data["canvas"])
            yield _layout((canvas[0], canvas[1]), faces, float(data.get("text", 1)))
    if left:
        rest = (look.catalogue.panel(key) for key in sorted(left))
        yield _layout(CANVAS, tuple(_single(at, panel) for at, panel in enumerate(rest)))


def _faces(data: dict[str, Any], wanted: set[str]) -> Iterator[Face]:
    for face in data["faces"]:
        places = tuple(
            Place(found["id"], found["panel"], tuple(found["at"]), found.get("options", {}))
            for found in face.get("panels", ())
            if found["panel"] in wanted
        )
        if places:
            title = Text(**face["title"])
            yield Face(face["key"], title, places, face.get("columns", 24), face.get("rows", 12))


def _layout(canvas: tuple[int, int], faces: tuple[Face, ...], text: float = 1.0) -> Layout:
    # How far its readers stand is checked with the layout itself.
    wall = Wall(canvas[0] * 2, 1000)
    return Layout(Text("检查", "Check"), canvas, faces, wall, rotate_seconds=0, text=text, key="x")
