"""The units of the city as the simulation sees them: who would be responsible, and how they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commandcenter.api import SourceContext, Tree

from .chance import Floats, Ints, mix

AWAY, SLOW, CARELESS = 0.02, 0.08, 0.12
"""Up to these shares units are away (nobody answers for hours), slow, and careless."""
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Manners:
    """How the units of some cases are, one entry for each case."""

    away: Flags
    slow: Flags
    careless: Flags

    def chance_of(
        self, usual: float, careless: float, slow: float = 0.0, away: float = 0.0
    ) -> Floats:
        """Return how likely something is with each unit; 0 stands for the usual."""
        found = np.full(len(self.away), usual)
        for flags, given in ((self.careless, careless), (self.slow, slow), (self.away, away)):
            if given:
                found[flags] = given
        return found


@dataclass(frozen=True)
class Crews:
    """Units by duty and place.

    `above` has the position of the cell of each level (rows) that each leaf (columns) lies in,
    `depth` the level of each duty, `duty` the duty of each matter; -1 stands for none.
    """

    duties: Sequence[str]
    depth: Ints
    codes: Mapping[tuple[int, int], str]
    at_depth: Mapping[int, Sequence[int]]
    duty: Ints
    above: Ints

    @classmethod
    def of(cls, context: SourceContext, leaves: Sequence[int], matters: Sequence[str]) -> "Crews":
        """Look at the units; `matters` are the duties of the city's matters, in their order."""
        tree = context.tree
        duties = sorted({unit.duty for unit in context.units})
        index = {duty: n for n, duty in enumerate(duties)}
        depth = np.zeros(len(duties), np.int64)
        codes: dict[tuple[int, int], str] = {}
        for unit in context.units:
            at = tree.position.get(unit.cell)
            if at is not None:
                codes[index[unit.duty], at] = unit.code
                depth[index[unit.duty]] = tree.depth[at]
        by_depth: dict[int, list[int]] = {}
        for n, level in enumerate(depth.tolist()):
            by_depth.setdefault(level, []).append(n)
        duty = np.array([index.get(name, -1) for name in matters], np.int64)
        return cls(duties, depth, codes, by_depth, duty, _above(tree, leaves))

    def place(self, matter: Ints, cell: Ints) -> Ints:
        """Return the cell of the unit that is responsible for each case; the city where none is."""
        duty = self.duty[matter]
        if not len(self.duties):
            return np.zeros(len(cell), np.int64)
        found: Ints = self.above[self.depth[duty], cell]
        return np.where((duty >= 0) & (found >= 0), found, 0)

    def manners(self, seed: int, matter: Ints, cell: Ints) -> Manners:
        """Return how the responsible units are; a unit is the same for all its cases."""
        words = (self.place(matter, cell) + ((self.duty[matter] + 1) << 32)).astype(np.uint64)
        drawn = mix(mix(words) ^ np.full(len(words), seed & 0xFFFFFFFFFFFFFFFF, np.uint64))
        trait = (drawn >> np.uint64(11)).astype(np.float64) * 2.0**-53
        away, slow = trait < AWAY, (trait >= AWAY) & (trait < SLOW)
        return Manners(away, slow, (trait >= SLOW) & (trait < CARELESS))

    def sharing(self, matter: Ints, cell: Ints) -> Ints:
        """Return how many units there are on the level of the one that is responsible."""
        duty = self.duty[matter]
        if not len(self.duties):
            return np.zeros(len(cell), np.int64)
        numbers = np.array([len(self.at_depth[level]) for level in self.depth.tolist()])
        is_there = (duty >= 0) & (self.above[self.depth[duty], cell] >= 0)
        return np.where(is_there, numbers[duty], 0)

    def own(self, matter: int, cell: int) -> str | None:
        """Return the unit of a matter's duty at or above a leaf."""
        duty = int(self.duty[matter])
        return None if duty < 0 else self._code(duty, cell)

    def others(self, matter: int, cell: int, number: int, draw: float) -> list[str]:
        """Return up to `number` units of other duties on the same level, picked by a draw."""
        duty = int(self.duty[matter])
        level = int(self.depth[duty]) if duty >= 0 else 1
        return self.at(level, cell, number, draw, duty)

    def at(self, level: int, cell: int, number: int, draw: float, but: int = -1) -> list[str]:
        """Return up to `number` units of one level above a leaf, picked by a draw."""
        duties = [each for each in self.at_depth.get(level, ()) if each != but]
        first = int(draw * len(duties))
        picked = (duties[first:] + duties[:first])[:number]
        return [code for each in picked if (code := self._code(each, cell)) is not None]

    def _code(self, duty: int, cell: int) -> str | None:
        return self.codes.get((duty, int(self.above[self.depth[duty], cell])))


def _above(tree: Tree, leaves: Sequence[int]) -> Ints:
    found = np.full((tree.deepest + 1, len(leaves)), -1, np.int64)
    at = np.array(leaves, np.int64)
    while (inside := at >= 0).any():
        columns = np.flatnonzero(inside)
        found[tree.depth[at[columns]], columns] = at[columns]
        at = np.where(inside, tree.parent[at], -1)
    return found
