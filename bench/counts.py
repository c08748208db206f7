"""All counts of a cell: in the worker and through the API, beside a GROUP BY over its cases.

The worker's and the API's answers hold every stock and flow of the cell, some eighty numbers; the
GROUP BY counts no more than how its cases stand now. API calls come one after the other and slowly
enough for the rate that a caller is held to.
"""

import argparse
import asyncio
import random
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import orjson
import uvloop
from sqlalchemy import func, select

from bench.city import Demonstration, demonstration
from bench.http import Connection
from bench.reports import Reports
from bench.tables import print_table
from commandcenter.domain.cells import Tree
from commandcenter.live import checkpoint
from commandcenter.live.exchange import MemoryBus
from commandcenter.live.rollup import Rollup
from commandcenter.settings import read_settings
from commandcenter.store.store import Store
from commandcenter.store.tables import cases
from commandcenter.worker import create_worker

PAUSE_SECONDS = 0.015


def run(arguments: Sequence[str]) -> dict[str, Any]:
    """Measure for the city, for districts and for random cells; print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench counts", description=__doc__)
    parser.add_argument("--history", type=int, default=200_000)
    parser.add_argument("--cells", type=int, default=500, help="how many random cells")
    parser.add_argument("--slow", type=int, default=60, help="how many of each kind to GROUP BY")
    parser.add_argument("--data", type=Path, help="a demonstration's folder; default: a new one")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="bench-") as made:
        folder = asked.data or Path(made)
        with demonstration("--history", str(asked.history), "--rate", "1", folder=folder) as city:
            store = Store(f"sqlite:///{folder / 'commandcenter.db'}")
            rollup, number = _rollup(folder)
            samples = _samples(rollup.tree, asked.cells)
            rows = [
                {"cells": kind, "how": how, **_percentiles(times)}
                for kind, sample in samples.items()
                for how, times in (
                    ("in the worker", _in_worker(rollup, sample)),
                    ("through the API", uvloop.run(_through_api(city, rollup.tree, sample))),
                    ("GROUP BY", _grouped(store, rollup.tree, sample[: asked.slow])),
                )
            ]
            store.close()
    print_table(
        ("cells", "how", "p50 ms", "p95 ms"),
        [(row["cells"], row["how"], row["p50_ms"], row["p95_ms"]) for row in rows],
    )
    return {"cases": number, "counts_of_a_cell": len(rollup.counts_of(0)), "rows": rows}


def _rollup(folder: Path) -> tuple[Rollup, int]:
    """Return counts as the worker has them, over the same store, and the number of cases."""
    settings = read_settings(data=folder, city="zhengzhou")
    worker = create_worker(settings, lambda _: MemoryBus())
    rollup = worker.rollup()
    checkpoint.start(rollup, worker.now())
    return rollup, int(rollup.stock.of("total")[0])


def _samples(tree: Tree, cells: int) -> dict[str, list[int]]:
    """Return positions by what they are; the city and its districts are asked many times."""
    chance = random.Random(5)
    districts = list(tree.children(0))
    return {
        "city": [0] * 100,
        "district": [chance.choice(districts) for _ in range(100)],
        "random cell": [chance.randrange(len(tree)) for _ in range(cells)],
    }


def _in_worker(rollup: Rollup, sample: Sequence[int]) -> list[float]:
    """Time what the worker does for a question: reading the arrays and writing JSON."""
    return _timed(lambda at: orjson.dumps(rollup.counts_of(at)), sample)


def _grouped(store: Store, tree: Tree, sample: Sequence[int]) -> list[float]:
    def count(at: int) -> None:
        keys = (cases.c.state, cases.c.depth, cases.c.supervised)
        inside = cases.c.cell.between(at, int(tree.last[at]))
        with store.read() as connection:
            connection.execute(
                select(*keys, func.count()).where(inside).group_by(*keys)
            ).fetchall()

    return _timed(count, sample)


def _timed(ask: Callable[[int], object], sample: Sequence[int]) -> list[float]:
    ask(sample[0])
    times = []
    for at in sample:
        began = perf_counter()
        ask(at)
        times.append(perf_counter() - began)
    return times


async def _through_api(city: Demonstration, tree: Tree, sample: Sequence[int]) -> list[float]:
    reports, connection = Reports(city.source_key), Connection(*city.address)
    times = []
    for at in [sample[0], *sample]:
        path = f"cells/{tree.cells[at].code}/counts"
        began = perf_counter()
        await reports.ask(connection, path)
        times.append(perf_counter() - began)
        await asyncio.sleep(PAUSE_SECONDS)
    connection.close()
    return times[1:]


def _percentiles(seconds: Sequence[float]) -> dict[str, float]:
    p50, p95 = np.percentile(np.array(seconds) * 1000, [50, 95])
    return {"p50_ms": round(float(p50), 4), "p95_ms": round(float(p95), 4)}
