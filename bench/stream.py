"""From a report to every screen: the stream beside pages of Dash and Streamlit.

All are given the same events. Latency runs from the instant before a list of reports is sent, so
for the stream it holds intake, commit, counting, rendering and both directions of HTTP; what is
named "after answer" runs from the sender's answer, which comes after the commit. The peers have
their counts ready in memory. `interval` polls each second and makes the values of the wall's panels
in its callback, as a Dash page does; `ready` has even the values ready. `websocket` pushes with
Dash's WebSocket callbacks what one poller makes for all viewers, each second and, beside that, as
often as the product does; `streamlit` has a fragment that runs each second over values that are
made once for all, and is measured with rising numbers of viewers until its updates fall behind.
Processor seconds are those of all the server's processes; what a viewer costs is what they use
above the same load without screens. Screens run in processes of their own, whose event loop's delay
is part of the result.
"""

import argparse
import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import uvloop

from bench.audience import Audience, Kind, audience
from bench.city import cpu_seconds, demonstration, memory, web_process
from bench.events import Ledger, send_events
from bench.peers import NEEDS, Given, Peer, Server, missing, start
from bench.rendering_peer import copy_city
from bench.wall import Wall

SCREENS = (1, 10, 50, 200, 500)
STREAMLIT_SCREENS = (1, 5, 10, 20, 35, 50)
EVERY_SECONDS = (1.0, 0.1)
"""The pace of the pages that poll, and about the product's own."""
EVENTS_PER_SECOND = 50.0
SETTLE_SECONDS = 2.0
FORGOTTEN_SECONDS = 50.0
"""After this long nobody renders any more for a screen that has gone."""
OPEN_SECONDS = 60.0
RETURN_SECONDS = 60.0
BEHIND_UPDATES, BEHIND_MS, BEHIND_UNSEEN = 0.9, 3000.0, 1.0
"""A page that runs each second over values of the last second is behind with fewer updates a
second, a later p95 in milliseconds, or more of the sendings never shown, in percent."""
Found = dict[str, Any]


def run(arguments: Sequence[str]) -> Found:
    """Measure all at each number of screens; print a table, return all numbers."""
    parser = argparse.ArgumentParser(prog="python -m bench stream", description=__doc__)
    parser.add_argument("--screens", type=int, nargs="+", default=SCREENS)
    parser.add_argument("--seconds", type=float, default=15.0, help="of each measurement")
    parser.add_argument("--history", type=int, default=20_000)
    parser.add_argument("--wall", default="city", help="the layout that is streamed")
    parser.add_argument("--peers", nargs="*", choices=NEEDS, help="default: all installed ones")
    parser.add_argument("--every", type=float, nargs="+", default=EVERY_SECONDS,
                        help="seconds between two values of the peer that pushes")  # fmt: skip
    parser.add_argument("--streamlit-screens", type=int, nargs="+", default=STREAMLIT_SCREENS)
    parser.add_argument("--processes", type=int, default=1, help="for the screens")
    parser.add_argument("--reconnect", action="store_true",
                        help="kill the web process under the most screens")  # fmt: skip
    parser.add_argument("--rest", type=float, default=FORGOTTEN_SECONDS,
                        help="seconds without screens before the first measurement")  # fmt: skip
    asked = parser.parse_args(arguments)
    return uvloop.run(_compare(asked))


async def _compare(asked: argparse.Namespace) -> Found:
    names = list(NEEDS) if asked.peers is None else asked.peers
    absent = {name: missing(name) for name in names if missing(name)}
    for name, packages in absent.items():
        print(f"{name} is left out: {', '.join(packages)} not installed (extra `bench`)")
    options = ("--history", str(asked.history), "--rate", "1")
    with ExitStack() as stack:
        folder, copy = (stack.enter_context(TemporaryDirectory(prefix="bench-")) for _ in "12")
        city = stack.enter_context(demonstration(*options, folder=Path(folder)))
        copy_city(Path(folder), Path(copy))
        wall = await Wall.entered(city, asked.wall)
        peers = []
        for name in (name for name in names if name not in absent):
            for every in asked.every if name == "websocket" else asked.every[:1]:
                given = Given(copy, asked.wall, wall.total, wall.values(), every)
                peers.append(await start(name, given))
                stack.callback(peers[-1].close)
        async with audience(asked.processes) as screens:
            found = await _Comparison(wall, peers, screens, asked).run()
    return found | {"missing": absent, "parts": len(wall.parts)}


