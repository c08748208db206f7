"""From a report to every screen: the stream beside a Dash page that polls each second.

All are given the same events. Latency runs from the instant before a list of reports is sent, so
for the stream it holds intake, commit, counting, rendering and both directions of HTTP. The peers
have their counts ready in memory: `interval` makes the values of the wall's panels from them in its
callback, as a Dash page does; `interval_ready` has even the values ready and only hands them out.
Processor seconds are those of all the server's processes; what a viewer costs is what they use
above the same load without screens.
"""

import argparse
import asyncio
import os
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import uvloop

from bench.city import Demonstration, cpu_seconds, demonstration
from bench.events import Ledger, send_events
from bench.http import Connection
from bench.peers import Peer, Server
from bench.rendering_peer import copy_city
from bench.screens import PollingScreen, Reader, StreamScreen

SCREENS = (1, 10, 50, 200, 500)
EVENTS_PER_SECOND = 50.0
SETTLE_SECONDS = 2.0
FORGOTTEN_SECONDS = 50.0
"""After this long nobody renders any more for a screen that has gone."""
LARGEST_PART = 4096
"""Parts with more bytes, as the map's colours, are spared the peer: each poll would send them."""
PATIENCE_SECONDS = 60.0
DOWNTOWN = ((113.62, 113.70), (34.74, 34.78))
"""Longitudes and latitudes in the middle of Zhengzhou."""


def run(arguments: Sequence[str]) -> dict[str, Any]:
    """Measure both at each number of screens; print a table, return all numbers."""
    parser = argparse.ArgumentParser(prog="python -m bench stream", description=__doc__)
    parser.add_argument("--screens", type=int, nargs="+", default=SCREENS)
    parser.add_argument("--seconds", type=float, default=15.0, help="of each measurement")
    parser.add_argument("--history", type=int, default=20_000)
    parser.add_argument("--wall", default="city", help="the layout that is streamed")
    asked = parser.parse_args(arguments)
    options = ("--history", str(asked.history), "--rate", "1")
    with (
        TemporaryDirectory(prefix="bench-") as folder,
        TemporaryDirectory(prefix="bench-") as copy,
        demonstration(*options, folder=Path(folder)) as city,
    ):
        copy_city(Path(folder), Path(copy))
        return uvloop.run(_Comparison(city, asked, copy).run())


