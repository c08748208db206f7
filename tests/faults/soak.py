"""`make soak`: hours at ten times the usual load, after which nothing may have grown.

A wall hangs in Chromium and streams are open while reports come through a source and over HTTP.
Memory, open files, connections, queues and the browser's heap are sampled; a straight line through
the samples after the warm-up must not rise by more than BOUNDS from its first to its last one, and
no process may end. What is kept of cases that are open grows with them, and is allowed for.
Prints a table; the last line is JSON; status 1 where something grew or a count is wrong.
"""

from __future__ import annotations

import argparse
import json
import math
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright

from commandcenter.settings import Settings
from tests.faults.cluster import EACH, Cluster, Size, cluster, save_logs
from tests.faults.samples import MEGABYTE, OPEN_CASES, Browser, sample
from tests.faults.scenario import FULL, OPEN_CASE_BYTES, Row, Scenario
from tests.services.chromium import ARGUMENTS
from tests.services.process import browser_program

USUAL_PER_SECOND = 0.32
"""2.49 million cases in ninety days, as the largest demonstration has them."""
TIMES = 10.0
STREAMS = 50
HTTP_PER_SECOND = 4.0
WARM_UP_SHARE = 0.3
"""Of the run: pools fill, arenas settle, Chromium draws every face for the first time."""
SAMPLES = 120
BOUNDS = {
    "memory of Chromium": 120.0,
    "memory": 48.0,
    "files": 8.0,
    "threads": 6.0,
    "ends of processes": 0.0,
    OPEN_CASES: math.inf,
    "database connections": 6.0,
    "Redis memory": 64.0,
    "Redis": 8.0,
    "queue": 100.0,
    "heap": 8.0,
    "nodes": 500.0,
    "listeners": 200.0,
}
"""The largest rise over a run by the first words of what is sampled; memory and heaps in MB.

Memory, files and threads are those of both processes of a role together. Redis fills its streams up
to their length, and Chromium's memory is that of all its processes,
which share pages and give them back when they please: its heap is what tells. Whoever counts cases,
or plays them, keeps a little of each that is open.
"""


KEEPERS = ("memory of live MB", "memory of ingest MB")


def main() -> int:
    """Run the soak; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=120.0)
    parser.add_argument("--logs", type=Path, help="folder for the logs of all processes")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
    size = Size(history=20_000, disk=4096, rate=USUAL_PER_SECOND * TIMES)
    with cluster(size, Settings().cache_folder) as made:
        try:
            found, row = _run(made, asked.minutes * 60)
        finally:
            if asked.logs:
                save_logs(made, asked.logs)
    grown = print_table(found)
    for complaint in row.complaints:
        print(f"  {complaint}", file=sys.stderr)
    print(json.dumps({
        "minutes": asked.minutes, "samples": len(found), "accepted": row.accepted,
        "lost": row.kept.lost, "doubled": row.kept.doubled, "grown": grown,
        "complaints": row.complaints,
    }))  # fmt: skip
    return int(bool(grown or row.complaints))


def _run(made: Cluster, seconds: float) -> tuple[list[dict[str, float]], Row]:
    scenario = Scenario(made, FULL, HTTP_PER_SECOND, STREAMS)
    found = []
    try:
        with _wall(made) as browser, scenario.judged("soak") as row:
            began = monotonic()
            every = max(2.0, seconds / SAMPLES)
            while monotonic() < began + seconds:
                sleep(max(0.0, began + every * (len(found) + 1) - monotonic()))
                found.append(sample(made, browser))
                browser.turn()
    finally:
        scenario.close()
    return found, row


@contextmanager
def _wall(made: Cluster) -> Any:
    """Hang up the wall in Chromium."""
    host, port = made.address
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser_program(), args=list(ARGUMENTS)
        )
        page = chromium.new_page(viewport={"width": 1920, "height": 540}, locale="zh-CN")
        page.goto(f"http://{host}:{port}/wall/city?key={made.access.wall_key}")
        yield Browser(page)
        chromium.close()


def rise(values: list[float]) -> float:
    """By how much a straight line through values rises from the first to the last."""
    if len(values) < 3:
        return 0.0
    at = np.arange(len(values))
    slope, _ = np.polyfit(at, np.array(values), 1)
    return float(slope * (len(values) - 1))


def bound(name: str, opened: float) -> float:
    """The largest rise that a sampled figure may have, where so many cases more are open."""
    most = next(most for words, most in BOUNDS.items() if name.startswith(words))
    kept = EACH * OPEN_CASE_BYTES * max(0.0, opened) / MEGABYTE
    return most + kept if name in KEEPERS else most


def print_table(found: list[dict[str, float]]) -> dict[str, float]:
    """Print first, last and rise of every figure; returns the rises that are too large."""
    settled = found[int(len(found) * WARM_UP_SHARE) :]
    grown = {}
    print("| what | after warm-up | at the end | rise of the line | allowed |")
    print("|---|---:|---:|---:|---:|")
    opened = rise([each[OPEN_CASES] for each in settled])
    for name in sorted(set.intersection(*(set(each) for each in settled))):
        values = [each[name] for each in settled]
        risen, most = rise(values), bound(name, opened)
        print(f"| {name} | {values[0]:.1f} | {values[-1]:.1f} | {risen:+.1f} | {most:.0f} |")
        if risen > most:
            grown[name] = round(risen, 1)
    return grown


if __name__ == "__main__":
    sys.exit(main())