@dataclass
class _Comparison:
    """The servers side by side, under the same events in turn."""

    wall: Wall
    peers: list[Peer]
    audience: Audience
    asked: argparse.Namespace
    base: dict[str, Found] = field(default_factory=dict)

    async def run(self) -> Found:
        """Return the numbers of all at each number of screens."""
        print("screens              p50     p95     p99 ms   core  cpu-s per viewer-minute")
        await asyncio.sleep(self.asked.rest)
        self.base = await self._measure_all(0)
        rows = []
        for screens in self.asked.screens:
            found = await self._measure_all(screens)
            _compare_costs(found, found["stream"])
            rows.append({"screens": screens, **found})
        found = {
            "events_per_second": EVENTS_PER_SECOND,
            "seconds": self.asked.seconds,
            "core_without_screens": {name: each["core"] for name, each in self.base.items()},
            "peer_parts": {peer.name: peer.parts for peer in self.peers},
            "rows": rows,
        }
        if any(peer.name == "streamlit" for peer in self.peers):
            found["streamlit"] = await self._measure_streamlit(rows)
        if self.asked.reconnect:
            found["reconnect"] = await self._measure_return(max(self.asked.screens))
        return found

    async def _measure_all(self, screens: int) -> dict[str, Found]:
        found = {"stream": await self._measure_stream(screens)}
        for peer in self.peers:
            if peer.name != "streamlit" or not screens:
                found[peer.name] = await self._measure_peer(peer, screens)
        return found

    async def _measure_stream(self, screens: int) -> Found:
        wall = self.wall
        found, wall.total = await self._measure(
            "stream", wall.server, wall.kind, wall.total, screens
        )
        if screens:
            grown = found["web_rss"] - self.base["stream"]["web_rss"]
            found["bytes_per_stream"] = round(grown / screens)
        return found

    async def _measure_peer(self, peer: Peer, screens: int) -> Found:
        found, peer.total = await self._measure(
            peer.name, peer.server, peer.kind, peer.total, screens
        )
        return found

    async def _measure(
        self, name: str, server: Server, kind: Kind, total: int, screens: int
    ) -> tuple[Found, int]:
        """Open screens, send events, hang up; return what was found, and the total then."""
        opened = await self.audience.open(kind, screens, OPEN_SECONDS)
        found, total = await self._load(server, total)
        if name == "stream":
            found["web_rss"] = memory(web_process(server.process))
        await self.audience.close()
        found |= {"opened": opened["shown"], "opened_in_s": opened["seconds"]}
        if screens:
            above = max(0.0, found["core"] - self.base[name]["core"])
            found["cpu_s_per_viewer_minute"] = round(60 * above / screens, 5)
            found["updates_per_second"] = round(found["updates"] / screens / found["seconds"], 2)
            _print_row(name, screens, found)
        return found, total

    async def _load(self, server: Server, start: int) -> tuple[Found, int]:
        """Send events for a while; return latency and processor time, and the total afterwards."""
        total = await send_events(Ledger(), start, server.send, EVENTS_PER_SECOND, SETTLE_SECONDS)
        await self.audience.begin()
        ledger, began, spent = Ledger(), perf_counter(), cpu_seconds(server.process)
        total = await send_events(ledger, total, server.send, EVENTS_PER_SECOND, self.asked.seconds)
        passed = perf_counter() - began
        core = (cpu_seconds(server.process) - spent) / passed
        # The last events are still on their way.
        await asyncio.sleep(SETTLE_SECONDS)
        found = await self.audience.measure(ledger)
        return {**found, "core": round(core, 4), "seconds": passed + SETTLE_SECONDS}, total

    async def _measure_streamlit(self, rows: list[Found]) -> Found:
        """Add viewers until the page falls behind; return each step, and what it manages."""
        peer = next(peer for peer in self.peers if peer.name == "streamlit")
        steps: list[Found] = []
        for screens in self.asked.streamlit_screens:
            found = await self._measure_peer(peer, screens)
            steps.append({"screens": screens, "behind": _is_behind(found, screens), **found})
            if steps[-1]["behind"]:
                break
        kept = [step for step in steps if not step["behind"]]
        manages = kept[-1]["screens"] if kept else 0
        # The stream's cost at the number of screens that the product's aim names.
        stream = min(rows, key=lambda row: abs(row["screens"] - 200))["stream"]
        for step in steps:
            _compare_costs({"streamlit": step}, stream)
        dearer = kept[-1].get("times_the_stream") if kept else None
        print(f"streamlit keeps up with {manages} viewers; one costs {dearer} times the stream's")
        return {"manages": manages, "times_the_stream": dearer, "steps": steps}

    async def _measure_return(self, screens: int) -> Found:
        """Kill the web process under screens; return how long they are without numbers."""
        await self.audience.open(self.wall.kind, screens, OPEN_SECONDS)
        since = perf_counter()
        os.kill(web_process(self.wall.server.process), signal.SIGKILL)
        back = await self.audience.returned(since, RETURN_SECONDS)
        await self.audience.close()
        times = back["seconds"]
        found = {"screens": screens, "missing": back["missing"]}
        for name, share in (("first_s", 0.0), ("half_s", 0.5), ("all_s", 1.0)):
            found[name] = round(times[int(share * (len(times) - 1))], 2) if times else None
        print(f"after kill -9 of the web process: {found}", flush=True)
        return found


def _is_behind(found: Found, screens: int) -> bool:
    return (
        found["opened"] < screens
        or found["updates_per_second"] < BEHIND_UPDATES
        or found.get("p95_ms", BEHIND_MS) >= BEHIND_MS
        or found["unseen_percent"] > BEHIND_UNSEEN
    )


def _compare_costs(found: dict[str, Found], stream: Found) -> None:
    """Add how many times the stream's a viewer's cost is."""
    own = stream["cpu_s_per_viewer_minute"]
    for name, each in found.items():
        if name != "stream" and own:
            each["times_the_stream"] = round(each["cpu_s_per_viewer_minute"] / own, 1)


def _print_row(name: str, screens: int, found: Found) -> None:
    times = "".join(
        f"{found.get(each, float('nan')):8.1f}" for each in ("p50_ms", "p95_ms", "p99_ms")
    )
    core, viewer = found["core"], found["cpu_s_per_viewer_minute"]
    print(f"{screens:5} {name:15} {times}   {core:6.3f} {viewer:8.4f}", flush=True)
