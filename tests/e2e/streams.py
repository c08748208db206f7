"""Open streams without browsers: many at once, each coming back as a browser does."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from types import TracebackType
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

FIRST_PAUSE = 2.0


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Follow nothing."""


def session(wall: str) -> str:
    """The cookie of a wall that came by its link."""
    try:
        build_opener(_Stay).open(Request(wall), timeout=20)
    except HTTPError as led:
        with led:
            for cookie in led.headers.get_all("Set-Cookie", []):
                if found := re.match(r"session=[^;]+", cookie):
                    return found[0]
    raise AssertionError(f"no session came of {wall.partition('?')[0]}")


@dataclass
class Screen:
    """One stream: the parts it shows by topic, when it was lost and for how long."""

    parts: dict[tuple[str, str], Any] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    """How each topic stands, with the reason where it does not."""
    is_open: bool = False
    opened: int = 0
    gaps: list[float] = field(default_factory=list)
    last: str = ""
    pause: float = FIRST_PAUSE
    lost_at: float | None = None

    def take(self, block: bytes) -> None:
        """Take in one event."""
        for line in block.decode().split("\n"):
            name, _, value = line.partition(": ")
            if name == "retry":
                self.pause = int(value) / 1000
            elif name == "id":
                self.last = value
            elif name == "event":
                kind = value
            elif name == "data":
                self._hear(kind, json.loads(value))

    def _hear(self, kind: str, data: Any) -> None:
        if kind == "hello":
            self.is_open = True
            self.opened += 1
        if kind != "props":
            return
        # Back is who is shown numbers again, and not who is merely connected.
        if self.lost_at is not None:
            self.gaps.append(monotonic() - self.lost_at)
            self.lost_at = None
        for topic, frame in data["set"].items():
            self.states[topic] = f"{frame.get('state')} {frame.get('reason', '')}"
            for part, value in frame.get("parts", {}).items():
                self.parts[topic, part] = value

    def lose(self) -> None:
        """Note that the stream ended."""
        self.is_open = False
        if self.lost_at is None:
            self.lost_at = monotonic()


class Screens:
    """So many streams on one wall, in a thread of their own."""

    def __init__(self, url: str, wall: str, number: int) -> None:
        self.screens = [Screen() for _ in range(number)]
        parts = urlsplit(url)
        self._place = (parts.hostname or "", parts.port or 80)
        layout = urlsplit(wall).path.rpartition("/")[2]
        self._query = f"layout={layout}"
        self._cookie = session(wall)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._all(),))
        self._stopping: asyncio.Event = asyncio.Event()

    def __enter__(self) -> Screens:
        self._thread.start()
        return self

    def __exit__(self, _k: type | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(20)
        self._loop.close()

    def open(self) -> int:
        """How many are open now."""
        return sum(screen.is_open for screen in self.screens)

    async def _all(self) -> None:
        tasks = [asyncio.create_task(self._follow(screen)) for screen in self.screens]
        await self._stopping.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow(self, screen: Screen) -> None:
        while True:
            with suppress(OSError, asyncio.IncompleteReadError, ValueError):
                await self._read(screen)
            screen.lose()
            await asyncio.sleep(screen.pause)

    async def _read(self, screen: Screen) -> None:
        reader, writer = await asyncio.open_connection(*self._place)
        try:
            query = self._query + (f"&last_event_id={screen.last}" if screen.last else "")
            head = f"GET /stream?{query} HTTP/1.1\r\nHost: x\r\nCookie: {self._cookie}\r\n\r\n"
            writer.write(head.encode())
            answer = await reader.readuntil(b"\r\n\r\n")
            if b" 200 " not in answer.partition(b"\r\n")[0]:
                return
            buffer = b""
            while size := int(await reader.readline() or b"0", 16):
                buffer += (await reader.readexactly(size + 2))[:-2]
                *blocks, buffer = buffer.split(b"\n\n")
                for block in blocks:
                    screen.take(block)
        finally:
            writer.close()
