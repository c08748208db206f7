"""Screens: clients of the stream, and of the peer that polls."""

import asyncio
import random
from dataclasses import dataclass
from time import perf_counter
from typing import cast

import orjson

from bench.events import Ledger
from bench.http import Connection
from bench.peer import part_ids


class Reader:
    """Finds the total in what the stream sends; all screens get the same bytes, so one looks."""

    def __init__(self) -> None:
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
        found = data.find(b'"total":{"value":', at, end if end > 0 else len(data))
        if found < 0:
            return None
        digits = data[found + 17 : found + 40]
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
    """One open stream."""

    def __init__(self, request: bytes, reader: Reader, ledger: Ledger) -> None:
        self._request = request
        self._reader = reader
        self._ledger = ledger
        self._buffer = b""
        self.position = 0
        self.total: int | None = None
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        self._transport = cast(asyncio.WriteTransport, transport)
        self._transport.write(self._request)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Look at what came once its last event is whole."""
        self._buffer += data
        if not self._buffer.endswith(b"\n\n\r\n"):
            return
        data, self._buffer = self._buffer, b""
        total = self._reader.total(data)
        if total is not None:
            self.total = total
            self.position = self._ledger.show(self.position, total)


@dataclass
class PollingScreen:
    """One page with dcc.Interval: it posts what a browser would, once a second."""

    connection: Connection
    ledger: Ledger
    parts: int
    position: int = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until stopped, from a random moment of the second on."""
        ids = part_ids(self.parts)
        outputs = [{"id": each, "property": "data"} for each in ids]
        output = ".." + "...".join(f"{each}.data" for each in ids) + ".."
        due = perf_counter() + random.random()
        ticks = 0
        while not stop.is_set():
            await asyncio.sleep(max(0.0, due - perf_counter()))
            ticks += 1
            body = {
                "output": output,
                "outputs": outputs,
                "inputs": [{"id": "tick", "property": "n_intervals", "value": ticks}],
                "changedPropIds": ["tick.n_intervals"],
                "parsedChangedPropsIds": ["tick.n_intervals"],
            }
            status, answer = await self.connection.json("POST", "/_dash-update-component", body)
            if status != 200:
                raise SystemExit(f"the peer answered {status}: {answer[:300]!r}")
            total = orjson.loads(answer)["response"]["total"]["data"]["value"]
            self.position = self.ledger.show(self.position, total)
            # A browser's interval does not run faster to catch up.
            due = max(due + 1.0, perf_counter())
        self.connection.close()
