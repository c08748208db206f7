"""Building the city: its cells, their outlines and their units."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from commandcenter.api import Cell, CityData, CityError, Progress

from .division import District, read_division, street_outlines
from .mesh import Mesh, cut_all, jobs
from .outlines import Layer, layer, union
from .people import chief, households
from .snapping import snap
from .tiers import Tier, tiers
from .units import read_duties, units

GENERATOR = 2
"""Raised whenever the same data and seed no longer give the same bytes."""
GRIDS, MICROS = 17_091, 42_453


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds the whole city, or only some of its districts."""

    data: Path
    seed: int
    only: frozenset[str] = frozenset()

    def __call__(self, progress: Progress) -> CityData:
        """Build it; raises CityError where the data give no sound partition."""
        everything = read_division(self.data / "division.json")
        districts = [d for d in everything if not self.only or d.code in self.only]
        meshes = self._cut(everything, districts, progress)
        progress("对齐网格边界", 0, 1)
        micros = snap(shapely.from_wkb(np.concatenate([mesh.micros for mesh in meshes])))
        progress("对齐网格边界", 1, 1)
        levels = tiers(districts, meshes, self.seed)
        layers = _layers(levels, micros)
        cells = self._cells(levels, layers)
        shapes = {
            code: wkb
            for tier, shape in zip(levels, layers, strict=True)
            for code, wkb in zip(tier.codes, shape.wkb, strict=True)
        }
        return CityData(cells, shapes, units(cells, read_duties(self.data / "duties.csv")))

    def _cut(
        self, everything: Sequence[District], districts: Sequence[District], progress: Progress
    ) -> list[Mesh]:
        # Shared out over the whole city even for a part of it, so that the part comes out the same.
        streets = [street for district in everything for street in district.streets]
        outlines = street_outlines(everything, self.data, self.seed)
        wanted = {street.code for district in districts for street in district.streets}
        everywhere = jobs(streets, outlines, (GRIDS, MICROS), self.seed)
        todo = [job for job in everywhere if job.street.code in wanted]
        meshes: list[Mesh] = []
        progress("生成网格", 0, len(todo))
        for mesh in cut_all(todo):
            meshes.append(mesh)
            progress("生成网格", len(meshes), len(todo))
        return meshes

    def _cells(self, levels: Sequence[Tier], layers: Sequence[Layer]) -> tuple[Cell, ...]:
        cells = []
        families = self._families(levels)
        for depth, (tier, shape) in enumerate(zip(levels, layers, strict=True)):
            above = levels[depth - 1].codes if depth else [None]
            cells += [
                Cell(
                    code=code,
                    name=tier.names[at],
                    depth=depth,
                    parent=above[tier.parent[at]],
                    lng=shape.lng[at],
                    lat=shape.lat[at],
                    households=int(families[depth][at]),
                    kind="dedicated" if at in tier.dedicated else "",
                    chief=chief(self.seed, code),
                )
                for at, code in enumerate(tier.codes)
            ]
        return tuple(cells)

    def _families(self, levels: Sequence[Tier]) -> list[NDArray[np.int64]]:
        """Return the households of each cell, by level."""
        found = [np.array([households(self.seed, code) for code in levels[-1].codes])]
        for tier in levels[:0:-1]:
            above = np.bincount(tier.parent, weights=found[0])
            found.insert(0, np.rint(above).astype(np.int64))
        return found


def _layers(levels: Sequence[Tier], micros: NDArray[Any]) -> list[Layer]:
    """Return the outlines of all levels, dissolved from those of the micro-grids."""
    lost = np.flatnonzero(shapely.is_empty(micros))
    if len(lost):
        raise CityError(
            f"micro-grid {levels[-1].codes[lost[0]]} is too small to have an outline: "
            "ask for fewer micro-grids or take another seed"
        )
    outlines = [micros]
    for tier in levels[:0:-1]:
        outlines.insert(0, union(outlines[0], tier.parent))
    return [layer(level) for level in outlines]
