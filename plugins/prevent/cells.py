"""Which cells are counted: those of the lowest level that coordinates (网格)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commandcenter.api import Colour, Level, View

Mask = NDArray[np.bool_]
UNKNOWN: dict[str, int | None] = {"red": None, "yellow": None, "blue": None}


def lowest_level(view: View) -> tuple[int, Level]:
    """Return depth and level; a scope that lies deeper is counted itself."""
    lowest = max(d for d, level in enumerate(view.levels) if level.coordinates)
    depth = max(lowest, view.scope.depth)
    return depth, view.levels[depth]


def of_lowest(view: View) -> Mask:
    """Tell for each cell of the scope whether it is of that level."""
    mask: Mask = view.tree.depth[view.first : view.last + 1] == lowest_level(view)[0]
    return mask


def count_colours(colours: NDArray[np.integer[Any]]) -> dict[str, int | None]:
    """Count red, yellow and blue; not known while nothing has been graded."""
    if not colours.any():
        return UNKNOWN
    return {
        "red": int((colours >= Colour.ORANGE).sum()),
        "yellow": int((colours == Colour.YELLOW).sum()),
        "blue": int((colours == Colour.BLUE).sum()),
    }


def reds_in(
    view: View, colours: NDArray[np.int8], lowest: Mask, cells: Sequence[int]
) -> list[int | None]:
    """Return how many red cells of the lowest level lie in each of `cells` (positions)."""
    if not colours.any():
        return [None] * len(cells)
    reds = np.concatenate(([0], np.cumsum(lowest & (colours >= Colour.ORANGE))))
    at = np.asarray(cells, np.intp)
    inside: list[int | None] = (
        reds[view.tree.last[at] + 1 - view.first] - reds[at - view.first]
    ).tolist()
    return inside
