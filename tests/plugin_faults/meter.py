"""Reports at a steady rate, and how long after its commit each of them is on the screens."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

from bench.audience import Audience, Kind, audience
from bench.events import Ledger, send_events
from bench.http import Connection
from bench.reports import Reports
from tests.e2e.streams import session

ROUND_SECONDS = 0.5
SETTLE_SECONDS = 1.0
PATIENCE_SECONDS = 60.0
T = TypeVar("T")
Found = dict[str, Any]


@dataclass
class Meter:
    """One stream for each of `walls` (by name, their links), and events sent all the time.

    It works in a thread of its own, under an event loop that Playwright's does not disturb; the
    streams are read in processes of their own.
    """

    url: str
    walls: dict[str, str]
    source_key: str
    rate: float
    complaints: list[str] = field(default_factory=list)
    _ledger: Ledger = field(default_factory=Ledger)
    _audiences: dict[str, Audience] = field(default_factory=dict)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    def start(self) -> None:
        """Open the streams and begin to send."""
        self._thread = threading.Thread(target=self._run, name="meter", daemon=True)
        self._thread.start()
        total = self._call(self._open())
        self._stopping = threading.Event()
        self._sending = asyncio.run_coroutine_threadsafe(self._send(total), self._loop)

    def close(self) -> None:
        """Send no more, and hang up."""
        self._stopping.set()
        self._sending.result(PATIENCE_SECONDS)
        self._call(self._stack.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_SECONDS)
        self._loop.close()

    def mark(self) -> int:
        """Return a place in the row of events, between which `between` measures."""
        return len(self._ledger.answered)

    def between(self, first: int, last: int) -> dict[str, Found]:
        """Return by wall how long the events between two marks took from answer to screen."""
        ledger = self._ledger
        part = Ledger(ledger.totals[first:last], ledger.sent[first:last],
                      ledger.answered[first:last])  # fmt: skip
        return {name: self._call(each.measure(part)) for name, each in self._audiences.items()}

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_SECONDS)

    @property
    def _address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return parts.hostname or "127.0.0.1", parts.port or 80

    async def _open(self) -> int:
        total = 0
        for name, link in self.walls.items():
            self._audiences[name] = await self._stack.enter_async_context(audience(1))
            layout = urlsplit(link).path.rpartition("/")[2]
            request = (
                f"GET /stream?layout={layout} HTTP/1.1\r\nHost: meter\r\n"
                f"Cookie: {session(link)}\r\nAccept: text/event-stream\r\n\r\n"
            )
            kind = Kind("stream", self._address, {"request": request})
            opened = await self._audiences[name].open(kind, 1, PATIENCE_SECONDS)
            assert opened["shown"] == 1, f"the wall {name} shows no number"
            total = opened["total"]
        return int(total)

    async def _send(self, total: int) -> None:
        reports, sender = Reports(self.source_key), Connection(*self._address)

        async def send(size: int) -> None:
            await reports.send(sender, size)

        try:
            while not self._stopping.is_set():
                total = await send_events(self._ledger, total, send, self.rate, ROUND_SECONDS)
        except (SystemExit, OSError) as error:
            self.complaints.append(f"a report was not taken: {error}")
        finally:
            sender.close()
