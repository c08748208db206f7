"""The ASGI front: the stream native on the event loop, everything else in Flask's threads."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from http import HTTPStatus
from time import perf_counter
from typing import Any
from urllib.parse import quote_from_bytes

import orjson

from commandcenter import logs
from commandcenter.live.bus import Bus
from commandcenter.live.figures import stream_figures
from commandcenter.live.stream_asgi import AsgiStream
from commandcenter.web.bodies import LARGEST_BODY, largest, takes_photos
from commandcenter.web.commands import is_command
from commandcenter.web.errors import error_body, with_request
from commandcenter.web.flask_app import create_flask
from commandcenter.web.groups import Groups
from commandcenter.web.requests import NO_ROUTE, id_of, write_line
from commandcenter.web.services import Services
from commandcenter.web.threads import Threads

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Any]

STREAM = "/stream"
THREADS = 12
BODY_SECONDS = 30.0
"""A caller who sends a body slower than this holds a place that others need."""
PHOTO_SECONDS = 120.0
"""A photo comes from where the connection is bad."""
URL_SAFE = "".join(chr(code) for code in range(0x21, 0x7F))


class BodyRefused(Exception):
    """A body is too large or comes too slowly."""

    def __init__(self, status: HTTPStatus, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class Front:
    """An ASGI application; its lifespan starts and stops the stream and the bus."""

    def __init__(self, services: Services) -> None:
        site = create_flask(services)
        self.flask = site.app
        self.stream = AsgiStream(services.hub, services.bus, site.authorise)
        services.expect = self.stream.expect
        self.watching = site.watching
        self.watching.stats.add(partial(stream_figures, self.stream))
        self._bus: Bus = services.bus
        self._pages = Threads(site.app, THREADS)
        self._groups = Groups(site.app, services.commander.serve)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        match scope["type"]:
            case "lifespan":
                await self._live(receive, send)
            case "http" if scope["path"] == STREAM:
                number = id_of(_header(scope, b"x-request-id"))
                with logs.task(number):
                    await self.stream(scope, receive, _answering(number, send))
            case "http":
                await self._serve(scope, receive, send)
            case _:
                await send({"type": "websocket.close", "code": 1000})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self.stream.start()
            await asyncio.to_thread(self.watching.start)
        except Exception as error:
            # The server is told why it cannot start and says so in its own way.
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            raise
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await asyncio.to_thread(self.watching.close)
        await self.stream.stop()
        self._pages.close()
        self._groups.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the whole body first: a slow caller must cost no thread."""
        try:
            seconds = PHOTO_SECONDS if takes_photos(scope["path"]) else BODY_SECONDS
            async with asyncio.timeout(seconds):  # without a task of its own, as others would
                body = await _read_body(receive, largest(scope["path"]))
        except BodyRefused as refused:
            await self._refuse(scope, send, refused.status, refused.code)
            return
        except TimeoutError:
            await self._refuse(scope, send, HTTPStatus.REQUEST_TIMEOUT, "request_timeout")
            return
        if body is None:
            return
        is_commanded = is_command(scope["method"], scope["path"])
        rooms = self._groups if is_commanded else self._pages
        await rooms.answer(_with_body(scope, body), body, send)

    async def _refuse(self, scope: Scope, send: Send, status: HTTPStatus, code: str) -> None:
        """Refuse a body before Flask has seen anything of the request."""
        number, began = id_of(_header(scope, b"x-request-id")), perf_counter()
        with logs.task(number):
            await _refuse(_answering(number, send), status, code)
            seconds = perf_counter() - began
            self.watching.meter.add(scope["method"], NO_ROUTE, status, seconds)
            write_line(scope["method"], NO_ROUTE, status, seconds)


async def _read_body(receive: Receive, most: int = LARGEST_BODY) -> bytes | None:
    """Return the body, None for a caller who has gone; raises BodyRefused."""
    body = bytearray()
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return None
        body += event.get("body", b"")
        if len(body) > most:
            raise BodyRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "request_entity_too_large")
        if not event.get("more_body", False):
            return bytes(body)


def _with_body(scope: Scope, body: bytes) -> Scope:
    """Return the scope for Flask: a length for every body, an address of plain characters."""
    kept = [
        (name, value)
        for name, value in scope["headers"]
        if name not in (b"content-length", b"transfer-encoding")
    ]
    return {
        **scope,
        "headers": [*kept, (b"content-length", str(len(body)).encode())],
        "query_string": quote_from_bytes(scope["query_string"], URL_SAFE).encode(),
    }


async def _refuse(send: Send, status: HTTPStatus, code: str) -> None:
    body = orjson.dumps(with_request(error_body(code, status.description)))
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _header(scope: Scope, wanted: bytes) -> str | None:
    return next((v.decode("latin-1") for name, v in scope["headers"] if name == wanted), None)


def _answering(number: str, send: Send) -> Send:
    """Return a `send` that gives the request's id back with the head of the answer."""

    async def answered(event: Event) -> None:
        if event["type"] == "http.response.start":
            headers = [*event.get("headers", ()), (b"x-request-id", number.encode())]
            event = {**event, "headers": headers}
        await send(event)

    return answered
