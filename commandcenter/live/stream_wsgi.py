"""GET /stream as a WSGI generator: for plain threaded servers and small rooms.

Each screen holds a thread of the server; a screen that has gone is noticed at the next write.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from commandcenter.errors import CommandCenterError
from commandcenter.live import grants
from commandcenter.live.bus import Bus, Subscription
from commandcenter.live.grants import Authorise, Refusal, StreamGrant
from commandcenter.live.groups import Client
from commandcenter.live.hub import CHANNELS, INTEREST, Hub, StreamsFull
from commandcenter.live.topics import Topic

Environ = dict[str, Any]
StartResponse = Callable[..., Any]

TICK_SECONDS = 0.5
INTEREST_TICKS = 8


class WsgiStream:
    """The stream of one hub for a threaded server; a condition guards the hub."""

    def __init__(self, hub: Hub, bus: Bus, authorise: Authorise) -> None:
        self.hub = hub
        self.news = threading.Condition()
        self.stopped = threading.Event()
        self._bus = bus
        self._authorise = authorise
        self._lost = bus.lost
        self._subscription: Subscription | None = None
        self._ticking = threading.Thread(target=self._tick, name="stream-tick", daemon=True)

    def start(self) -> None:
        """Listen to the workers; call it in the process that serves, after a fork."""
        self._subscription = self._bus.subscribe(CHANNELS, self._hear)
        self._ticking.start()

    def stop(self) -> None:
        """End every stream and listen no longer; the bus stays open."""
        self.stopped.set()
        with self.news:
            self.news.notify_all()
        if self._subscription is not None:
            self._subscription.close()
            self._ticking.join()
        self._bus.publish(INTEREST, self.hub.farewell())

    def expect(self, topics: Sequence[Topic]) -> None:
        """Have topics asked for that a screen will soon join; from any thread."""
        with self.news:
            self.hub.expect(topics)
            self._ask()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request for the stream."""
        grant = self._granted(environ)
        if isinstance(grant, Refusal):
            return _refuse(grant, start_response)
        query = _query(environ)
        last = environ.get("HTTP_LAST_EVENT_ID") or query.get("last_event_id", "")
        with self.news:
            try:
                client, hello = self.hub.join(grant, last)
            except StreamsFull:
                return _refuse(grants.too_many(self.hub.max_streams), start_response)
            first = hello + self.hub.take(client)
            self._ask()
        start_response("200 OK", list(grants.STREAM_HEADERS))
        return Events(self, client, first)

    def _granted(self, environ: Environ) -> StreamGrant | Refusal:
        if environ["REQUEST_METHOD"] != "GET":
            return grants.wrong_method()
        if self.hub.is_full:
            return grants.too_many(self.hub.max_streams)
        try:
            grant = self._authorise(_headers(environ), _query(environ))
        except CommandCenterError as error:
            return grants.failed(error)
        return grant or grants.unknown_viewer()

    def _hear(self, channel: str, payload: bytes) -> None:
        with self.news:
            self.hub.hear(channel, payload)
            self._spread()

    def _spread(self) -> None:
        if list(self.hub.changed()):
            self.news.notify_all()
        self._ask()

    def _ask(self) -> None:
        if self.hub.asks:
            self._bus.publish(INTEREST, self.hub.more_interest())

    def _tick(self) -> None:
        ticks = 0
        while not self.stopped.wait(TICK_SECONDS):
            ticks += 1
            with self.news:
                self.hub.tick()
                if self._bus.lost != self._lost:
                    self._lost = self._bus.lost
                    self.hub.ask_all()
                if ticks % INTEREST_TICKS == 0:
                    self._bus.publish(INTEREST, self.hub.interest())
                self._spread()


class Events(Iterator[bytes]):
    """What one screen is sent; `close`, which WSGI promises to call, forgets the screen.

    A class and not a generator: a generator that was never started has nothing to clean up with.
    """

    def __init__(self, stream: WsgiStream, client: Client, first: bytes) -> None:
        self._stream = stream
        self._client = client
        self._first = first

    def __next__(self) -> bytes:
        """Wait for news, at least for the window in which a screen gets one write."""
        first, self._first = self._first, b""
        if first:
            return first
        stream = self._stream
        if stream.stopped.wait(stream.hub.window):
            raise StopIteration
        with stream.news:
            while not stream.stopped.is_set() and not self._client.ended:
                if data := stream.hub.take(self._client):
                    return data
                stream.news.wait()
        raise StopIteration

    def close(self) -> None:
        """Forget the screen."""
        with self._stream.news:
            self._stream.hub.leave(self._client)


def _refuse(refusal: Refusal, start_response: StartResponse) -> Iterable[bytes]:
    status = HTTPStatus(refusal.status)
    start_response(f"{status.value} {status.phrase}", refusal.all_headers())
    return [refusal.body]


def _headers(environ: Environ) -> dict[str, str]:
    return {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }


def _query(environ: Environ) -> dict[str, str]:
    return dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
