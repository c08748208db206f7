"""Screens: clients of the stream, and of the peer that polls."""

import asyncio
import random
from collections.abc import Callable
from time import perf_counter
from typing import Any, Protocol, cast

import orjson

from bench.http import Connection
from bench.peer import part_ids
from bench.sightings import Sightings

LONGEST_PAUSE_SECONDS = 15.0
END = b"\n\n\r\n"


class Screen(Protocol):
    """One viewer's page, as far as its connection goes."""

    sightings: Sightings
    came: float
    """When the first total came since the connection was made; 0 while none has."""

    async def open(self) -> None:
        """Connect; the first total comes by and by."""

    def close(self) -> None:
        """Hang up."""


class Reader:
    """Finds the total in what the stream sends; all screens get the same bytes, so one looks.

    `part` is another number of the same panel that is looked for instead.
    """

    def __init__(self, part: str = "total") -> None:
        self._part = f'"{part}":{{"value":'.encode()
        self.topic = b""
        self.parts: dict[str, object] = {}
        self._data = b""
        self._total: int | None = None

    def total(self, data: bytes) -> int | None:
        """Return the total that one write holds, None where it holds none."""
        if data != self._data:
            self._data, self._total = data, self._find(data)
        return self._total

    def _find(self, data: bytes) -> int | None:
        if not self.topic:
            self._learn(data)
        at = data.find(self.topic) if self.topic else -1
        if at < 0:
            return None
        end = data.find(b'":{"at":', at + len(self.topic))
        found = data.find(self._part, at, end if end > 0 else len(data))
        if found < 0:
            return None
        found += len(self._part)
        digits = data[found : found + 23]
        return int(digits[: min(digits.find(mark) % 24 for mark in (b"}", b","))])

    def _learn(self, data: bytes) -> None:
        """Find the panel with the total in a snapshot, and keep the values of all parts."""
        for line in data.split(b"\n"):
            if not line.startswith(b'data: {"real"') or b'"set"' not in line:
                continue
            for topic, change in orjson.loads(line[6:])["set"].items():
                self.parts |= {f"{topic} {name}": value for name, value in change["parts"].items()}
                if {"reported", "total"} <= change["parts"].keys():
                    self.topic = f'"{topic}":{{"at":'.encode()


class StreamScreen(asyncio.Protocol):
    """One open stream; lost, it comes back after the pauses that the page's script makes."""

    def __init__(
        self, address: tuple[str, int], request: bytes, total: Callable[[bytes], int | None]
    ) -> None:
        self.sightings = Sightings()
        self.came = 0.0
        self._address = address
        self._request = request
        self._total = total
        self._buffer = bytearray()
        self._failures = 0
        self._is_closed = False
        self._transport: asyncio.WriteTransport | None = None

    @property
    def total(self) -> int | None:
        """The total that is shown, None while none has come."""
        return self.sightings.totals[-1] if self.sightings.totals else None

    async def open(self) -> None:
        """Connect; where that fails it is tried again by and by."""
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: self, *self._address)
        except OSError:
            self._lose()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        self._transport = cast(asyncio.WriteTransport, transport)
        self._transport.write(self._request)

    def close(self) -> None:
        """Hang up."""
        self._is_closed = True
        if self._transport is not None:
            self._transport.close()

    def connection_lost(self, _: Exception | None) -> None:
        """Come back, unless the screen was closed."""
        self._lose()

    def data_received(self, data: bytes) -> None:
        """Look at what came once its last event is whole."""
        if self._buffer:
            self._buffer += data
            data = bytes(self._buffer) if self._buffer.endswith(END) else b""
        if not data.endswith(END):
            self._buffer = self._buffer or bytearray(data)
            self._see_refusal()
            return
        self._buffer.clear()
        total = self._total(data)
        if total is not None:
            self.sightings.note(total)
            self.came = self.came or perf_counter()
            self._failures = 0

    def _see_refusal(self) -> None:
        if self._buffer.startswith(b"HTTP/1.1 ") and self._buffer[9:12] != b"200":
            cast(asyncio.WriteTransport, self._transport).abort()

    def _lose(self) -> None:
        self._buffer.clear()
        self.came = 0.0
        if self._is_closed:
            return
        pause = min(LONGEST_PAUSE_SECONDS, 0.5 * 2**self._failures) * random.uniform(0.5, 1.0)
        self._failures += 1
        loop = asyncio.get_running_loop()
        loop.call_later(pause, lambda: self._is_closed or loop.create_task(self.open()))


class PollingScreen:
    """One page with dcc.Interval: it posts what a browser would, once a second."""

    def __init__(self, address: tuple[str, int], parts: int) -> None:
        self.sightings = Sightings()
        self.came = 0.0
        self._connection = Connection(*address)
        self._ids = part_ids(parts)
        self._polling: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Poll until closed, from a random moment of the next second on."""
        self._polling = asyncio.create_task(self._poll())

    def close(self) -> None:
        """Poll no more."""
        if self._polling is not None:
            self._polling.cancel()
        self._connection.close()

    async def _poll(self) -> None:
        outputs = [{"id": each, "property": "data"} for each in self._ids]
        output = ".." + "...".join(f"{each}.data" for each in self._ids) + ".."
        due = perf_counter() + random.random()
        ticks = 0
        while True:
            await asyncio.sleep(max(0.0, due - perf_counter()))
            ticks += 1
            self.sightings.note(await self._ask({
                "output": output,
                "outputs": outputs,
                "inputs": [{"id": "tick", "property": "n_intervals", "value": ticks}],
                "changedPropIds": ["tick.n_intervals"],
                "parsedChangedPropsIds": ["tick.n_intervals"],
            }))  # fmt: skip
            self.came = self.came or perf_counter()
            # A browser's interval does not run faster to catch up.
            due = max(due + 1.0, perf_counter())

    async def _ask(self, body: dict[str, Any]) -> int:
        status, answer = await self._connection.json("POST", "/_dash-update-component", body)
        if status != 200:
            raise SystemExit(f"the peer answered {status}: {answer[:300]!r}")
        return int(orjson.loads(answer)["response"]["total"]["data"]["value"])
