"""Flask in threads: a request comes whole and its answer goes back in one piece.

Each word between a thread and the event loop costs both a wait for the other. An answer that is
too long to be kept for a slow reader is handed over piece by piece.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from a2wsgi.wsgi import build_environ

Event = MutableMapping[str, Any]
Send = Callable[[Event], Awaitable[None]]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

AT_ONCE = 256 * 1024
"""Bytes of an answer that is handed over in one piece; of a longer one in pieces as long."""


@dataclass(slots=True)
class Said:
    """What Flask has said of an answer so far; a head that is sent is not said again."""

    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    pieces: list[bytes] = field(default_factory=list)
    length: int = 0
    is_begun: bool = False

    def start(
        self, status: str, headers: list[tuple[str, str]], _error: object = None
    ) -> Callable[[bytes], None]:
        """Take the head, as WSGI has it; a later one counts, as that of an error."""
        self.status = int(status.partition(" ")[0])
        self.headers = [
            (name.strip().encode("latin-1").lower(), value.strip().encode("latin-1"))
            for name, value in headers
        ]
        return self.add

    def add(self, piece: bytes) -> None:
        """Take a piece of the body."""
        self.pieces.append(piece)
        self.length += len(piece)

    def gather(self, pieces: Iterable[bytes], full: Callable[["Said"], None] | None = None) -> None:
        """Take in the body to its end; `full` is told whenever much of it waits to be sent."""
        try:
            for piece in pieces:
                self.add(piece)
                if full is not None and self.length >= AT_ONCE:
                    full(self)
        finally:
            getattr(pieces, "close", lambda: None)()

    def events(self, is_last: bool) -> list[Event]:
        """Return what is to be sent of it now."""
        body = b"".join(self.pieces)
        self.pieces, self.length = [], 0
        said: Event = {"type": "http.response.body", "body": body, "more_body": not is_last}
        if self.is_begun:
            return [said]
        self.is_begun = True
        head = {"type": "http.response.start", "status": self.status, "headers": self.headers}
        return [head, said]


class Threads:
    """A WSGI application in threads of its own."""

    def __init__(self, app: Wsgi, threads: int) -> None:
        self._app = app
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="WSGI")

    async def answer(self, scope: Event, body: bytes, send: Send) -> None:
        """Have a request answered whose body has been read."""
        environ = environ_of(scope, body)
        loop = asyncio.get_running_loop()
        context = copy_context()

        def say(answer: Said) -> None:
            saying = tell(send, answer.events(is_last=False))
            asyncio.run_coroutine_threadsafe(saying, loop).result()

        answer = await loop.run_in_executor(self._executor, context.run, self._run, environ, say)
        await tell(send, answer.events(is_last=True))

    def close(self) -> None:
        """Take no more requests; those that are being answered end by themselves."""
        self._executor.shutdown(wait=False)

    def _run(self, environ: dict[str, Any], say: Callable[[Said], None]) -> Said:
        answer = Said()
        answer.gather(self._app(environ, answer.start), say)
        return answer


def environ_of(scope: Event, body: bytes) -> dict[str, Any]:
    """Return a request as WSGI has it."""
    asked: Any = scope
    given: Any = BytesIO(body)
    environ: Any = build_environ(asked, given)
    return environ  # type: ignore[no-any-return]


async def tell(send: Send, events: list[Event]) -> None:
    """Say events one after the other."""
    for event in events:
        await send(event)
