"""The levels of the city: codes and names of their cells, and which cell lies in which."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .chance import number
from .division import CITY, CITY_NAME, Community, District, Street
from .mesh import Mesh

ONE_IN_DEDICATED = 25
"""One grid in so many is dedicated (专属网格) to one of `PLACES`."""
PLACES = ("商场", "市场", "学校", "企业", "医院")


@dataclass(frozen=True, slots=True)
class Tier:
    """The cells of one level, in order of code.

    `parent` holds for each the index of its parent in the tier above and does not decrease.
    """

    codes: list[str]
    names: list[str]
    parent: NDArray[np.intp]
    dedicated: frozenset[int] = frozenset()


def tiers(districts: Sequence[District], meshes: Sequence[Mesh], seed: int) -> list[Tier]:
    """Return the six levels from the city down; `meshes` are those of all streets, in order."""
    streets = [street for district in districts for street in district.streets]
    communities = [community for street in streets for community in street.communities]
    named = [
        Tier([CITY], [CITY_NAME], np.zeros(1, np.intp)),
        _named(districts, [len(districts)]),
        _named(streets, [len(d.streets) for d in districts]),
        _named(communities, [len(s.communities) for s in streets]),
    ]
    grids = _dedicated(_numbered(named[-1], _joined([m.community_of_grid for m in meshes])), seed)
    micros = _numbered(grids, _joined([m.grid_of_micro for m in meshes]), "微网格")
    return [*named, grids, micros]


def _named(cells: Sequence[District | Street | Community], counts: Sequence[int]) -> Tier:
    parent = np.repeat(np.arange(len(counts)), counts)
    return Tier([c.code for c in cells], [c.name for c in cells], parent)


def _joined(parents: Sequence[NDArray[np.intp]]) -> NDArray[np.intp]:
    """Turn indices within each street into indices within the city."""
    sizes = [int(parent[-1]) + 1 for parent in parents]
    starts = np.cumsum([0, *sizes[:-1]])
    return np.concatenate([p + start for p, start in zip(parents, starts, strict=True)])


def _numbered(above: Tier, parent: NDArray[np.intp], noun: str = "网格") -> Tier:
    counts = np.bincount(parent)
    nth = np.arange(len(parent)) - (np.cumsum(counts) - counts)[parent] + 1
    codes = [f"{above.codes[up]}{n:03d}" for up, n in zip(parent, nth, strict=True)]
    return Tier(codes, [f"第{n}{noun}" for n in nth], parent)


def _dedicated(grids: Tier, seed: int) -> Tier:
    names, chosen = list(grids.names), []
    for at, code in enumerate(grids.codes):
        dice, miss = divmod(number(seed, f"dedicated:{code}"), ONE_IN_DEDICATED)
        if not miss:
            chosen.append(at)
            names[at] += f"（{PLACES[dice % len(PLACES)]}）"
    return Tier(grids.codes, names, grids.parent, frozenset(chosen))
