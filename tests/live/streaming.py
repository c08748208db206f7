"""Real servers around the stream drivers, and a client that reads raw sockets."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import orjson
import uvicorn

from commandcenter.errors import NotFound, Unavailable
from commandcenter.live.bus import MemoryBus
from commandcenter.live.frames import Frame, encode
from commandcenter.live.grants import StreamGrant
from commandcenter.live.hub import Hub
from commandcenter.live.hub_facts import Facts
from commandcenter.live.stream_asgi import AsgiStream
from commandcenter.live.topics import Topic
from tests import waiting

SECONDS = 30.0
until = partial(waiting.until, seconds=SECONDS)
"""What is looked for every half minute must not stand in for what is told."""
PULSE = Topic.of("watch.pulse", "410100", 0, "zh", {})
BOARD = Topic.of("watch.board", "410100", 0, "zh", {})


def authorise(headers: Mapping[str, str], query: Mapping[str, str]) -> StreamGrant | None:
    """Know a viewer by the key in the query."""
    match query.get("key"):
        case "wall":
            return StreamGrant((PULSE, BOARD))
        case "board":
            return StreamGrant((BOARD,))
        case "nowhere":
            raise NotFound("no such layout")
        case "broken":
            raise Unavailable("the store does not answer")
    return None


class Worker:
    """What a worker says on the bus."""

    def __init__(self, bus: MemoryBus) -> None:
        self.bus = bus

    def frame(self, topic: Topic, **parts: object) -> None:
        """Publish parts of a topic."""
        values = {name: orjson.dumps(value) for name, value in parts.items()}
        self.bus.publish("frame", encode(Frame(topic.key, 7, values)))

    def pulse(self, behind: float = 0) -> None:
        """Publish a sign of life, of a worker that is so many seconds behind the log."""
        self.bus.publish("pulse", b'{"real": 1, "city": 1, "build": "b1", "behind": %g}' % behind)


class Stream:
    """One open stream, read event by event."""

    def __init__(
        self, port: int, query: str = "key=wall", headers: str = "", method: str = "GET"
    ) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        request = f"{method} /stream?{query} HTTP/1.1\r\nHost: x\r\n{headers}\r\n"
        self.socket.sendall(request.encode())
        self._file = self.socket.makefile("rb")
        self.status = int(self._file.readline().split()[1])
        self.headers = dict(self._header_lines())
        self.last = ""
        self._buffer = b""

    def _header_lines(self) -> Iterator[tuple[str, str]]:
        while line := self._file.readline().strip():
            name, _, value = line.decode().partition(": ")
            yield name.lower(), value

    def body(self) -> Any:
        """Read a whole JSON answer."""
        return orjson.loads(self._file.read(int(self.headers["content-length"])))

    def chunk(self) -> bytes:
        """Read what the server wrote at once; empty at the end of the stream."""
        size = int(self._file.readline() or b"0", 16)
        data = self._file.read(size)
        self._file.readline()
        return data

    def next(self) -> tuple[str, Any]:
        """Return the next event's name and data."""
        while b"\n\n" not in self._buffer:
            data = self.chunk()
            if not data:
                raise EOFError("the stream ended")
            self._buffer += data
        block, self._buffer = self._buffer.split(b"\n\n", 1)
        lines = dict(line.split(": ", 1) for line in block.decode().split("\n"))
        self.last = lines.get("id", self.last)
        return lines["event"], orjson.loads(lines["data"])

    def props(self) -> dict[str, dict[str, Any]]:
        """Return the parts by topic of the next props event."""
        while True:
            name, data = self.next()
            if name == "props":
                return {topic: change["parts"] for topic, change in data["set"].items()}

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self.socket.close()


class AsgiServer:
    """uvicorn with the native route, in a thread with its own loop."""

    def __init__(self, max_streams: int = 20, blocked_seconds: float = 30.0) -> None:
        self.bus = MemoryBus()
        self.worker = Worker(self.bus)
        self.worker.pulse()
        self.hub = Hub(Facts("Asia/Shanghai", "b1"), max_streams)
        self.stream = AsgiStream(self.hub, self.bus, authorise, blocked_seconds)
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port: int = self.listening.getsockname()[1]
        config = uvicorn.Config(
            self.app,
            interface="asgi3",
            loop="uvloop",
            http="httptools",
            log_level="warning",
            access_log=False,
        )
        self.server = uvicorn.Server(config)
        self.loop: asyncio.AbstractEventLoop | None = None
        self.thread = threading.Thread(target=self.server.run, args=([self.listening],))
        self.thread.start()
        until(lambda: self.server.started)

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the stream; start and stop it with the server."""
        if scope["type"] == "http":
            await self.stream(scope, receive, send)
            return
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.loop = asyncio.get_running_loop()
                await self.stream.start()
            else:
                await self.stream.stop()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return

    def stop(self) -> None:
        """Stop as a server does on a signal, with open streams or without."""
        assert self.loop is not None
        if self.thread.is_alive():
            self.server.should_exit = True
            self.loop.call_soon_threadsafe(self.stream.end_streams)
            self.thread.join(SECONDS)
            assert not self.thread.is_alive(), "the server waits for its streams"
        self.listening.close()
        self.bus.close()


@contextmanager
def asgi_server(max_streams: int = 20, blocked_seconds: float = 30.0) -> Iterator[AsgiServer]:
    """Run a server until the block ends."""
    server = AsgiServer(max_streams, blocked_seconds)
    try:
        yield server
    finally:
        server.stop()
