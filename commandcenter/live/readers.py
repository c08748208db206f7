"""One connection of the ASGI stream: it writes what its screen has yet to see."""

import asyncio
import types
from collections.abc import Awaitable, Callable, Coroutine, Generator, MutableMapping
from typing import Any, NamedTuple, Protocol

from commandcenter.live.groups import Client
from commandcenter.live.hub import Hub

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Coroutine[Any, Any, None]]

DIRECT = "commandcenter.direct"
"""The ASGI extension with which a server hands out the connection of a request."""


class Flow(Protocol):
    """Whether a connection takes more: its buffer is full while writing is paused."""

    write_paused: bool


class Direct(NamedTuple):
    """A connection of HTTP/1.1: what is written to it must be chunks."""

    transport: asyncio.WriteTransport
    flow: Flow


class Chunks:
    """The last bytes that were written as a chunk: a group's clients get the same one by one."""

    def __init__(self) -> None:
        self._data = self._chunk = b""

    def of(self, data: bytes) -> bytes:
        """Return data as one chunk of HTTP/1.1."""
        if data is not self._data:
            self._data, self._chunk = data, b"%x\r\n%b\r\n" % (len(data), data)
        return self._chunk


class Reader:
    """One connection: free, or busy with a `send` that has to wait."""

    def __init__(
        self, hub: Hub, client: Client, send: Send, direct: Direct | None, chunks: Chunks
    ) -> None:
        self.gone = asyncio.Event()
        self.send = send
        self._direct = direct
        self._chunks = chunks
        self._hub = hub
        self._client = client
        self._waiting: asyncio.Task[None] | None = None
        self._since = 0.0

    @property
    def is_free(self) -> bool:
        """Whether nothing is under way to this client."""
        return self._waiting is None

    def begin(self, hello: bytes) -> None:
        """Write the hello and all that is known; from now on news is written as it comes.

        The hello is a screen's own, the rest is one object for all who come in the same moment:
        copies of it would be most of what a screen costs in memory.
        """
        self._client.wake = self._wake
        self._write(hello)
        self._wake()

    def part(self, words: bytes) -> None:
        """Say something last and end; a client that is slow to read is not told."""
        if self.is_free and not self.gone.is_set():
            self._write(words)
        self.gone.set()

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
        direct = self._direct
        if direct is None or direct.flow.write_paused:
            self._send(data)
        elif direct.transport.is_closing():
            self.gone.set()
        else:
            direct.transport.write(self._chunks.of(data))

    def _send(self, data: bytes) -> None:
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


def direct_of(scope: Scope) -> Direct | None:
    """Return the connection that a server hands out; before HTTP/1.1 there are no chunks."""
    if scope.get("http_version") != "1.1":
        return None
    found: Direct | None = scope.get("extensions", {}).get(DIRECT)
    return found
