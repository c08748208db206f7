"""The same kilobyte to all streams 20 times a second, in each way in which streams can be served.

The ways are those of bench/fanout_server.py. What a write costs is the processor time of the
server's processes above what they use without streams, by the messages that arrived. Latency runs
from the instant before a message is handed to the server's streams until a client has it.
"""

import argparse
import asyncio
import importlib.util
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from time import perf_counter
from typing import Any

import orjson
import uvloop

from bench.audience import Audience, Kind, audience
from bench.city import cpu_seconds
from bench.events import Ledger
from bench.fanout_server import PER_SECOND, SIZE, WAYS, command
from bench.http import Connection
from bench.tables import print_table
from tests.services.process import free_port

STREAMS = (200, 1000)
SETTLE_SECONDS = 2.0
PATIENCE_SECONDS = 60.0
REQUEST = "GET /stream HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n\r\n"
Found = dict[str, Any]


def run(arguments: Sequence[str]) -> Found:
    """Measure each way with each number of streams; print a table, return all numbers."""
    parser = argparse.ArgumentParser(prog="python -m bench fanout", description=__doc__)
    parser.add_argument("--streams", type=int, nargs="+", default=STREAMS)
    parser.add_argument("--seconds", type=float, default=15.0, help="of each measurement")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    parser.add_argument("--processes", type=int, default=1, help="for the clients")
    asked = parser.parse_args(arguments)
    absent = [way for way in asked.ways if way == "granian" and not _has(way)]
    for way in absent:
        print(f"{way} is left out: it is not installed (extra `bench`)")
    ways = [way for way in asked.ways if way not in absent]
    rows = [row for way in ways for row in uvloop.run(_measure(way, asked))]
    print_table(
        ("streams", "way", "µs per write", "core", "p50 ms", "p95 ms", "p99 ms"),
        [
            (row["streams"], row["way"], row["us_per_write"], row["core"], row.get("p50_ms", "—"),
             row.get("p95_ms", "—"), row.get("p99_ms", "—"))
            for row in sorted(rows, key=lambda row: int(row["streams"]))
        ],
    )  # fmt: skip
    per_second = {"per_second": PER_SECOND, "bytes": SIZE}
    return per_second | {"seconds": asked.seconds, "missing": absent, "rows": rows}


def _has(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


async def _measure(way: str, asked: argparse.Namespace) -> list[Found]:
    async with _server(way) as (process, port), audience(asked.processes) as clients:
        connection = Connection("127.0.0.1", port)
        idle = await _core(process, asked.seconds)
        rows = []
        for streams in asked.streams:
            kind = Kind("numbered", ("127.0.0.1", port), {"request": REQUEST})
            opened = await clients.open(kind, streams, PATIENCE_SECONDS)
            found = await _load(process, connection, clients, asked.seconds)
            await clients.close()
            above = max(0.0, found["core"] - idle)
            row = {"way": way, "streams": streams, "opened": opened["shown"], **found}
            row["us_per_write"] = round(1e6 * above / max(1.0, found["writes_per_second"]), 2)
            row["core_without_streams"] = round(idle, 4)
            print(f"{way:8} {streams:5} streams  {row['us_per_write']} µs per write", flush=True)
            rows.append(row)
            await asyncio.sleep(SETTLE_SECONDS)
    return rows


async def _core(process: int, seconds: float) -> float:
    """Return the cores that a server uses over some seconds."""
    began, spent = perf_counter(), cpu_seconds(process)
    await asyncio.sleep(seconds)
    return (cpu_seconds(process) - spent) / (perf_counter() - began)


async def _load(process: int, connection: Connection, clients: Audience, seconds: float) -> Found:
    await asyncio.sleep(SETTLE_SECONDS)
    await clients.begin()
    began = perf_counter()
    core = await _core(process, seconds)
    ended = perf_counter()
    await asyncio.sleep(SETTLE_SECONDS)
    passed = perf_counter() - began
    _, _, body = await connection.request("GET", "/sent")
    sent = [(number, at) for number, at in orjson.loads(body) if began <= at < ended]
    totals, times = [number for number, _ in sent], [at for _, at in sent]
    found = await clients.measure(Ledger(totals, times, times))
    writes = found.pop("updates") / passed
    kept = {name: value for name, value in found.items() if "after_answer" not in name}
    return {**kept, "core": round(core, 4), "writes_per_second": round(writes, 1)}


@asynccontextmanager
async def _server(way: str) -> AsyncIterator[tuple[int, int]]:
    """Run a server; give its first process and its port."""
    port = free_port()
    running = subprocess.Popen([sys.executable, "-m", *command(way, port)])
    try:
        await _reached(running, port)
        yield running.pid, port
    finally:
        running.terminate()
        try:
            running.wait(10)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


async def _reached(running: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = perf_counter() + PATIENCE_SECONDS
    while perf_counter() < deadline and running.poll() is None:
        connection = Connection("127.0.0.1", port)
        with suppress(OSError):
            await connection.request("GET", "/sent")
            connection.close()
            return
        await asyncio.sleep(0.1)
    raise SystemExit(f"the server does not start: {running.args!r}")
