"""Servers of peers, run by gunicorn beside the server that is measured."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import orjson

from bench.http import Connection

THREADS = 16
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Server:
    """What is measured: its first process, and how it is sent `n` more events."""

    process: int
    send: Callable[[int], Awaitable[None]]


@dataclass
class Peer:
    """A page that polls: its server, its port, the number of its parts, what its total was."""

    name: str
    server: Server
    port: int
    parts: int
    total: int
    _running: "subprocess.Popen[bytes]"

    @classmethod
    async def with_values(cls, total: int, values: list[Any]) -> "Peer":
        """Start the page whose values lie ready."""
        parts = len(values) + 1
        running, port = _start(f"bench.peer:create_app({parts})")
        connection = await _reached(port)
        await connection.json("PUT", "/values", {"total": total, "parts": values})
        return cls("interval_ready", _server(running, connection), port, parts, total, running)

    @classmethod
    async def rendering(cls, folder: str, layout: str) -> "Peer":
        """Start the page that makes its values of the counts of the city in `folder`."""
        running, port = _start(f"bench.rendering_peer:create_app('{folder}','{layout}')")
        connection = await _reached(port)
        _, body = await connection.json("GET", "/parts", None)
        said = orjson.loads(body)
        return cls(
            "interval", _server(running, connection), port, said["parts"], said["total"], running
        )

    def close(self) -> None:
        """End the server."""
        self._running.terminate()
        self._running.wait()


def _start(application: str) -> "tuple[subprocess.Popen[bytes], int]":
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "1",
        "--threads", str(THREADS), "--keep-alive", "30", "--backlog", "1024", "--timeout", "120",
        "--log-level", "error", application,
    ]  # fmt: skip
    return subprocess.Popen(command), port


async def _reached(port: int) -> Connection:
    connection = Connection("127.0.0.1", port)
    deadline = perf_counter() + PATIENCE_SECONDS
    while perf_counter() < deadline:
        with suppress(OSError):
            await connection.request("GET", "/_favicon.ico")
            return connection
        await asyncio.sleep(0.1)
    raise SystemExit("the peer does not start")


def _server(running: "subprocess.Popen[bytes]", connection: Connection) -> Server:
    async def add(events: int) -> None:
        status, _ = await connection.json("POST", "/add", {"add": events})
        if status != 200:
            raise SystemExit(f"the peer answered {status}")

    return Server(running.pid, add)
