"""Finding the cell of a point."""

from collections.abc import Mapping

import numpy as np
import shapely
from numpy.typing import NDArray

from commandcenter.domain.cells import Tree

OUTSIDE = -1
"""What `locate_many` answers for a point in no cell."""


class Locator:
    """Finds the deepest cell of points in WGS 84.

    Points are looked for in the cells that have no cells under them, however deep these are; those
    without an outline hold no points. `outlines` are WKB by code. Threads may share one.
    """

    def __init__(self, tree: Tree, outlines: Mapping[str, bytes]) -> None:
        leaves = np.flatnonzero(tree.last == np.arange(len(tree))).tolist()
        located = [at for at in leaves if tree.cells[at].code in outlines]
        self._positions = np.array(located, np.int32)
        wkb = np.array([outlines[tree.cells[at].code] for at in located], object)
        self._shapes = shapely.STRtree(np.asarray(shapely.from_wkb(wkb)))
        # The first query builds the tree, which two threads must not do at the same time.
        self._shapes.query(shapely.Point(0, 0))

    @classmethod
    def of_stored(cls, tree: Tree, outlines: Mapping[int, bytes]) -> "Locator":
        """Make a locator of outlines by position, as the store keeps them."""
        return cls(tree, {tree.cells[at].code: wkb for at, wkb in outlines.items()})

    def locate(self, lng: float, lat: float) -> int | None:
        """Return the position of the cell of one point, None outside the city."""
        position = int(self.locate_many(np.array([[lng, lat]]))[0])
        return None if position == OUTSIDE else position

    def locate_many(self, points: NDArray[np.float64]) -> NDArray[np.int32]:
        """Return the positions of the cells of points (n x 2, lng and lat), -1 outside the city.

        A point on a border belongs to the first of the cells that meet there.
        """
        found = np.full(len(points), len(self._positions), np.intp)
        asked = np.flatnonzero(np.isfinite(points).all(axis=1))
        shapes = np.asarray(shapely.points(points[asked]))
        point, leaf = self._shapes.query(shapes, predicate="intersects")
        np.minimum.at(found, asked[point], leaf)
        return np.append(self._positions, np.int32(OUTSIDE))[found]
