"""The tree of cells, in pre-order, so that everything under a cell is one range."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from commandcenter.domain.clocks import Millis
from commandcenter.domain.text import Text
from commandcenter.errors import CityError


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the tree; its depth is its place in the city's list of levels."""

    key: str
    title: Text
    coordinates: bool = True
    """Whether it coordinates with the others; micro-grids report through their grid."""


class Chief(NamedTuple):
    """Who answers for a cell; `invented` marks a made-up person of a demonstration."""

    name: str
    phone: str = ""
    invented: bool = False


class Officer(NamedTuple):
    """Who works for a cell beside its chief; `invented` marks a made-up person.

    `post` says as what, `until` when the shift ends (None: always to be reached).
    """

    name: str
    post: Text
    phone: str = ""
    until: Millis | None = None
    invented: bool = False


class Cell(NamedTuple):
    """One cell as a city describes it; `lng`, `lat` is a point inside it in WGS 84 degrees.

    A plain tuple with names: every process makes all of them when it starts.
    """

    code: str
    name: str
    depth: int
    parent: str | None
    lng: float
    lat: float
    households: int = 0
    kind: str = ""
    chief: Chief | None = None


@dataclass(frozen=True)
class Tree:
    """All cells of a city in pre-order; a cell's position is its index.

    Build it with `Tree.of`; the arrays have one entry per cell.
    """

    cells: Sequence[Cell]
    parent: NDArray[np.int32]
    """Position of the parent, -1 for the root."""
    last: NDArray[np.int32]
    """Position of the last descendant: the subtree of p is p..last[p]."""
    depth: NDArray[np.int8]
    position: dict[str, int] = field(repr=False)

    @classmethod
    def of(cls, cells: Iterable[Cell]) -> "Tree":
        """Order `cells` (any order, one root) and check that they form one tree.

        Raises CityError for a missing parent, a second root, a wrong depth or a repeated code.
        """
        ordered = list(_preorder(list(cells)))
        parent, position = _parents(ordered)
        last = np.arange(len(ordered), dtype=np.int32)
        for at in range(len(ordered) - 1, 0, -1):
            up = parent[at]
            last[up] = max(last[up], last[at])
        return cls._made(ordered, parent, last, position)

    @classmethod
    def ordered(cls, cells: Sequence[Cell], last: Sequence[int]) -> "Tree":
        """Take over cells that are known to be a tree in pre-order, with their last descendants."""
        parent, position = _parents(cells)
        return cls._made(cells, parent, np.array(last, np.int32), position)

    @classmethod
    def _made(
        cls,
        cells: Sequence[Cell],
        parent: NDArray[np.int32],
        last: NDArray[np.int32],
        position: dict[str, int],
    ) -> "Tree":
        depth = np.array([cell.depth for cell in cells], np.int8)
        return cls(cells, parent, last, depth, position)

    def __len__(self) -> int:
        return len(self.cells)

    def __getitem__(self, code: str) -> Cell:
        return self.cells[self.position[code]]

    def __contains__(self, code: object) -> bool:
        return code in self.position

    def range_of(self, code: str) -> tuple[int, int]:
        """Return the first and last position of the subtree of `code`."""
        at = self.position[code]
        return at, int(self.last[at])

    def children(self, at: int) -> list[int]:
        """Return the positions of the children of the cell at `at`, in order."""
        found, child = [], at + 1
        while child <= self.last[at]:
            found.append(child)
            child = int(self.last[child]) + 1
        return found

    def ancestors(self, at: int) -> list[int]:
        """Return the positions from the root down to `at` itself."""
        line, above = [], self._above
        while at >= 0:
            line.append(at)
            at = above[at]
        return line[::-1]

    def common(self, first: int, last: int) -> int:
        """Return the lowest cell that holds the positions `first` to `last`."""
        at = first
        while self.last[at] < last:
            at = int(self.parent[at])
        return at

    @cached_property
    def _above(self) -> list[int]:
        """The parents as plain numbers, which are read one by one in a fifth of the time."""
        above: list[int] = self.parent.tolist()
        return above

    @cached_property
    def deepest(self) -> int:
        """The depth of the lowest level that has cells."""
        return int(self.depth.max())

    @cached_property
    def households(self) -> NDArray[np.int32]:
        """The households of each cell."""
        return np.array([cell.households for cell in self.cells], np.int32)

    def at_depth(self, depth: int) -> NDArray[np.intp]:
        """Return the positions of all cells of one level."""
        return np.flatnonzero(self.depth == depth)


def _parents(cells: Sequence[Cell]) -> tuple[NDArray[np.int32], dict[str, int]]:
    position = {cell.code: at for at, cell in enumerate(cells)}
    parents = [-1 if cell.parent is None else position[cell.parent] for cell in cells]
    return np.array(parents, np.int32), position


def _preorder(cells: list[Cell]) -> Iterator[Cell]:
    by_parent: dict[str | None, list[Cell]] = {}
    for cell in cells:
        by_parent.setdefault(cell.parent, []).append(cell)
    roots = by_parent.get(None, [])
    if len(roots) != 1:
        names = ", ".join(c.code for c in roots) or "none"
        raise CityError(f"a city has one root cell, found {names}: give every other cell a parent")
    if roots[0].depth != 0:
        raise CityError(
            f"root cell {roots[0].code} has depth {roots[0].depth}: the city itself is level 0"
        )
    seen: set[str] = set()
    stack = [roots[0]]
    while stack:
        cell = stack.pop()
        if cell.code in seen:
            raise CityError(f"cell {cell.code} is given twice: codes must be unique")
        seen.add(cell.code)
        yield cell
        children = sorted(by_parent.get(cell.code, []), key=lambda c: c.code, reverse=True)
        for child in children:
            if child.depth != cell.depth + 1:
                raise CityError(
                    f"cell {child.code} has depth {child.depth} under {cell.code} "
                    f"of depth {cell.depth}: a child is one level below its parent"
                )
        stack.extend(children)
    if len(seen) < len(cells):
        lost = next(c for c in cells if c.code not in seen)
        raise CityError(f"cell {lost.code} names parent {lost.parent}, which does not exist")
