"""Cutting streets into communities, grids and micro-grids, on all cores."""

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from threading import Thread
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from . import plane
from .chance import generator
from .division import Street
from .partition import Floats, allot, split

CROWDING = 0.3
"""Cells are shared out by area to this power: a large village has more of them, but not by far."""
URBAN = 1.8
"""An urban community has this many times the cells of a village."""
WORTH_PROCESSES = 4000
"""From this many micro-grids on, starting processes takes less time than it saves."""


@dataclass(frozen=True, slots=True)
class Job:
    """One street to be cut: `outline` is WKB on the plane."""

    street: Street
    outline: bytes
    grids: int
    micros: int
    seed: int


@dataclass(frozen=True, slots=True)
class Mesh:
    """What a street was cut into, in order of code.

    `micros` are WKB in WGS 84 with the grid of each; `grids` holds the community of each grid.
    """

    street: Street
    micros: NDArray[Any]
    grid_of_micro: NDArray[np.intp]
    community_of_grid: NDArray[np.intp]


def jobs(
    streets: Sequence[Street], outlines: dict[str, Any], totals: tuple[int, int], seed: int
) -> list[Job]:
    """Share `totals` of grids and micro-grids out over all streets of the city."""
    grids, micros = totals
    weights = np.array([_weights(street).sum() for street in streets])
    # A street has at least a grid in each community and a micro-grid in each grid.
    least = np.array([len(street.communities) for street in streets])
    shares = least + allot(weights, grids - int(least.sum()))
    crowds = shares + allot(weights, micros - int(shares.sum()))
    return [
        Job(street, shapely.to_wkb(outlines[street.code]), int(share), int(crowd), seed)
        for street, share, crowd in zip(streets, shares, crowds, strict=True)
    ]


def cut_all(todo: Sequence[Job]) -> Iterator[Mesh]:
    """Cut all streets, in order, on as many cores as there are."""
    cores = len(os.sched_getaffinity(0))
    small = sum(job.micros for job in todo) < WORTH_PROCESSES
    # A daemonic process may not start others, and those could not import a plugin that was copied
    # out of the checkout.
    apart = not __name__.startswith("plugins.")
    if small or cores == 1 or apart or multiprocessing.current_process().daemon:
        yield from map(cut, todo)
        return
    # Spawned, because a fork of a process with threads may inherit a lock that nobody frees.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(cores, mp_context=context, initializer=_end_with_parent) as pool:
        yield from pool.map(cut, todo, chunksize=4)


def _end_with_parent() -> None:
    """Let this process end when the one that started it is killed: it would wait for ever."""

    def watch() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    Thread(target=watch, daemon=True).start()


def cut(job: Job) -> Mesh:
    """Cut one street."""
    rng = generator(job.seed, f"cells:{job.street.code}")
    street = np.array([shapely.from_wkb(job.outline)])
    communities, _ = split(street, np.array([len(job.street.communities)]), rng)
    crowd = _weights(job.street) * shapely.area(communities) ** CROWDING
    grids, community = split(communities, allot(crowd, job.grids), rng)
    micros, grid = split(grids, allot(shapely.area(grids) ** CROWDING, job.micros), rng)
    return Mesh(job.street, shapely.to_wkb(plane.to_degrees(micros)), grid, community)


def _weights(street: Street) -> Floats:
    return np.array([1.0 if c.is_rural else URBAN for c in street.communities])
