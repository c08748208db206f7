"""GET /stream as a native ASGI route: the hub drives every client's `send` itself.

One wake-up of the event loop takes in a burst of the bus, and one pass writes the same bytes to
all screens of a group. Only a client whose `send` has to wait costs a task. A server that offers
the extension DIRECT is spared even `send`: a chunk is made once for a group and written as it is.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from random import randint, shuffle
from urllib.parse import parse_qsl

from commandcenter.errors import CommandCenterError
from commandcenter.live import grants
from commandcenter.live.arrivals import Arrivals
from commandcenter.live.bus import Bus, Subscription
from commandcenter.live.grants import Authorise, Refusal, StreamGrant
from commandcenter.live.groups import Group
from commandcenter.live.hub import CHANNELS, INTEREST, Hub, StreamsFull
from commandcenter.live.readers import Chunks, Event, Reader, Receive, Scope, Send, direct_of
from commandcenter.live.topics import Topic

BLOCKED_SECONDS = 30.0
"""A client that takes nothing for this long is gone, though nobody has said so."""
TICK_SECONDS = 0.5
INTEREST_SECONDS = 4.0
LEAVE_STEP_SECONDS = 0.05
RETURN_MILLIS = (50, 500)


class AsgiStream:
    """The stream of one hub for one event loop; `start` and `stop` belong to the lifespan."""

    def __init__(
        self, hub: Hub, bus: Bus, authorise: Authorise, blocked_seconds: float = BLOCKED_SECONDS
    ) -> None:
        self.hub = hub
        self._bus = bus
        self._blocked_seconds = blocked_seconds
        self._readers: set[Reader] = set()
        self._chunks = Chunks()
        self._heard: deque[tuple[str, bytes]] = deque()
        self._called = False
        self._asking = False
        self._lost = bus.lost
        self._subscription: Subscription | None = None
        self._ticking: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._arrivals = Arrivals(authorise)

    async def start(self) -> None:
        """Listen to the workers; call it in the event loop that serves."""
        self._loop = asyncio.get_running_loop()
        self._subscription = await asyncio.to_thread(self._bus.subscribe, CHANNELS, self._hear)
        self._ticking = asyncio.create_task(self._tick(), name="stream-tick")

    async def stop(self) -> None:
        """End every stream and listen no longer; the bus stays open."""
        self.end_streams()
        if self._ticking is not None:
            self._ticking.cancel()
            with suppress(asyncio.CancelledError):
                await self._ticking
        if self._subscription is not None:
            self._subscription.close()
        self._bus.publish(INTEREST, self.hub.farewell())
        self._arrivals.close()

    def expect(self, topics: Sequence[Topic]) -> None:
        """Have topics asked for that a screen will soon join; from any thread."""
        # The loop may be closing while a page is still made.
        if self._loop is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._expect, topics)

    def end_streams(self) -> None:
        """Say goodbye to all screens, so that a server that waits for them can stop."""
        for reader in list(self._readers):
            reader.gone.set()

    def blocked(self) -> list[float]:
        """Return for how many seconds each write that has to wait has waited; from any thread."""
        if self._loop is None:
            return []
        now = self._loop.time()
        waits = [reader.blocked_since(now) for reader in list(self._readers)]
        return [seconds for seconds in waits if seconds > 0]

    async def leave(self, seconds: float) -> None:
        """End the streams a few at a time, each with a moment of its own to come back at."""
        readers = list(self._readers)
        shuffle(readers)
        portion = -(-len(readers) * LEAVE_STEP_SECONDS // seconds)
        while readers:
            for reader in readers[: int(portion)]:
                reader.part(b"retry: %d\n\n" % randint(*RETURN_MILLIS))
            del readers[: int(portion)]
            await asyncio.sleep(LEAVE_STEP_SECONDS)
        self.end_streams()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request for the stream."""
        grant = await self._granted(scope)
        if isinstance(grant, Refusal):
            await _refuse(grant, send)
            return
        try:
            client, hello = self.hub.join(grant, _last_event_id(scope))
        except StreamsFull:
            await _refuse(grants.too_many(self.hub.max_streams), send)
            return
        reader = Reader(self.hub, client, send, direct_of(scope), self._chunks)
        self._readers.add(reader)
        try:
            self._ask_soon()
            await send(_start(200, grants.STREAM_HEADERS))
            await self._serve(reader, hello, receive)
        finally:
            self._readers.discard(reader)
            reader.close()
            self.hub.leave(client)

    async def _granted(self, scope: Scope) -> StreamGrant | Refusal:
        if scope["method"] != "GET":
            return grants.wrong_method()
        if self.hub.is_full:
            return grants.too_many(self.hub.max_streams)
        try:
            grant = await self._arrivals.granted(_headers(scope).get("cookie", ""), _query(scope))
        except CommandCenterError as error:
            return grants.failed(error)
        return grant or grants.unknown_viewer()

    async def _serve(self, reader: Reader, hello: bytes, receive: Receive) -> None:
        """Let the hub write until the client has gone or the server ends the stream."""
        leaving = asyncio.create_task(_until_disconnect(receive, reader.gone))
        try:
            reader.begin(hello)
            await reader.gone.wait()
        finally:
            leaving.cancel()
        if reader.is_free and not leaving.done():
            with suppress(OSError):
                await reader.send({"type": "http.response.body", "body": b"", "more_body": False})

    def _hear(self, channel: str, payload: bytes) -> None:
        """Take a message in the bus's thread; a burst wakes the event loop once."""
        self._heard.append((channel, payload))
        if not self._called and self._loop is not None:
            self._called = True
            # The loop may be closing while the bus still speaks.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._take_burst)

    def _expect(self, topics: Sequence[Topic]) -> None:
        self.hub.expect(topics)
        self._ask_soon()

    def _take_burst(self) -> None:
        self._called = False
        while self._heard:
            self.hub.hear(*self._heard.popleft())
        self._spread()

    def _spread(self) -> None:
        """Write the first change at once, what follows when its group's window has passed."""
        if self._loop is None:
            return
        now = self._loop.time()
        for group in self.hub.changed():
            if group.held_until <= now:
                self._flush(group)
            elif not group.scheduled:
                group.scheduled = True
                self._loop.call_at(group.held_until, self._flush, group)
        self._ask_soon()

    def _flush(self, group: Group) -> None:
        if self._loop is None:
            return
        group.scheduled = False
        group.held_until = self._loop.time() + self.hub.window
        for client in list(group.clients):
            client.wake()

    def _ask_soon(self) -> None:
        """Publish interest once for all who come in this turn of the loop."""
        if self.hub.asks and not self._asking and self._loop is not None:
            self._asking = True
            self._loop.call_soon(self._publish_interest)

    def _publish_interest(self) -> None:
        self._asking = False
        self._bus.publish(INTEREST, self.hub.more_interest())

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        interest_due = 0.0
        while True:
            self.hub.tick()
            if self._bus.lost != self._lost:
                self._lost = self._bus.lost
                self.hub.ask_all()
            if loop.time() >= interest_due:
                interest_due = loop.time() + INTEREST_SECONDS
                self._bus.publish(INTEREST, self.hub.interest())
            for reader in self._readers:
                if reader.blocked_since(loop.time()) > self._blocked_seconds:
                    reader.gone.set()
            self._spread()
            await asyncio.sleep(TICK_SECONDS)


async def _until_disconnect(receive: Receive, gone: asyncio.Event) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    gone.set()


async def _refuse(refusal: Refusal, send: Send) -> None:
    await send(_start(refusal.status, refusal.all_headers()))
    await send({"type": "http.response.body", "body": refusal.body})


def _start(status: int, headers: list[tuple[str, str]]) -> Event:
    pairs = [(name.encode(), value.encode()) for name, value in headers]
    return {"type": "http.response.start", "status": status, "headers": pairs}


def _last_event_id(scope: Scope) -> str:
    return _headers(scope).get("last-event-id") or _query(scope).get("last_event_id", "")


def _headers(scope: Scope) -> dict[str, str]:
    return {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
    }


def _query(scope: Scope) -> dict[str, str]:
    return dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
