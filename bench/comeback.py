"""What a stream costs the web process that comes back with many others, in processor time.

Many screens of one wall open their streams at once, see the wall's numbers and hang up, some times
over: first each with cookies of its own, as browsers have them, so that each is checked for itself;
then all with the same ones. The processor time is that of the web process alone, from the first
connection until the last screen shows its numbers, less what it uses in as much time without
screens. What else the machine does changes it little, unlike the seconds that stand beside it.
"""

import argparse
import asyncio
from collections.abc import Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from statistics import median
from time import perf_counter
from typing import Any

import psutil
import uvloop

from bench.audience import Audience, Kind, audience
from bench.city import Demonstration, demonstration, environment, web_process
from bench.gallery import NUMBER
from bench.postgres import postgres_url
from bench.tables import print_table
from bench.wall import Wall

PATIENCE_SECONDS = 120.0
QUIET_SECONDS = 5.0
Found = dict[str, Any]


def run(arguments: Sequence[str]) -> Found:
    """Measure on each database; print a table, return all numbers."""
    parser = argparse.ArgumentParser(prog="python -m bench comeback", description=__doc__)
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--history", type=int, default=5000)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    asked = parser.parse_args(arguments)
    kinds = [kind for kind in ("sqlite", "postgresql") if asked.only in (None, kind)]
    rows = [row for kind in kinds for row in _measure_on(kind, asked)]
    print_table(
        ("database", "streams", "cookies", "ms of processor a stream", "in the system", "seconds"),
        [(row["database"], asked.streams, row["cookies"], row["ms_per_stream"],
          row["system_ms_per_stream"], row["seconds"]) for row in rows],
    )  # fmt: skip
    return {"streams": asked.streams, "rounds": asked.rounds, "rows": rows}


def _measure_on(kind: str, asked: argparse.Namespace) -> list[Found]:
    with ExitStack() as stack:
        found = nullcontext("") if kind == "sqlite" else postgres_url()
        url = stack.enter_context(found)
        stack.enter_context(environment(database_url=url))
        options = ("--history", str(asked.history), "--rate", "1")
        city = stack.enter_context(demonstration(*options))
        found = uvloop.run(_measure(city, asked))
    return [
        {
            "database": kind,
            "cookies": cookies,
            "ms_per_stream": round(median(each["cpu"] for each in rounds), 3),
            "system_ms_per_stream": round(median(each["system"] for each in rounds), 3),
            "seconds": round(median(each["seconds"] for each in rounds), 2),
            "rounds": rounds,
        }
        for cookies, rounds in found.items()
    ]


async def _measure(city: Demonstration, asked: argparse.Namespace) -> dict[str, list[Found]]:
    wall = await Wall.entered(city, "city")
    request = wall.kind.options["request"]
    apart = request.replace("Cookie: ", f"Cookie: number={NUMBER.decode()}; ")
    web = psutil.Process(web_process(wall.city.process))
    async with audience(1) as clients:
        before, began = web.cpu_times(), perf_counter()
        await asyncio.sleep(QUIET_SECONDS)
        after, passed = web.cpu_times(), perf_counter() - began
        idle = (after.user + after.system - before.user - before.system) / passed
        found = {}
        for cookies, words in (("each its own", apart), ("the same", request)):
            kind = replace(wall.kind, options={"request": words})
            found[cookies] = [
                await _round(web, clients, kind, asked.streams, idle) for _ in range(asked.rounds)
            ]
        return found


async def _round(
    web: psutil.Process, clients: Audience, kind: Kind, streams: int, idle: float
) -> Found:
    before, began = web.cpu_times(), perf_counter()
    opened = await clients.open(kind, streams, PATIENCE_SECONDS)
    after, passed = web.cpu_times(), perf_counter() - began
    await clients.close()
    await asyncio.sleep(1.0)
    if opened["shown"] < streams:
        raise SystemExit(f"only {opened['shown']} of {streams} streams showed anything")
    spent = after.user + after.system - before.user - before.system
    return {
        "cpu": round(1000 * max(0.0, spent - idle * passed) / streams, 3),
        "system": round(1000 * (after.system - before.system) / streams, 3),
        "seconds": round(opened["seconds"], 2),
    }
