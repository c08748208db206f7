"""Points that find their micro-grids, beside a tree of rectangles that is asked point by point.

Run it as `python -m bench places`; the city is built when the cache does not hold it.
"""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import shapely

from bench.tables import print_table
from commandcenter.ingest.locator import Locator
from commandcenter.live.exchange import MemoryBus
from commandcenter.settings import read_settings
from commandcenter.store import cities
from commandcenter.worker import create_worker


def run(arguments: Sequence[str]) -> dict[str, Any]:
    """Measure; print a table, return all numbers."""
    parser = argparse.ArgumentParser(prog="python -m bench places", description=__doc__)
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        worker = create_worker(read_settings(data=Path(folder)), lambda _: MemoryBus())
        with worker.store.read() as connection:
            outlines = cities.load_outlines(connection)
    tree = worker.tree
    locator = Locator.of_stored(tree, outlines)
    deepest = [int(at) for at in tree.at_depth(int(tree.depth.max()))]
    shapes = [shapely.from_wkb(outlines[at]) for at in deepest]
    west, south, east, north = shapely.from_wkb(outlines[0]).bounds
    points = np.random.default_rng(1).uniform((west, south), (east, north), (asked.points, 2))
    few = points[: asked.points // 100]
    rows = [
        ("all at once", len(points), _seconds(lambda: locator.locate_many(points), asked.rounds)),
        ("one by one", len(few), _seconds(lambda: _one_by_one(shapes, few), asked.rounds)),
    ]
    print_table(
        ("how", "points", "seconds", "µs a point"),
        [(how, number, s, 1e6 * s / number) for how, number, s in rows],
    )
    return {
        "cells": len(deepest),
        "rows": [{"how": how, "points": number, "seconds": s} for how, number, s in rows],
    }


def _one_by_one(shapes: Sequence[Any], points: np.ndarray[Any, Any]) -> None:
    tree = shapely.STRtree(shapes)
    for lng, lat in points:
        tree.query(shapely.Point(lng, lat), predicate="intersects")


def _seconds(work: Callable[[], object], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        began = perf_counter()
        work()
        taken.append(perf_counter() - began)
    return round(median(taken), 4)
