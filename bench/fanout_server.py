"""A server that sends one message after the other to all its streams, in one of several ways.

`direct`: the product's stream, whose hub writes to the connections that uvicorn hands out. `send`:
the same under plain ASGI, each write a call of `send`. `queue`: one task and one queue for each
stream, as StreamingResponse and the packages for server-sent events have it. `granian`: the
product's stream under granian, which hands out no connections.

Run as `python -m bench.fanout_server WAY PORT`; GET /stream is the stream, GET /sent what was sent.
"""

import asyncio
import sys
from collections import deque
from collections.abc import AsyncIterator, Mapping
from time import perf_counter
from typing import Any

import orjson
import uvicorn
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from commandcenter.live.exchange import MemoryBus
from commandcenter.live.frames import CHANNEL, Frame, encode
from commandcenter.live.grants import StreamGrant
from commandcenter.live.hub import Hub
from commandcenter.live.hub_facts import Facts
from commandcenter.live.stream_asgi import AsgiStream
from commandcenter.live.topics import Topic
from commandcenter.web.direct import DirectProtocol

WAYS = ("direct", "send", "queue", "granian")
PER_SECOND = 20
SIZE = 1024
ENVELOPE = 190
"""Bytes that the hub puts around a value, about; both kinds of message are as long."""
KEPT = 20_000
WAITING = 10
MOST = 5000
PULSE_EVERY = 20
BACKLOG = 4096
TOPIC = Topic.of("bench.fanout", "410100", 0, "zh", {})
Sent = deque[tuple[int, float]]


class Spoken:
    """Streams that are spoken to through the hub."""

    def __init__(self) -> None:
        self._bus = MemoryBus()
        hub = Hub(Facts("Asia/Shanghai", "bench"), MOST)
        self._stream = AsgiStream(hub, self._bus, _everyone)

    async def start(self) -> None:
        await self._stream.start()

    async def stop(self) -> None:
        await self._stream.stop()

    def send(self, number: int) -> None:
        if number % PULSE_EVERY == 0:
            self._bus.publish("pulse", b'{"real":1,"city":1,"build":"bench"}')
        value = _padded(number, SIZE - ENVELOPE)
        self._bus.publish(CHANNEL, encode(Frame(TOPIC.key, number, {"value": value})))

    async def serve(self, scope: Any, receive: Any, send: Any) -> None:
        await self._stream(scope, receive, send)


class Queued:
    """Streams with a task and a queue each."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[bytes]] = set()

    async def start(self) -> None:
        """Nothing runs but the streams' own tasks."""

    async def stop(self) -> None:
        """The server cancels the streams' tasks."""

    def send(self, number: int) -> None:
        message = b"id: %d\nevent: props\ndata: %b\n\n" % (number, _padded(number, SIZE - 40))
        for queue in self._queues:
            if not queue.full():
                queue.put_nowait(message)

    async def serve(self, scope: Any, receive: Any, send: Any) -> None:
        queue: asyncio.Queue[bytes] = asyncio.Queue(WAITING)
        self._queues.add(queue)
        try:
            response = StreamingResponse(_messages(queue), media_type="text/event-stream")
            await response(scope, receive, send)
        finally:
            self._queues.discard(queue)


class Fanout:
    """The ASGI application."""

    def __init__(self, streams: Spoken | Queued) -> None:
        self._streams = streams
        self._sent: Sent = deque(maxlen=KEPT)
        self._sending: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["path"] == "/stream":
            await self._streams.serve(scope, receive, _plain(send))
        elif scope["path"] == "/sent":
            await self._tell(scope, receive, send)

    async def _live(self, receive: Any, send: Any) -> None:
        await receive()
        await self._streams.start()
        self._sending = asyncio.create_task(self._send())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._sending.cancel()
        await self._streams.stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def _send(self) -> None:
        due, number = perf_counter(), 0
        while True:
            number += 1
            self._sent.append((number, perf_counter()))
            self._streams.send(number)
            due = max(due + 1 / PER_SECOND, perf_counter())
            await asyncio.sleep(due - perf_counter())

    async def _tell(self, scope: Any, receive: Any, send: Any) -> None:
        since = int(Request(scope).query_params.get("since", 0))
        later = [each for each in self._sent if each[0] > since]
        await Response(orjson.dumps(later))(scope, receive, send)


def create_app() -> Fanout:
    """Return the application as granian runs it."""
    return Fanout(Spoken())


def command(way: str, port: int) -> list[str]:
    """Return what runs a way on a port, without the interpreter."""
    if way != "granian":
        return ["bench.fanout_server", way, str(port)]
    most = ("--backlog", str(BACKLOG), "--backpressure", str(BACKLOG))
    return [
        "granian", "--interface", "asgi", "--factory", "--port", str(port), "--loop", "uvloop",
        "--http", "1", "--no-ws", "--log-level", "error", *most, "bench.fanout_server:create_app",
    ]  # fmt: skip


def main(arguments: list[str]) -> None:
    """Serve under uvicorn until told to end."""
    way, port = arguments
    uvicorn.run(
        Fanout(Queued() if way == "queue" else Spoken()),
        port=int(port),
        loop="uvloop",
        http=DirectProtocol if way == "direct" else "httptools",
        log_level="error",
        access_log=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=1,
    )


def _padded(number: int, size: int) -> bytes:
    tail = b'","number":%d}' % number
    return b'{"pad":"' + b"x" * (size - len(tail) - 8) + tail


def _everyone(_headers: Mapping[str, str], _query: Mapping[str, str]) -> StreamGrant:
    return StreamGrant((TOPIC,))


async def _messages(queue: asyncio.Queue[bytes]) -> AsyncIterator[bytes]:
    while True:
        yield await queue.get()


def _plain(send: Any) -> Any:
    """Return `send` as a coroutine function, as every layer above a stream makes of it."""

    async def sent(event: Any) -> None:
        await send(event)

    return sent


if __name__ == "__main__":
    main(sys.argv[1:])
