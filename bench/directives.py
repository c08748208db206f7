"""Acknowledgements of a directive to all micro-grids a second, and from there to the counts.

A directive is issued to every cell of the city's lowest level, then cells say in random order that
they have received it, are acting and are done, in lists as a platform of grid workers hands them
in. A follower counts them as the live worker does. Rows go as fast as they can, but for those with
a pace, whose lists are due at even intervals: their times run from when a list was due, so that a
list which waits for one before it is not told as a quick one, and what is behind is caught up.

The peer is one transaction for each acknowledgement: the row is updated and the act is inserted,
nothing is checked. Both run on the same database, one after the other.
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from itertools import islice
from pathlib import Path
from threading import Event, Thread
from time import perf_counter, process_time, sleep
from typing import Any

import numpy as np
from sqlalchemy import insert, update

from bench.postgres import postgres_url
from bench.tables import print_table
from commandcenter.cases import directives
from commandcenter.domain.directives import Acknowledgement, Act, Order, cells_of
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.live.exchange import MemoryBus
from commandcenter.live.rollup import Rollup
from commandcenter.settings import read_settings
from commandcenter.store.acts import last_seq
from commandcenter.store.coordination_tables import acts, directive_cells
from commandcenter.store.store import Store
from commandcenter.worker import Worker, create_worker

LISTS = (100, 1000, 5000)
PACED_LISTS = (250, 1000)
PACE = 5000
"""Acknowledgements a second that are to be kept up with."""
SAID = (Act.RECEIVE, Act.ACT, Act.DONE)
PATIENCE_SECONDS = 60.0


def run(arguments: Sequence[str]) -> dict[str, Any]:
    """Measure on each database; print a table, return all numbers."""
    parser = argparse.ArgumentParser(prog="python -m bench directives", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each measurement")
    parser.add_argument("--database", help="the URL of an empty PostgreSQL database")
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    asked = parser.parse_args(arguments)
    rows: list[dict[str, Any]] = []
    for kind in ("sqlite", "postgresql"):
        if asked.only in (None, kind):
            rows += _measure(kind, asked)
    print_table(
        ("database", "how", "acknowledgements/s", "to the count p50 ms", "p95 ms", "CPU µs each"),
        [(row["database"], row["how"], row["per_second"],
          *(row.get(name, "—") for name in ("p50_ms", "p95_ms", "cpu_us"))) for row in rows],
    )  # fmt: skip
    return {"seconds": asked.seconds, "rows": rows}


def _measure(kind: str, asked: argparse.Namespace) -> list[dict[str, Any]]:
    where = nullcontext("")
    if kind == "postgresql":
        where = nullcontext(asked.database) if asked.database else postgres_url()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, where as url:
        settings = read_settings(data=Path(folder), database_url=url, city="zhengzhou")
        worker = create_worker(settings, lambda _: MemoryBus())
        scene = Scene(worker)
        rows = [scene.issue_all()]
        with scene.counting():
            rows += [scene.acknowledge(size, asked.seconds) for size in LISTS]
            rows += [scene.keep_up(size, asked.seconds) for size in PACED_LISTS]
        rows.append(scene.peer(asked.seconds))
        worker.close()
    return [{"database": kind, **row} for row in rows]


class Scene:
    """A city, one who orders and answers, and counts that follow."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.grown = Event()
        self.store = Store(worker.settings.database, self.grown.set)
        tree = worker.tree
        self.viewer = Viewer(
            "bench", tree.cells[0].code, 0, len(tree) - 1, Clearance.STAFF, role=Role.SOURCE
        )
        self.rollup = Rollup(worker.rollup().frame, self.store)
        self.counted: dict[int, float] = {}
        self.chance = np.random.default_rng(1)
        self.cells = cells_of(tree, 0, tree.deepest)

    def issue(self) -> int:
        """Order all cells of the lowest level."""
        order = Order(0, self.worker.tree.deepest, "入户排查")
        with self.store.write() as connection:
            ground = self.worker.desk().ground
            return directives.issue(connection, self.viewer, ground, order, self.worker.now())

    def issue_all(self) -> dict[str, Any]:
        """Measure the issue to all cells."""
        times = []
        for _ in range(3):
            began = perf_counter()
            number = self.issue()
            times.append(perf_counter() - began)
            with self.store.write() as connection:
                given = directives.Recall(number)
                ground = self.worker.desk().ground
                directives.recall(connection, self.viewer, ground, given, self.worker.now())
        seconds = float(np.median(times))
        return {"how": f"issue to {len(self.cells):,} cells, {seconds * 1000:.0f} ms",
                "cells": len(self.cells), "seconds": round(seconds, 3),
                "per_second": round(len(self.cells) / seconds)}  # fmt: skip

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Follow the log in a thread, as the live worker does, until the block ends."""
        self.rollup.rebuild(self.worker.now())
        stopping = Event()

        def follow() -> None:
            while not stopping.is_set():
                self.grown.wait(1.0)
                self.grown.clear()
                with self.store.read() as connection:
                    self.rollup.catch_up(connection)
                self.counted[self.rollup.coordination.seq] = perf_counter()

        thread = Thread(target=follow)
        thread.start()
        try:
            yield
        finally:
            stopping.set()
            self.grown.set()
            thread.join()

    def acknowledge(self, size: int, seconds: float) -> dict[str, Any]:
        """Measure lists of one size, one after the other; times run from each commit."""
        ends: list[tuple[int, float]] = []
        spent, done, cpu = 0.0, 0, 0.0
        for number, said in self._said(size):
            began, busy = perf_counter(), process_time()
            done += self._take(number, said)
            ended = perf_counter()
            spent, cpu = spent + ended - began, cpu + process_time() - busy
            ends.append((self._last(), ended))
            if spent > seconds:
                break
        return {"how": f"lists of {size:,}", "per_second": round(done / spent, 1),
                "cpu_us": round(cpu / done * 1e6, 1), **self._waits(ends)}  # fmt: skip

    def keep_up(self, size: int, seconds: float) -> dict[str, Any]:
        """Measure lists that are due at even intervals, PACE acknowledgements a second.

        Times run from when a list was due; `behind_ms` is how late the last ones were committed.
        """
        lists = list(islice(self._said(size), round(seconds * PACE / size)))
        ends: list[tuple[int, float]] = []
        late, done, began, busy = [], 0, perf_counter(), process_time()
        for order, (number, said) in enumerate(lists):
            due = began + order * size / PACE
            sleep(max(0.0, due - perf_counter()))
            done += self._take(number, said)
            late.append(perf_counter() - due)
            ends.append((self._last(), due))
        # As long as the lists are due, or as they took where they were not kept up with.
        spent = max(perf_counter() - began, len(lists) * size / PACE)
        cpu = process_time() - busy
        return {"how": f"lists of {size:,}, {PACE:,} a second", "pace": PACE,
                "per_second": round(done / spent, 1), "cpu_us": round(cpu / done * 1e6, 1),
                "committed_p95_ms": round(float(np.percentile(late, 95)) * 1000, 1),
                "behind_ms": round(max(late[-max(1, len(late) // 10) :]) * 1000, 1),
                **self._waits(ends)}  # fmt: skip

    def _take(self, number: int, said: list[Acknowledgement]) -> int:
        with self.store.write() as connection:
            now = self.worker.now()
            return directives.acknowledge(connection, self.viewer, number, said, now).changed

    def _last(self) -> int:
        with self.store.read() as connection:
            return last_seq(connection)

    def _waits(self, ends: Sequence[tuple[int, float]]) -> dict[str, Any]:
        """Return how long it took from some instants until the acts up to a number were counted."""
        self._settle(ends[-1][0])
        waits = [self._counted(seq) - at for seq, at in ends]
        p50, p95 = np.percentile(np.array(waits) * 1000, [50, 95])
        return {"p50_ms": round(float(p50), 1), "p95_ms": round(float(p95), 1)}

    def peer(self, seconds: float) -> dict[str, Any]:
        """Measure one transaction for each acknowledgement, with nothing checked."""
        number, done, began = self.issue(), 0, perf_counter()
        for cell in self.chance.permutation(self.cells).tolist():
            with self.store.write() as connection:
                row = (directive_cells.c.directive_id == number) & (directive_cells.c.cell == cell)
                now = self.worker.now()
                connection.execute(update(directive_cells).where(row).values(
                    state=1, received_at=now, actor="bench"
                ))  # fmt: skip
                connection.execute(insert(acts).values(
                    kind="directive", subject=number, act="receive", at=now, actor="bench",
                    note="", cell=cell, depth=5, state_from="issued", state_to="received",
                ))  # fmt: skip
            done += 1
            if perf_counter() - began > seconds:
                break
        return {"how": "one transaction each",
                "per_second": round(done / (perf_counter() - began), 1)}  # fmt: skip

    def _said(self, size: int) -> Iterator[tuple[int, list[Acknowledgement]]]:
        """Yield lists without end: each directive is said all of, then comes the next one."""
        while True:
            number = self.issue()
            for act in SAID:
                order = self.chance.permutation(self.cells)
                for start in range(0, len(order), size):
                    yield number, [
                        Acknowledgement(cell, act) for cell in order[start : start + size].tolist()
                    ]

    def _settle(self, last: int) -> None:
        """Wait until all acts up to a number are counted."""
        began = perf_counter()
        while max(self.counted, default=0) < last:
            if perf_counter() - began > PATIENCE_SECONDS:
                raise SystemExit("the counts do not come after the acts")
            sleep(0.01)

    def _counted(self, seq: int) -> float:
        return min(at for known, at in list(self.counted.items()) if known >= seq)
