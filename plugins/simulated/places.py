"""Points inside cells, by trying points of the bounding box until one lies in the outline."""

from collections.abc import Sequence

import numpy as np
import shapely

from commandcenter.api import Cell, SourceContext

from .chance import Chance, Floats, Ints

TRIES = 8
MANY = 100
"""So many cells at once are read together with all others."""


class Places:
    """Draws points; outlines are read when the first case falls into their cell, or all at once."""

    def __init__(self, cells: Sequence[Cell], context: SourceContext) -> None:
        self._cells = cells
        self._context = context
        self._areas = np.full(len(cells), None, object)
        self._bounds = np.full((len(cells), 4), np.nan)
        self._known = np.zeros(len(cells), bool)

    def draw(self, chance: Chance, which: int, cell: Ints) -> Floats:
        """Return a row (lng, lat) for each case; a cell without an outline gives its own point.

        `which` is the first of the draws that are used.
        """
        self._read(np.unique(cell[~self._known[cell]]))
        found = np.array([(self._cells[at].lng, self._cells[at].lat) for at in cell.tolist()])
        left = np.flatnonzero(~np.isnan(self._bounds[cell, 0]))
        for attempt in range(TRIES):
            if not len(left):
                break
            some = Chance(chance.root[left])
            low, high = self._bounds[cell[left], :2], self._bounds[cell[left], 2:]
            draws = [some.draw(which + 2 * attempt + axis) for axis in (0, 1)]
            points = low + np.column_stack(draws) * (high - low)
            inside = shapely.contains_xy(self._areas[cell[left]], points[:, 0], points[:, 1])
            found[left[inside]] = points[inside]
            left = left[~inside]
        return found

    def _read(self, cells: Ints) -> None:
        outlines: list[bytes | None]
        if len(cells) > MANY:
            cells, known = np.arange(len(self._cells)), self._context.outlines()
            outlines = [known.get(cell.code) for cell in self._cells]
        else:
            outlines = [self._context.outline(self._cells[at].code) for at in cells.tolist()]
        areas = shapely.from_wkb(np.array(outlines, object))
        self._areas[cells] = areas
        self._bounds[cells] = shapely.bounds(areas).reshape(-1, 4)
        self._known[cells] = True
