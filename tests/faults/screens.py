"""Open streams that know what a page would show and what it would say of its age."""

from __future__ import annotations

import asyncio
import random
import re
from dataclasses import dataclass
from time import monotonic
from typing import cast

import orjson

QUIET_SECONDS = 17.0
"""A page that hears nothing for so long connects again, as in assets/kit-stream.js."""
LONGEST_PAUSE_SECONDS = 15.0
END = b"\n\n\r\n"
EVENT = re.compile(rb"(?:id: (\S*)\n)?event: (\w+)\ndata: (.*)\n\n")
TOTAL = re.compile(rb'"total":\{"value":(\d+)')


@dataclass(frozen=True)
class News:
    """What one write brings: a total, the last event's id, up to when what is shown is whole."""

    total: int | None = None
    last: str = ""
    is_hello: bool = False
    asof: int | None = None
    says_age: bool = False


class Reading:
    """Reads writes; all screens of a group get the same bytes, so each is read once."""

    def __init__(self) -> None:
        self._topic = ""
        self._known: dict[bytes, News] = {}

    def news(self, data: bytes) -> News:
        """Return what a write brings."""
        found = self._known.get(data)
        if found is None:
            if len(self._known) > 50:
                self._known.clear()
            found = self._known[data] = self._read(data)
        return found

    def _read(self, data: bytes) -> News:
        total, last, hello, asof, says = None, "", False, None, False
        for number, name, body in EVENT.findall(data):
            last = number.decode() or last
            if name in (b"hello", b"beat"):
                hello = hello or name == b"hello"
                asof, says = orjson.loads(body)["asof"], True
            elif name == b"props":
                found = self._total(body)
                total = total if found is None else found
        return News(total, last, hello, asof, says)

    def _total(self, body: bytes) -> int | None:
        """Return the total of the panel with the great numbers."""
        if b'"total":{"value":' not in body:
            return None
        for topic, change in orjson.loads(body)["set"].items():
            if {"reported", "total"} <= change["parts"].keys():
                self._topic = topic
            if topic == self._topic and "total" in change["parts"]:
                value: int | None = change["parts"]["total"]["value"]
                return value
        return None


class Screen(asyncio.Protocol):
    """One page: it connects, listens, and connects again as the page's script does."""

    def __init__(self, address: tuple[str, int], cookie: str, reading: Reading) -> None:
        self._address = address
        self._cookie = cookie
        self._reading = reading
        self._buffer = b""
        self._last = ""
        self._failures = 0
        self._transport: asyncio.Transport | None = None
        self._closed = False
        self._timer: asyncio.TimerHandle | None = None
        self.heard = 0.0
        self.is_live = False
        self.asof: int | None = None
        self.total = 0
        self.steps_back = 0
        self.lied_since = 0.0
        self.longest_lie = 0.0
        self.connects = 0

    @property
    def looks_fresh(self) -> bool:
        """Whether the page's header says that it is live."""
        return self.is_live and self.asof is None

    async def open(self) -> None:
        """Connect; where that fails it is tried again by and by."""
        if self._closed:
            return
        loop = asyncio.get_running_loop()
        self.heard = monotonic()
        self.connects += 1
        try:
            await asyncio.wait_for(loop.create_connection(lambda: self, *self._address), 20)
        except (OSError, TimeoutError):
            self._lose()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream from the last event on."""
        self._transport = cast(asyncio.Transport, transport)
        self._buffer = b""
        last = f"&last_event_id={self._last}" if self._last else ""
        self._transport.write(
            f"GET /stream?layout=city{last} HTTP/1.1\r\nHost: {self._address[0]}\r\n"
            f"Cookie: {self._cookie}\r\nAccept: text/event-stream\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        """Take what came once its last event is whole."""
        self._buffer += data
        if self._buffer.endswith(END):
            news, self._buffer = self._reading.news(self._buffer), b""
            self._take(news)
        elif not self.is_live and b"\r\n\r\n" in self._buffer and b" 200 " not in self._buffer[:20]:
            self.hang_up()

    def connection_lost(self, _: Exception | None) -> None:
        """Connect again after a pause."""
        self._transport = None
        self._lose()

    def hang_up(self) -> None:
        """End the connection from this side."""
        if self._transport is not None:
            self._transport.abort()

    def close(self) -> None:
        """Leave for good."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        self.hang_up()

    def look(self, is_behind: bool, now: float) -> None:
        """Note whether the page shows what is not so any more, and looks fresh all the same."""
        if self._transport is not None and now - self.heard > QUIET_SECONDS:
            self.hang_up()
        if not (is_behind and self.looks_fresh):
            self.lied_since = 0.0
        else:
            self.lied_since = self.lied_since or now
            self.longest_lie = max(self.longest_lie, now - self.lied_since)

    def _take(self, news: News) -> None:
        self.heard = monotonic()
        self._last = news.last or self._last
        if news.is_hello:
            self.is_live, self._failures = True, 0
        if news.says_age:
            self.asof = news.asof
        if news.total is not None:
            self.steps_back += news.total < self.total
            self.total = news.total

    def _lose(self) -> None:
        self.is_live = False
        if self._closed:
            return
        pause = min(LONGEST_PAUSE_SECONDS, 0.5 * 2**self._failures) * random.uniform(0.5, 1.0)
        self._failures += 1
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(pause, lambda: loop.create_task(self.open()))
