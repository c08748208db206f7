"""The peer that pushes: Dash's WebSocket callbacks, fed by one poller for all viewers.

The poller makes the values of the same panels from the same counts once in so many seconds,
whoever watches, and each viewer's persistent callback sends the parts that have changed. That is
the best that can be done with it: values are made once for all, and nothing is sent twice.

Run as `python -m bench.websocket_peer FOLDER LAYOUT SECONDS PORT`; it needs dash[fastapi].
"""

import asyncio
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import orjson
import uvicorn
from dash import Dash, ctx, dcc, html, set_props
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from bench.peer import part_ids
from bench.rendering_peer import Counts, Made


class Poller:
    """Makes the values for all viewers, and wakes those who wait for what has changed."""

    def __init__(self, counts: Counts, seconds: float) -> None:
        self._counts = counts
        self._seconds = seconds
        self._values: list[Made] = []
        self._changed: list[int] = []
        self._round = 0
        self._news = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    async def after(self, number: int) -> tuple[int, list[tuple[int, Made]]]:
        """Return a later round's number, and the parts that changed since round `number`."""
        if self._running is None:
            self._running = asyncio.create_task(self._poll(), name="poller")
        while self._round == number:
            await self._news.wait()
        parts = enumerate(zip(self._values, self._changed, strict=True))
        return self._round, [(at, value) for at, (value, since) in parts if since > number]

    async def _poll(self) -> None:
        due = perf_counter()
        while True:
            self._take(await asyncio.to_thread(self._counts.values))
            due = max(due + self._seconds, perf_counter())
            await asyncio.sleep(due - perf_counter())

    def _take(self, values: list[Made]) -> None:
        before = self._values or [{}] * len(values)
        changed = self._changed or [0] * len(values)
        later = self._round + 1
        self._changed = [
            later if value != old or not since else since
            for value, old, since in zip(values, before, changed, strict=True)
        ]
        self._values, self._round = values, later
        news, self._news = self._news, asyncio.Event()
        news.set()


def create_app(folder: str, layout: str, seconds: float) -> Any:
    """Return the ASGI application: the page, and how the bench talks to it."""
    counts = Counts(Path(folder), layout)
    poller = Poller(counts, seconds)
    app = Dash("peer", serve_locally=True, backend="fastapi", websocket_callbacks=True)
    ids = part_ids(len(counts.values()))
    app.layout = html.Div([dcc.Store(id=each) for each in ids])

    async def push() -> None:
        number = 0
        while not ctx.websocket.is_shutdown:
            number, changed = await poller.after(number)
            for at, value in changed:
                set_props(ids[at], {"data": value})

    app.callback(persistent=True)(push)

    async def parts(_request: Request) -> Response:
        callback = next(iter(app.callback_map))
        said = {"parts": len(ids), "total": counts.values()[0]["value"], "callback": callback}
        return Response(orjson.dumps(said))

    async def count_on(request: Request) -> Response:
        counts.add(orjson.loads(await request.body())["add"])
        return Response(b"ok")

    # Dash does this at the first page that it serves; the bench asks for no page.
    app._setup_server()
    return Starlette(
        routes=[
            Route("/parts", parts),
            Route("/add", count_on, methods=["POST"]),
            Mount("/", app.server),
        ]
    )


def main(arguments: list[str]) -> None:
    """Serve until told to end."""
    folder, layout, seconds, port = arguments
    uvicorn.run(
        create_app(folder, layout, float(seconds)),
        port=int(port),
        loop="uvloop",
        log_level="error",
        access_log=False,
        backlog=2048,
        # Packing each message for each viewer would cost the peer more than it is worth here.
        ws_per_message_deflate=False,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
