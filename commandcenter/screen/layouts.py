"""Layouts: what hangs where on a wall, read from TOML and checked before anything is drawn."""

import hashlib
import tomllib
from collections.abc import Iterator, Set
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from commandcenter.domain.cells import Tree
from commandcenter.domain.rights import Block
from commandcenter.domain.text import Text
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import LayoutError
from commandcenter.host.catalogue import Catalogue, PanelSpec
from commandcenter.live.topics import Topic
from commandcenter.screen.composition import (
    Ground,
    chunks,
    draws_on_map,
    local_panels,
    refused_panels,
)
from commandcenter.screen.theme import READABLE_ARCMIN, Sizes, arcmin, smallest_readable

STRICT = ConfigDict(extra="forbid")
Side = Annotated[int, Field(ge=320, le=32_000)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Word = Annotated[str, Field(pattern=r"^[^|,=]*$", max_length=80)]
RESERVED = frozenset({"stage", "header", "stream"})
FILLED = "auto_"
"""What the ids of panels begin with that a face took in by itself."""


@dataclass(frozen=True, config=STRICT)
class Wall:
    """The wall a layout hangs on: its width and how far its farthest reader stands."""

    width_mm: Annotated[float, Field(gt=0)]
    distance_mm: Annotated[float, Field(gt=0)]


@dataclass(frozen=True, config=STRICT)
class Place:
    """A panel in a face: `at` is column, row, width and height in the face's grid, from 0."""

    id: Name
    panel: str
    at: tuple[int, int, int, int]
    options: dict[str, Annotated[int, Field(strict=True)] | Word] = Field(default_factory=dict)

    def overlaps(self, other: "Place") -> bool:
        """Tell whether two places share a field of the grid."""
        (c, r, w, h), (c2, r2, w2, h2) = self.at, other.at
        return c < c2 + w2 and c2 < c + w and r < r2 + h2 and r2 < r + h


@dataclass(frozen=True, config=STRICT)
class Face:
    """One of the faces that take turns, with its grid and panels.

    An `auto` face takes in what plugins outside the core bring for the cell that is shown, around
    the panel `map` where one of them draws on a map; it is left out while there is nothing.
    """

    key: Name
    title: Text
    panels: tuple[Place, ...] = ()
    columns: Annotated[int, Field(ge=1, le=200)] = 24
    rows: Annotated[int, Field(ge=1, le=200)] = 12
    auto: bool = False
    map: str | None = None


@dataclass(frozen=True, config=STRICT)
class Layout:
    """What hangs on one wall; `key` is its file's name, `text` scales all sizes of text.

    `absent` are the panels it names of plugins that are not in use: their tiles say so.
    """

    title: Text
    canvas: tuple[Side, Side]
    faces: Annotated[tuple[Face, ...], Field(min_length=1)]
    wall: Wall
    fit: Literal["contain", "width", "height", "stretch", "none"] = "contain"
    scope: Literal["city", "cell"] = "city"
    rotate_seconds: Annotated[int, Field(ge=0)] = 30
    text: Annotated[float, Field(ge=0.5, le=3)] = 1.0
    key: str = ""
    digest: str = ""
    absent: frozenset[str] = frozenset()

    @classmethod
    def load(cls, path: Path, catalogue: Catalogue) -> "Layout":
        """Read and check a layout; raises LayoutError that names the file and the key."""
        layout = _read(path)
        for key, fault in _faults(layout, catalogue):
            raise LayoutError(f"{_name(path)}: {key}: {fault}")
        named = {place.panel for place in layout.places()}
        named |= {face.map for face in layout.faces if face.map}
        return replace(layout, absent=frozenset(named - catalogue.panels.keys()))

    def filled(self, catalogue: Catalogue, tree: Tree, scope: str) -> "Layout":
        """Return the layout as it hangs for a cell: faces that fill themselves have their panels.

        Plugins of the place that were refused have a tile on them that says why. A face that has
        nothing to show is left out, unless there is no other.
        """
        placed, at = {place.panel for place in self.places()}, tree.position[scope]
        has_others = any(not face.auto for face in self.faces)
        refused = refused_panels(catalogue, tree, at, or_unknown=not has_others)
        panels = [p for p in local_panels(catalogue, tree, at) if p.key not in placed] + refused
        faces = [made for face in self.faces for made in self._filled(face, panels)]
        absent = self.absent | {panel.key for panel in refused}
        return replace(self, faces=tuple(faces) or self.faces[:1], absent=absent)

    def within(self, blocks: Set[Block], catalogue: Catalogue) -> "Layout":
        """Return the layout as it hangs for who sees some blocks.

        A face that shows nothing else is left out, unless there is no other; on the others a panel
        of another block keeps its place, and says that it is not shown.
        """
        panels = catalogue.panels
        placed = {place.panel for place in self.places()}
        kept_back = {key for key in placed & panels.keys() if panels[key].block not in blocks}
        if not kept_back:
            return self
        faces = [
            face for face in self.faces
            if not face.panels or any(place.panel not in kept_back for place in face.panels)
        ]  # fmt: skip
        return replace(
            self, faces=tuple(faces) or self.faces[:1], absent=self.absent | kept_back
        )

    @property
    def sizes(self) -> Sizes:
        """The sizes of text on this canvas."""
        return Sizes.of(self.canvas[1], self.text)

    def places(self) -> Iterator[Place]:
        """Give the panels of all faces, in order."""
        for face in self.faces:
            yield from face.panels

    def topics(self, viewer: Viewer, scope: str) -> dict[str, Topic]:
        """Return the topic of each slot for a viewer and the cell code that is shown."""
        return {
            place.id: Topic.of(
                place.panel, scope, viewer.clearance, viewer.language, place.options
            )
            for place in self.places()
            if place.panel not in self.absent
        }

    def _filled(self, face: Face, panels: list[PanelSpec]) -> Iterator[Face]:
        if not face.auto:
            yield face
            return
        ground = Ground(self.canvas, face.columns, face.rows)
        for at, some in enumerate(chunks(panels, ground)):
            places = tuple(_composed(face, some, ground, at))
            yield replace(_numbered(face, at), panels=places)


def load_layouts(folder: Path, catalogue: Catalogue) -> dict[str, Layout]:
    """Return all layouts of a folder by key; raises LayoutError for the first that is wrong."""
    return {path.stem: Layout.load(path, catalogue) for path in sorted(folder.glob("*.toml"))}


def _numbered(face: Face, at: int) -> Face:
    """Return a face whose panels need more than one; the first keeps its name."""
    if not at:
        return face
    title = Text(f"{face.title.zh} {at + 1}", f"{face.title.in_language('en')} {at + 1}")
    return replace(face, key=f"{face.key}{at + 1}", title=title)


def _composed(face: Face, panels: list[PanelSpec], ground: Ground, at: int) -> Iterator[Place]:
    """Yield the panels of a face that fills itself, with the map where one draws on it."""
    ids = f"{FILLED}{face.key}{at or ''}_"
    boxes = ground.boxes(len(panels))
    if face.map and any(draws_on_map(panel) for panel in panels):
        middle, boxes = ground.around_map(len(panels))
        yield Place(f"{ids}map", face.map, middle)
    for number, (panel, box) in enumerate(zip(panels, boxes, strict=True)):
        yield Place(f"{ids}{number}", panel.key, box)


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _read(path: Path) -> Layout:
    try:
        content = path.read_bytes()
        data = tomllib.loads(content.decode())
        layout = TypeAdapter(Layout).validate_python(data)
    except OSError as error:
        raise LayoutError(f"{_name(path)}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise LayoutError(f"{_name(path)}: {_first_fault(error)}") from error
    digest = hashlib.sha256(content).hexdigest()[:12]
    return replace(layout, key=path.stem, digest=digest)


def _first_fault(error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return f"is no TOML: {error}"
    fault = error.errors(include_url=False)[0]
    key = ".".join(str(step) for step in fault["loc"])
    if fault["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        return f"{key}: is no key of a layout; remove it or mend its name"
    if fault["type"] in ("missing", "missing_argument"):
        return f"{key}: is missing"
    given = repr(fault["input"])
    return f"{key} = {given if len(given) < 60 else given[:57] + '...'}: {fault['msg']}"


def _faults(layout: Layout, catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Give what is wrong as (key, words), the first first."""
    yield from _repeated("faces", [face.key for face in layout.faces])
    for face in layout.faces:
        yield from _face_faults(face, catalogue)
        for place in face.panels:
            key = f"faces.{face.key}.panels.{place.id}"
            if place.id in RESERVED or place.id.startswith(FILLED):
                yield f"{key}.id", f"{place.id} is the page's own; choose another"
            yield from _unknown(f"{key}.panel", place.panel, catalogue)
            yield from _outside(f"{key}.at", place, face)
        for one, two in combinations(face.panels, 2):
            if one.overlaps(two):
                where = f"faces.{face.key}.panels.{two.id}.at"
                yield where, f"{list(two.at)} overlaps {one.id} at {list(one.at)}"
    yield from _repeated("panels", [place.id for place in layout.places()])
    yield from _unreadable(layout)


def _face_faults(face: Face, catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    key = f"faces.{face.key}"
    if face.auto and face.panels:
        yield f"{key}.panels", "a face with auto = true takes in its panels by itself"
    if not face.auto and not face.panels:
        yield f"{key}.panels", "is missing; name a panel, or set auto = true"
    if not face.auto and face.map:
        yield f"{key}.map", "belongs to a face with auto = true"
    if face.map:
        yield from _unknown(f"{key}.map", face.map, catalogue)


def _unknown(key: str, panel: str, catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Refuse a name that a working plugin does not have; of others the tile says why."""
    plugin, _, name = panel.partition(".")
    working = {state.name for state in catalogue.plugins if state.state == "ok"}
    if panel not in catalogue.panels and (plugin in working or not (plugin and name)):
        known = ", ".join(sorted(catalogue.panels)) or "none"
        yield key, f"no panel {panel}; there are {known}"


def _repeated(key: str, names: list[str]) -> Iterator[tuple[str, str]]:
    for at, name in enumerate(names):
        if name in names[:at]:
            yield f"{key}.{name}", "is given twice; every one needs its own name in a layout"


def _outside(key: str, place: Place, face: Face) -> Iterator[tuple[str, str]]:
    column, row, width, height = place.at
    inside = column >= 0 and row >= 0 and width > 0 and height > 0
    if not inside or column + width > face.columns or row + height > face.rows:
        yield key, f"{list(place.at)} does not lie in the grid of {face.columns} x {face.rows}"


def _unreadable(layout: Layout) -> Iterator[tuple[str, str]]:
    small = layout.sizes.small * layout.wall.width_mm / layout.canvas[0]
    needed = smallest_readable(layout.wall.distance_mm)
    if small < needed:
        angle = arcmin(small, layout.wall.distance_mm)
        yield (
            "wall",
            f"the smallest text is {small:.1f} mm, {angle:.1f} arcmin from "
            f"{layout.wall.distance_mm:.0f} mm, and has to be {READABLE_ARCMIN:.0f} arcmin "
            f"({needed:.1f} mm): set text = {layout.text * needed / small + 0.005:.2f} or more",
        )
