"""The city wall in Chromium under 50 events a second, beside a Dash page that polls each second.

Latency runs from the instant before a report is sent to the change of the number on the page, as a
MutationObserver sees it. Cores are the processor seconds of all processes of the browser for each
second, on a machine without a graphics card; the wall is measured once as Chromium starts by itself
there, and once forced through SwiftShader (see bench/chromium.py). Both pages show the face "watch"
of the wall's layout; the peer shows its numbers, tables and the chart, without the map, and has its
counts ready in memory.
"""

import argparse
import asyncio
import json
import socket
import subprocess
import sys
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, time
from typing import Any

import numpy as np
import psutil
from playwright.async_api import Page, Playwright, ViewportSize, async_playwright

from bench.chromium import ARGUMENTS, FORCED, program
from bench.city import Demonstration, demonstration
from bench.events import Ledger, send_events
from bench.http import Connection
from bench.reports import Reports
from bench.screens import Reader, StreamScreen
from bench.tables import print_table
from commandcenter.domain.viewers import Clearance
from commandcenter.live.topics import Topic
from commandcenter.settings import ROOT

WALL, FACE, PULSE = "city", "watch", "pulse"
EVENTS_PER_SECOND = 50.0
SETTLE_SECONDS = 10.0
REST_SECONDS = 10.0
PATIENCE_SECONDS = 60.0
SIZE = ViewportSize(width=3840, height=1080)
PEER_THREADS = 16
# Notes when the number got which value. Digits of a wheel roll: the value stands beside them.
WATCH = """([selector, attribute]) => {
  const node = document.querySelector(selector);
  const read = () => Number(attribute ? node.getAttribute(attribute) : node.textContent);
  window.benchSeen = [[Date.now() / 1000, read()]];
  new MutationObserver(() => {
    const value = read(), seen = window.benchSeen;
    if (value !== seen[seen.length - 1][1]) seen.push([Date.now() / 1000, value]);
  }).observe(node, { attributes: true, childList: true, characterData: true, subtree: true });
}"""
DRAWN = """() => {
  const face = document.querySelector('[data-face=watch][data-on="1"]');
  const view = face && face.querySelector('.cc-map').ccMap;
  return Boolean(view && view.cells && view.colours && view.map.areTilesLoaded() &&
    face.querySelector('.cc-chart .main-svg') &&
    Number(document.querySelector('#pulse-total .digits').dataset.value) > 0);
}"""
# The maps of faces that are not shown start later.
ALL_MAPS = """() => [...document.querySelectorAll('.cc-map')].every((host) =>
  host.ccMap.cells && host.ccMap.map.loaded() && host.ccMap.map.areTilesLoaded())"""


def run(arguments: Sequence[str]) -> dict[str, Any]:
    """Measure both pages one after the other; print a table, return all numbers."""
    parser = argparse.ArgumentParser(prog="python -m bench browser", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="of each measurement")
    parser.add_argument("--history", type=int, default=200_000)
    asked = parser.parse_args(arguments)
    with demonstration("--history", str(asked.history), "--rate", "1") as city:
        rows = asyncio.run(_measure(city, asked.seconds))
    print_table(
        ("page", "p50 ms", "p95 ms", "p99 ms", "renderer cores", "all cores", "at rest"),
        [
            (row["page"], row["p50_ms"], row["p95_ms"], row["p99_ms"],
             row["cores_by_kind"]["renderer"], row["cores"], row["cores_at_rest"]) for row in rows
        ],
    )  # fmt: skip
    return {
        "events_per_second": EVENTS_PER_SECOND,
        "seconds": asked.seconds,
        "canvas": f"{SIZE['width']}x{SIZE['height']}",
        "rows": rows,
    }


async def _measure(city: Demonstration, seconds: float) -> list[dict[str, Any]]:
    reports, connection = Reports(city.source_key), Connection(*city.address)

    async def report(size: int) -> None:
        await reports.send(connection, size)

    async with async_playwright() as playwright:
        rows = []
        for name, more in (("city wall", ()), ("city wall, forced", FORCED)):
            async with _page(playwright, *more) as page:
                await _open_wall(page, city)
                values = await _values(page, city)
                number = Number(page, "#pulse-total .digits", "data-value")
                rows.append({"page": name, **await _load(number, report, seconds)})
        with _peer(values) as port:
            adding = Connection("127.0.0.1", port)
            async with _page(playwright) as page:
                await page.goto(f"http://127.0.0.1:{port}/")
                await page.wait_for_selector("#total")
                number = Number(page, "#total", "")
                theirs = await _load(number, lambda size: _add(adding, size), seconds)
                rows.append({"page": "dcc.Interval(1 s)", **theirs})
            adding.close()
    connection.close()
    return rows


@asynccontextmanager
async def _page(playwright: Playwright, *more: str) -> AsyncIterator[Page]:
    """A page in a browser of its own, which the page's policy does not keep from being asked."""
    arguments = [*ARGUMENTS, *more]
    browser = await playwright.chromium.launch(executable_path=program(), args=arguments)
    context = await browser.new_context(viewport=SIZE, locale="zh-CN", bypass_csp=True)
    yield await context.new_page()
    await browser.close()


async def _open_wall(page: Page, city: Demonstration) -> None:
    await page.goto(city.wall)
    await page.goto(f"{city.url}/wall/{WALL}?face={FACE}")
    for sign in (DRAWN, ALL_MAPS):
        await page.wait_for_function(sign, timeout=PATIENCE_SECONDS * 1000)


