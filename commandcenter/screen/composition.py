"""The composition of a face that fills itself: which panels stand on it, and where."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, sqrt

from commandcenter.domain.cells import Tree
from commandcenter.host.catalogue import Catalogue, PanelSpec
from commandcenter.host.kit import Board, MapLayer, Table
from commandcenter.host.plugin import serves

Box = tuple[int, int, int, int]
"""Column, row, width and height in a face's grid."""
MOST = 12
"""More panels than this make another face; with a map in the middle, four high on either side."""
HIGH = 4
NARROWEST = 480
"""Canvas units that a tile of a face without a map is wide at least."""
BESIDE = 560
"""Canvas units that a tile beside the map is wide, about."""
ASPECT = 1.36
"""Width by height that a tile should have, about: boards and charts like to be a little wide."""
SIDE = 7 / 24
REFUSED = "refused"
"""The name of the panel that a refused plugin has in the place of its own."""
BROAD = 6
"""A board with so many columns wants the width of the canvas: it stands first, where most is."""


def local_panels(catalogue: Catalogue, tree: Tree, at: int) -> list[PanelSpec]:
    """Return the panels that plugins outside the core bring for a cell, by key."""
    core = {plugin.name for plugin in catalogue.plugins if plugin.core}
    return [
        panel
        for _, panel in sorted(catalogue.panels.items())
        if panel.plugin not in core and serves(panel.districts, tree, at)
    ]


def refused_panels(
    catalogue: Catalogue, tree: Tree, at: int, or_unknown: bool = False
) -> list[PanelSpec]:
    """Return a panel without parts for each plugin that would have brought some and was refused.

    Of a plugin whose manifest cannot be read nobody knows where it belongs: those are left out
    unless `or_unknown`.
    """
    failed = (p for p in catalogue.plugins if p.state == "failed" and not p.core)
    return [
        PanelSpec(f"{p.name}.{REFUSED}", p.title, (), "slow", 60, 1, None, p.name, p.districts)
        for p in failed
        if (serves(p.districts, tree, at) if p.districts else or_unknown)
        and (not p.provides or "panels" in p.provides)
    ]


def draws_on_map(panel: PanelSpec) -> bool:
    """Tell whether a panel has a part that is drawn on the map of its face."""
    return any(isinstance(part, MapLayer) for part in panel.parts)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a face offers: the canvas in its units, and the face's grid."""

    canvas: tuple[int, int]
    columns: int
    rows: int

    def boxes(self, count: int) -> list[Box]:
        """Return where `count` panels stand that share a face without a map, row by row."""
        width, height = self.canvas
        most = max(1, width // NARROWEST)
        wished = round(sqrt(count * ASPECT * height / width))
        lines = min(count, max(1, wished, ceil(count / most)))
        return list(_lined((0, 0, self.columns, self.rows), count, lines))

    def around_map(self, count: int) -> tuple[Box, list[Box]]:
        """Return where the map stands, and `count` panels to its left and right."""
        side = round(self.columns * (SIDE if count > 1 else 1 / 3)) if count else 0
        right = side if count > 1 else 0
        middle = (side, 0, self.columns - side - right, self.rows)
        before = ceil(count / 2)
        sides = ((0, before), (self.columns - right, count - before))
        found = [
            box
            for column, number in sides
            for box in self._side((column, 0, side, self.rows), number)
        ]
        return middle, found

    @property
    def room(self) -> int:
        """How many panels stand around a map at most."""
        return min(MOST, 2 * HIGH * self._abreast)

    @property
    def _abreast(self) -> int:
        return max(1, round(self.canvas[0] * SIDE / BESIDE))

    def _side(self, box: Box, count: int) -> Iterator[Box]:
        lines = max(min(count, HIGH // 2), ceil(count / self._abreast))
        return _lined(box, count, lines)


def chunks(panels: Sequence[PanelSpec], ground: Ground) -> list[list[PanelSpec]]:
    """Share panels among as few faces as hold them; what draws on a map stands on the first."""
    ordered = sorted(panels, key=lambda panel: not draws_on_map(panel))
    most = ground.room if any(map(draws_on_map, panels)) else MOST
    sizes = _shares(len(ordered), ceil(len(ordered) / most))
    ends = [sum(sizes[: at + 1]) for at in range(len(sizes))]
    return [
        sorted(ordered[end - size : end], key=lambda panel: (not is_broad(panel), panel.key))
        for size, end in zip(sizes, ends, strict=True)
    ]


def is_broad(panel: PanelSpec) -> bool:
    """Tell whether a panel has a board that wants the width of the canvas."""
    boards = (part for part in panel.parts if isinstance(part, (Board, Table)))
    return any(len(board.columns) >= BROAD for board in boards)


def _lined(box: Box, count: int, lines: int) -> Iterator[Box]:
    """Yield `count` boxes that fill `box` in so many lines; the first lines have the fewest."""
    column, row, width, height = box
    for line, number in enumerate(_shares(count, lines)[::-1]):
        top, bottom = _cut(height, line, lines), _cut(height, line + 1, lines)
        for at in range(number):
            left, end = _cut(width, at, number), _cut(width, at + 1, number)
            yield column + left, row + top, end - left, bottom - top


def _shares(count: int, parts: int) -> list[int]:
    """Share a number as evenly as it goes, the larger shares first."""
    return [count // parts + (at < count % parts) for at in range(parts)] if count else []


def _cut(length: int, at: int, parts: int) -> int:
    return round(length * at / parts)
