"""GET /stream as a native ASGI route: the hub drives every client's `send` itself.

One wake-up of the event loop takes in a burst of the bus, and one pass writes the same bytes to
all screens of a group. Only a client whose `send` has to wait costs a task.
"""

import asyncio
import types
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl

from commandcenter.errors import CommandCenterError
from commandcenter.live import grants
from commandcenter.live.bus import Bus, Subscription
from commandcenter.live.grants import Authorise, Refusal, StreamGrant
from commandcenter.live.groups import Client, Group
from commandcenter.live.hub import CHANNELS, INTEREST, WINDOW_SECONDS, Hub, StreamsFull

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Coroutine[Any, Any, None]]

BLOCKED_SECONDS = 30.0
"""A client that takes nothing for this long is gone, though nobody has said so."""
TICK_SECONDS = 0.5
INTEREST_SECONDS = 4.0
AUTHORISING_THREADS = 4


class AsgiStream:
    """The stream of one hub for one event loop; `start` and `stop` belong to the lifespan."""

    def __init__(
        self, hub: Hub, bus: Bus, authorise: Authorise, blocked_seconds: float = BLOCKED_SECONDS
    ) -> None:
        self.hub = hub
        self._bus = bus
        self._authorise = authorise
        self._blocked_seconds = blocked_seconds
        self._readers: set[_Reader] = set()
        self._heard: deque[tuple[str, bytes]] = deque()
        self._called = False
        self._asking = False
        self._lost = bus.lost
        self._subscription: Subscription | None = None
        self._ticking: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pool = ThreadPoolExecutor(AUTHORISING_THREADS, "authorise")

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
        self._pool.shutdown(wait=False)

    def end_streams(self) -> None:
        """Say goodbye to all screens, so that a server that waits for them can stop."""
        for reader in list(self._readers):
            reader.gone.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request for the stream."""
        grant = await self._granted(scope)
        if isinstance(grant, Refusal):
            await _refuse(grant, send)
            return
        headers = _headers(scope)
        last = headers.get("last-event-id") or _query(scope).get("last_event_id", "")
        try:
            client, first = self.hub.join(grant, last)
        except StreamsFull:
            await _refuse(grants.too_many(self.hub.max_streams), send)
            return
        reader = _Reader(self.hub, client, send)
        self._readers.add(reader)
        try:
            self._ask_soon()
            await send(_start(200, grants.STREAM_HEADERS))
            await self._serve(reader, first, receive)
        finally:
            self._readers.discard(reader)
            reader.close()
            self.hub.leave(client)

    async def _granted(self, scope: Scope) -> StreamGrant | Refusal:
        if scope["method"] != "GET":
            return grants.wrong_method()
        if self.hub.is_full:
            return grants.too_many(self.hub.max_streams)
        loop = asyncio.get_running_loop()
        try:
            grant = await loop.run_in_executor(
                self._pool, self._authorise, _headers(scope), _query(scope)
            )
        except CommandCenterError as error:
            return grants.failed(error)
        return grant or grants.unknown_viewer()

    async def _serve(self, reader: "_Reader", first: bytes, receive: Receive) -> None:
        """Let the hub write until the client has gone or the server ends the stream."""
        leaving = asyncio.create_task(_until_disconnect(receive, reader.gone))
        try:
            reader.begin(first)
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
        group.held_until = self._loop.time() + WINDOW_SECONDS
        for client in list(group.clients):
            client.wake()

    def _ask_soon(self) -> None:
        """Publish interest once for all who come in this turn of the loop."""
        if self.hub.asks and not self._asking and self._loop is not None:
            self._asking = True
            self._loop.call_soon(self._publish_interest)

    def _publish_interest(self) -> None:
        self._asking = False
        self._bus.publish(INTEREST, self.hub.interest())

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
                self._publish_interest()
            for reader in self._readers:
                if reader.blocked_since(loop.time()) > self._blocked_seconds:
                    reader.gone.set()
            self._spread()
            await asyncio.sleep(TICK_SECONDS)


class _Reader:
    """One connection: free, or busy with a `send` that has to wait."""

    def __init__(self, hub: Hub, client: Client, send: Send) -> None:
        self.gone = asyncio.Event()
        self.send = send
        self._hub = hub
        self._client = client
        self._waiting: asyncio.Task[None] | None = None
        self._since = 0.0

    @property
    def is_free(self) -> bool:
        """Whether nothing is under way to this client."""
        return self._waiting is None

    def begin(self, first: bytes) -> None:
        """Write what a screen gets first; from now on news is written as it comes."""
        self._client.wake = self._wake
        self._write(first)
        # What came while the head of the answer was on its way.
        self._wake()

    def blocked_since(self, now: float) -> float:
        """Return for how many seconds a write has been waiting."""
        return 0.0 if self._waiting is None else now - self._since

    def close(self) -> None:
        """Write no more."""
        self.gone.set()
        if self._waiting is not None:
            self._waiting.cancel()

    def _wake(self) -> None:
        if self._client.ended:
            self.gone.set()
        if self._waiting is None and not self.gone.is_set():
            data = self._hub.take(self._client)
            if data:
                self._write(data)

    def _write(self, data: bytes) -> None:
        """Run `send` as far as it goes without waiting, which is nearly always its end."""
        sending = self.send({"type": "http.response.body", "body": data, "more_body": True})
        try:
            pending = sending.send(None)
        except StopIteration:
            return
        except OSError:
            self.gone.set()
            return
        loop = asyncio.get_running_loop()
        self._since = loop.time()
        self._waiting = loop.create_task(_resumed(sending, pending))
        self._waiting.add_done_callback(self._written)

    def _written(self, task: "asyncio.Task[None]") -> None:
        self._waiting = None
        if task.cancelled() or task.exception() is not None:
            self.gone.set()
        else:
            # Whoever was busy gets the latest now, not what was missed one by one.
            self._wake()


async def _resumed(sending: Coroutine[Any, Any, None], pending: object) -> None:
    await _rest(sending, pending)


@types.coroutine
def _rest(sending: Coroutine[Any, Any, None], pending: object) -> Generator[Any, Any, None]:
    """Go on with a coroutine that has already handed out what it waits for."""
    try:
        yield pending
    except BaseException:
        sending.close()
        raise
    yield from sending


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


def _headers(scope: Scope) -> dict[str, str]:
    return {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
    }


def _query(scope: Scope) -> dict[str, str]:
    return dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
