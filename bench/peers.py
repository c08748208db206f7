"""Servers of peers, run beside the server that is measured, each over the same counts.

A peer whose packages are not installed is left out and named as missing.
"""

import asyncio
import importlib
import importlib.util
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import orjson

from bench.audience import Kind
from bench.http import Connection
from tests.services.process import free_port

THREADS = 16
PATIENCE_SECONDS = 120.0
LOOK_SECONDS = 0.1
NEEDS = {
    "interval": (),
    "ready": (),
    "websocket": ("fastapi", "websockets"),
    "streamlit": ("streamlit", "websockets"),
}
"""The packages beyond those of the server that each peer needs."""
EACH_SECOND = 1.0
"""The pace that is not named, as it is that of the other peers."""
PAGE = "bench/pages/streamlit_page.py"


@dataclass(frozen=True)
class Server:
    """What is measured: its first process, and how it is sent `n` more events."""

    process: int
    send: Callable[[int], Awaitable[None]]


@dataclass(frozen=True)
class Given:
    """What peers are made of: a city's copy, its wall, the wall's values, how often to make them.

    `every` is how many seconds apart the peer that pushes makes its values.
    """

    folder: str
    layout: str
    total: int
    values: list[Any]
    every: float


@dataclass
class Peer:
    """A peer that runs: its server, the screens it is for, its parts, what its total was."""

    name: str
    server: Server
    kind: Kind
    parts: int
    total: int
    _running: "subprocess.Popen[bytes]"

    def close(self) -> None:
        """End the server."""
        self._running.terminate()
        try:
            self._running.wait(10)
        except subprocess.TimeoutExpired:
            self._running.kill()
            self._running.wait()


def missing(name: str) -> list[str]:
    """Return the packages that a peer needs and that are not installed."""
    return [package for package in NEEDS[name] if importlib.util.find_spec(package) is None]


async def start(name: str, given: Given) -> Peer:
    """Start a peer; raises SystemExit where it does not start."""
    makers = {
        "interval": _interval,
        "ready": _ready,
        "websocket": _websocket,
        "streamlit": _streamlit,
    }
    return await makers[name](given)


async def _interval(given: Given) -> Peer:
    """A page that polls and makes its values of the city's counts in each poll."""
    address, running = _gunicorn(
        f"bench.rendering_peer:create_app('{given.folder}','{given.layout}')"
    )
    connection, said = await _reached(address, running)
    kind = Kind("interval", address, {"parts": said["parts"]})
    return _peer("interval", kind, connection, said, running)


async def _ready(given: Given) -> Peer:
    """A page that polls and whose values lie ready."""
    said = {"parts": len(given.values) + 1, "total": given.total}
    address, running = _gunicorn(f"bench.peer:create_app({said['parts']})")
    connection, _ = await _reached(address, running, "/_favicon.ico")
    values = {"total": given.total, "parts": given.values}
    await connection.json("PUT", "/values", values)
    kind = Kind("interval", address, {"parts": said["parts"]})
    return _peer("ready", kind, connection, said, running)


async def _websocket(given: Given) -> Peer:
    """A page whose callbacks push what one poller makes for all viewers."""
    port = free_port()
    command = ["bench.websocket_peer", given.folder, given.layout, str(given.every), str(port)]
    running = _python(*command)
    connection, said = await _reached(("127.0.0.1", port), running)
    kind = Kind("websocket", ("127.0.0.1", port), {"callback": said["callback"]})
    name = "websocket" if given.every == EACH_SECOND else f"websocket {given.every:g} s"
    return _peer(name, kind, connection, said, running)


async def _streamlit(given: Given) -> Peer:
    """A page whose fragment runs each second; it answers the bench once it has had a viewer."""
    port, answering = free_port(), free_port()
    running = _python(
        "streamlit", "run", PAGE,
        "--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true",
        "--server.fileWatcherType", "none", "--browser.gatherUsageStats", "false",
        "--logger.level", "error",
        "--", given.folder, given.layout, str(answering),
    )  # fmt: skip
    await _reached(("127.0.0.1", port), running, "/_stcore/health")
    kind = Kind("streamlit", ("127.0.0.1", port))
    # The resource that answers the bench is made for the first viewer.
    screen = importlib.import_module("bench.clients.streamlit").StreamlitScreen(kind.address)
    await screen.open()
    connection, said = await _reached(("127.0.0.1", answering), running)
    screen.close()
    return _peer("streamlit", kind, connection, said, running)


def _peer(
    name: str,
    kind: Kind,
    connection: Connection,
    said: dict[str, Any],
    running: "subprocess.Popen[bytes]",
) -> Peer:
    async def add(events: int) -> None:
        status, answer = await connection.json("POST", "/add", {"add": events})
        if status != 200:
            raise SystemExit(f"the peer {name} answered {status}: {answer[:300]!r}")

    return Peer(name, Server(running.pid, add), kind, said["parts"], said["total"], running)


def _gunicorn(application: str) -> "tuple[tuple[str, int], subprocess.Popen[bytes]]":
    port = free_port()
    running = _python(
        "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", str(THREADS),
        "--worker-connections", "4096", "--keep-alive", "30", "--backlog", "2048",
        "--timeout", "120", "--log-level", "error", application,
    )  # fmt: skip
    return ("127.0.0.1", port), running


def _python(*arguments: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", *arguments], stdout=subprocess.DEVNULL)


async def _reached(
    address: tuple[str, int], running: "subprocess.Popen[bytes]", path: str = "/parts"
) -> tuple[Connection, dict[str, Any]]:
    """Return a connection once the server answers, and what it says of itself at /parts."""
    connection = Connection(*address)
    deadline = perf_counter() + PATIENCE_SECONDS
    while perf_counter() < deadline and running.poll() is None:
        with suppress(OSError):
            _, _, body = await connection.request("GET", path)
            return connection, orjson.loads(body) if path == "/parts" else {}
        await asyncio.sleep(LOOK_SECONDS)
    running.kill()
    raise SystemExit(f"the peer at {address[1]} does not start: {running.args!r}")
