"""The server that is measured, as screens and sources see it: a wall's stream, and intake."""

import asyncio
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

from bench.audience import Kind
from bench.city import Demonstration
from bench.http import Connection
from bench.peers import Server
from bench.reports import Reports
from bench.screens import Reader, StreamScreen

LARGEST_PART = 4096
"""Parts with more bytes, as the map's colours, are spared the peers: each poll would send them."""
SETTLE_SECONDS = 2.0
PATIENCE_SECONDS = 60.0


class Wall:
    """One wall of a running city, with a session of its own."""

    def __init__(self, city: Demonstration, layout: str, cookie: str) -> None:
        request = (
            f"GET /stream?layout={layout} HTTP/1.1\r\nHost: bench\r\nCookie: {cookie}\r\n"
            "Accept: text/event-stream\r\n\r\n"
        )
        self.city = city
        self.kind = Kind("stream", city.address, {"request": request})
        self.total = 0
        self.parts: dict[str, object] = {}
        self.server = Server(city.process, self._report)
        self.reports = Reports(city.source_key)
        self.sender = Connection(*city.address)

    @classmethod
    async def entered(cls, city: Demonstration, layout: str) -> "Wall":
        """Open the wall's link as a browser does, and its stream until the total has come."""
        link = urlsplit(city.wall)
        connection = Connection(*city.address)
        status, headers, _ = await connection.request("GET", f"{link.path}?{link.query}")
        connection.close()
        if "set-cookie" not in headers:
            raise SystemExit(f"the wall's link answered {status} without a session")
        wall = cls(city, layout, headers["set-cookie"].partition(";")[0])
        await wall._look()
        return wall

    def values(self) -> list[Any]:
        """Return the values of the wall, but for the total and what is large."""
        return [
            value
            for name, value in self.parts.items()
            if len(str(value)) < LARGEST_PART and not name.endswith(" total")
        ]

    async def _look(self) -> None:
        reader = Reader()
        request = self.kind.options["request"].encode()
        screen = StreamScreen(self.city.address, request, reader.total)
        await screen.open()
        deadline = perf_counter() + PATIENCE_SECONDS
        while screen.total is None:
            if perf_counter() > deadline:
                raise SystemExit("the stream does not show the total: is there such a layout?")
            await asyncio.sleep(0.02)
        await asyncio.sleep(SETTLE_SECONDS)
        self.total, self.parts = screen.total, reader.parts
        screen.close()

    async def _report(self, size: int) -> None:
        await self.reports.send(self.sender, size)