async def _values(page: Page, city: Demonstration) -> dict[str, Any]:
    """Return the values that the face shows, but the map's, by the names they have on the peer."""
    cookies = await page.context.cookies()
    session = next(c["value"] for c in cookies if c["name"] == "session")
    request = (
        f"GET /stream?layout={WALL} HTTP/1.1\r\nHost: bench\r\n"
        f"Cookie: session={session}\r\nAccept: text/event-stream\r\n\r\n"
    ).encode()
    reader = Reader()
    screen = StreamScreen(city.address, request, reader.total)
    await screen.open()
    slots = _slots(city.logins[0]["scope"])
    until = perf_counter() + PATIENCE_SECONDS
    while not set(slots) <= {name.split(" ")[0] for name in reader.parts}:
        if perf_counter() > until:
            raise SystemExit(f"the stream does not bring all panels of the face {FACE}")
        await asyncio.sleep(0.05)
    screen.close()
    found = {}
    for name, value in reader.parts.items():
        topic, part = name.split(" ")
        if topic in slots and not (isinstance(value, dict) and "colours" in value):
            found[part if slots[topic] == PULSE else f"{slots[topic]}-{part}"] = value
    return found


def _slots(scope: str) -> dict[str, str]:
    """Return the slots of the face by the ids of their topics."""
    layout = tomllib.loads((ROOT / "layouts" / f"{WALL}.toml").read_text("utf-8"))
    face = next(face for face in layout["faces"] if face["key"] == FACE)
    return {
        Topic.of(place["panel"], scope, Clearance.PUBLIC, "zh", place.get("options", {})).id: place[
            "id"
        ]
        for place in face["panels"]
    }


@contextmanager
def _peer(values: dict[str, Any]) -> Iterator[int]:
    """Run the peer on a free port until the block ends."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, socket.socket() as listener:
        file = Path(folder) / "values.json"
        file.write_text(json.dumps(values))
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        command = [
            sys.executable, "-m", "gunicorn", "--bind", f"fd://{listener.fileno()}", "--workers",
            "1", "--threads", str(PEER_THREADS), "--log-level", "error",
            f"bench.page:create_app('{file}')",
        ]  # fmt: skip
        # Whoever calls before the peer is there waits: the port listens already.
        process = subprocess.Popen(command, pass_fds=[listener.fileno()])
        try:
            yield int(listener.getsockname()[1])
        finally:
            process.terminate()
            process.wait()


async def _add(connection: Connection, size: int) -> None:
    status, body = await connection.json("POST", "/add", {"add": size})
    if status != 200:
        raise SystemExit(f"the peer answered {status}: {body[:300]!r}")


@dataclass(frozen=True)
class Number:
    """A number on a page: in an attribute of an element, or in its text."""

    page: Page
    selector: str
    attribute: str

    async def watch(self) -> int:
        """Begin to note when it changes; return what it is now."""
        await self.page.evaluate(WATCH, [self.selector, self.attribute])
        return int((await self.seen())[0][1])

    async def seen(self) -> list[tuple[float, int]]:
        """Return each value with the time (seconds since 1970) at which it came."""
        found = await self.page.evaluate("() => window.benchSeen")
        return [(at, int(value)) for at, value in found]


async def _load(
    number: Number, send: Callable[[int], Awaitable[None]], seconds: float
) -> dict[str, Any]:
    """Measure a page at rest and under load."""
    await asyncio.sleep(SETTLE_SECONDS)
    rest = Cores()
    await asyncio.sleep(REST_SECONDS)
    at_rest = rest.used()
    start = await number.watch()
    warm_up = await send_events(Ledger(), start, send, EVENTS_PER_SECOND, SETTLE_SECONDS)
    ledger, clock, load = Ledger(), time() - perf_counter(), Cores()
    await send_events(ledger, warm_up, send, EVENTS_PER_SECOND, seconds)
    cores = load.used()
    await asyncio.sleep(SETTLE_SECONDS)
    times = _latencies(ledger, clock, await number.seen())
    p50, p95, p99 = np.percentile(np.array(times) * 1000, [50, 95, 99])
    return {
        "samples": len(times),
        "p50_ms": round(float(p50), 1),
        "p95_ms": round(float(p95), 1),
        "p99_ms": round(float(p99), 1),
        "cores": round(sum(cores.values()), 3),
        "cores_at_rest": round(sum(at_rest.values()), 3),
        "cores_by_kind": cores,
    }


def _latencies(ledger: Ledger, clock: float, seen: list[tuple[float, int]]) -> list[float]:
    """Return for each sending the seconds until the page showed a total that holds it."""
    found, at = [], 0
    for total, sent in zip(ledger.totals, ledger.sent, strict=True):
        while at < len(seen) and seen[at][1] < total:
            at += 1
        if at == len(seen):
            raise SystemExit(f"the page stopped at {seen[-1][1]} of {ledger.totals[-1]}")
        found.append(seen[at][0] - (sent + clock))
    return found


class Cores:
    """The cores that the browser's processes use, from now on."""

    def __init__(self) -> None:
        self._began = perf_counter()
        self._before = _browser_seconds()

    def used(self) -> dict[str, float]:
        """Return processor seconds for each second since the beginning, by kind of process."""
        spent: dict[str, float] = defaultdict(float)
        for process, seconds in _browser_seconds().items():
            spent[process[1]] += seconds - self._before.get(process, 0.0)
        passed = perf_counter() - self._began
        return {kind: round(seconds / passed, 3) for kind, seconds in spent.items()}


def _browser_seconds() -> dict[tuple[int, str], float]:
    """Return processor seconds by number and kind of process: browser, renderer, gpu-process..."""
    found = {}
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if process.name().startswith("chrom"):
                words = " ".join(process.cmdline())
                kind = words.partition("--type=")[2].partition(" ")[0] or "browser"
                times = process.cpu_times()
                found[process.pid, kind] = times.user + times.system
    return found