class _Comparison:
    """The two servers side by side, under the same events in turn."""

    def __init__(self, city: Demonstration, asked: argparse.Namespace, copy: str) -> None:
        self.city = city
        self.asked = asked
        self.reader = Reader()
        self.cookie = ""
        self.total = 0
        self._copy = copy
        self._reports = 0
        self._chance = random.Random(11)
        self._sender = Connection(*city.address)

    async def run(self) -> dict[str, Any]:
        """Return the numbers of both at each number of screens."""
        self.cookie = await self._enter()
        await self._look()
        ours = Server(self.city.process, self._report)
        peers = [
            await Peer.rendering(self._copy, self.asked.wall),
            await Peer.with_values(self.total, self._values()),
        ]
        try:
            print("screens                p50     p95     p99 ms   core  cpu-s per viewer-minute")
            await asyncio.sleep(FORGOTTEN_SECONDS)
            base = await self._measure_all(ours, peers, 0)
            rows = []
            for screens in self.asked.screens:
                found = await self._measure_all(ours, peers, screens)
                for name, each in found.items():
                    above = max(0.0, each["core"] - base[name]["core"])
                    each["cpu_s_per_viewer_minute"] = round(60 * above / screens, 4)
                    _print_row(name, screens, each)
                rows.append({"screens": screens, **found})
        finally:
            for peer in peers:
                peer.close()
        return {
            "events_per_second": EVENTS_PER_SECOND,
            "seconds": self.asked.seconds,
            "core_without_screens": {name: each["core"] for name, each in base.items()},
            "parts": len(self.reader.parts),
            "peer_parts": {peer.name: peer.parts for peer in peers},
            "rows": rows,
        }

    async def _measure_all(
        self, ours: Server, peers: list[Peer], screens: int
    ) -> dict[str, dict[str, Any]]:
        found = {"stream": await self._measure_stream(ours, screens)}
        return found | {peer.name: await self._measure_peer(peer, screens) for peer in peers}

    async def _measure_stream(self, server: Server, screens: int) -> dict[str, Any]:
        ledger = Ledger()
        host, port = self.city.address
        loop = asyncio.get_running_loop()
        request = self._stream_request()
        opened = [
            (await loop.create_connection(
                lambda: StreamScreen(request, self.reader, ledger), host, port))[1]
            for _ in range(screens)
        ]  # fmt: skip
        await _until(lambda: all(screen.total is not None for screen in opened))
        found, self.total = await _load(server, ledger, self.total, self.asked.seconds)
        for screen in opened:
            screen.close()
        return found

    async def _measure_peer(self, peer: Peer, screens: int) -> dict[str, Any]:
        ledger, stop = Ledger(), asyncio.Event()
        pages = [
            PollingScreen(Connection("127.0.0.1", peer.port), ledger, peer.parts)
            for _ in range(screens)
        ]
        polling = [asyncio.create_task(page.run(stop)) for page in pages]
        found, peer.total = await _load(peer.server, ledger, peer.total, self.asked.seconds)
        stop.set()
        await asyncio.gather(*polling)
        return found

    async def _enter(self) -> str:
        """Open the wall's link as a browser does and return the cookie of its session."""
        link = urlsplit(self.city.wall)
        connection = Connection(*self.city.address)
        status, headers, _ = await connection.request("GET", f"{link.path}?{link.query}")
        connection.close()
        if "set-cookie" not in headers:
            raise SystemExit(f"the wall's link answered {status} without a session")
        return headers["set-cookie"].partition(";")[0]

    async def _look(self) -> None:
        """Open one stream until the total has come, and begin to count from it."""
        loop, ledger = asyncio.get_running_loop(), Ledger()
        _, screen = await loop.create_connection(
            lambda: StreamScreen(self._stream_request(), self.reader, ledger), *self.city.address
        )
        await _until(lambda: screen.total is not None)
        await asyncio.sleep(SETTLE_SECONDS)
        self.total = screen.total or 0
        screen.close()

    def _stream_request(self) -> bytes:
        return (
            f"GET /stream?layout={self.asked.wall} HTTP/1.1\r\nHost: bench\r\n"
            f"Cookie: {self.cookie}\r\nAccept: text/event-stream\r\n\r\n"
        ).encode()

    def _values(self) -> list[Any]:
        """Return the values of the wall, but for the total and what is large."""
        return [
            value
            for name, value in self.reader.parts.items()
            if len(str(value)) < LARGEST_PART and not name.endswith(" total")
        ]

    async def _report(self, size: int) -> None:
        reports = []
        for _ in range(size):
            self._reports += 1
            reports.append({
                "source": "bench",
                "external_id": f"{os.getpid()}-{self._reports}",
                "channel": "hotline",
                "title": "井盖缺失",
                "lng": self._chance.uniform(*DOWNTOWN[0]),
                "lat": self._chance.uniform(*DOWNTOWN[1]),
                "occurred_at": datetime.now(UTC).isoformat(),
            })  # fmt: skip
        key = {"Authorization": f"Bearer {self.city.source_key}"}
        status, body = await self._sender.json("POST", "/api/v1/reports", reports, key)
        if status != 200 or body.count(b'"accepted"') != size:
            raise SystemExit(f"reports were answered {status}: {body[:500]!r}")


async def _load(
    server: Server, ledger: Ledger, start: int, seconds: float
) -> tuple[dict[str, Any], int]:
    """Send events for a while; return latency and processor time, and the total afterwards."""
    total = await send_events(ledger, start, server.send, EVENTS_PER_SECOND, SETTLE_SECONDS)
    ledger.open = True
    began, spent = perf_counter(), cpu_seconds(server.process)
    total = await send_events(ledger, total, server.send, EVENTS_PER_SECOND, seconds)
    core = (cpu_seconds(server.process) - spent) / (perf_counter() - began)
    # The last events are still on their way.
    await asyncio.sleep(SETTLE_SECONDS)
    return {**ledger.percentiles(), "core": round(core, 4)}, total


async def _until(true: Callable[[], bool]) -> None:
    deadline = perf_counter() + PATIENCE_SECONDS
    while not true():
        if perf_counter() > deadline:
            raise SystemExit("the stream does not show the wall's total: is there such a layout?")
        await asyncio.sleep(0.02)


def _print_row(name: str, screens: int, found: dict[str, Any]) -> None:
    times = "".join(
        f"{found.get(each, float('nan')):8.1f}" for each in ("p50_ms", "p95_ms", "p99_ms")
    )
    core, viewer = found["core"], found["cpu_s_per_viewer_minute"]
    print(f"{screens:5} {name:14} {times}   {core:6.3f} {viewer:8.4f}", flush=True)
