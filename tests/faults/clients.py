"""All clients of a run: the load, the screens and who watches them, at the far end of the link."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, TypeVar

from bench.http import Connection
from tests.faults.cluster import LAYOUT, Cluster
from tests.faults.load import Load
from tests.faults.screens import Reading, Screen

LOOK_SECONDS = 0.1
BEHIND_SECONDS = 1.0
"""A screen that misses a report accepted longer ago is behind."""
LATE_SECONDS = 3.0
"""A screen that misses one for longer must say so: as soon as a hub calls what it has late."""
T = TypeVar("T")


@dataclass
class Clients:
    """An event loop in a thread of its own with everybody who uses the server."""

    cluster: Cluster
    rate: float
    screens: list[Screen] = field(default_factory=list)
    others: list[Screen] = field(default_factory=list)
    base: int = 0
    _slow: list[socket.socket] = field(default_factory=list)
    _reading: Reading = field(default_factory=Reading)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def start(self, screens: int) -> None:
        """Open so many streams and begin to watch them."""
        self._thread = threading.Thread(target=self._run, name="clients", daemon=True)
        self._thread.start()
        access = self.cluster.access
        self.load = Load(self.cluster.address, access.source_key, self.rate, access.cells)
        self.cookie = self.call(self._enter())
        self.screens = self.open(screens)
        asyncio.run_coroutine_threadsafe(self._watch(), self._loop)

    def close(self) -> None:
        """End everything."""
        self.leave(self.screens + self.others)
        self.release()
        self.call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def call(self, work: Coroutine[Any, Any, T], seconds: float = 120.0) -> T:
        """Run something in the loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def open(self, number: int) -> list[Screen]:
        """Open more streams, all at once."""
        made = [Screen(self.cluster.address, self.cookie, self._reading) for _ in range(number)]
        for screen in made:
            asyncio.run_coroutine_threadsafe(screen.open(), self._loop)
        return made

    def give_up(self) -> None:
        """End the load, whatever is still unanswered."""
        self.call(self.load.give_up())

    def leave(self, screens: list[Screen]) -> None:
        """Have screens go for good."""
        for screen in screens:
            self._loop.call_soon_threadsafe(screen.close)

    def open_slow(self, number: int) -> None:
        """Ask for so many streams and never read one of them."""
        self._slow = self.call(self._ask_slowly(number))

    def release(self) -> None:
        """Give the slow readers up."""
        for wire in self._slow:
            wire.close()
        self._slow = []

    def behind(self, screen: Screen, now: float) -> float:
        """For how long a screen has been missing a report that was answered as accepted."""
        return self.load.ledger.missing_for(screen.total - self.base, now)

    def all_current(self) -> bool:
        """Whether every screen looks fresh and is."""
        now = monotonic()
        return all(
            screen.looks_fresh and self.behind(screen, now) <= BEHIND_SECONDS
            for screen in [*self.screens, *self.others]
        )

    def forget(self) -> None:
        """Begin to judge the screens anew."""
        for screen in self.screens:
            screen.longest_lie = screen.lied_since = 0.0
            screen.steps_back = 0

    def _run(self) -> None:
        self.cluster.link.enter()
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _enter(self) -> str:
        """Open the wall's link as a browser does and return its cookie."""
        connection = Connection(*self.cluster.address)
        path = f"/wall/{LAYOUT}?key={self.cluster.access.wall_key}"
        status, headers, _ = await connection.request("GET", path)
        connection.close()
        assert "set-cookie" in headers, f"the wall's link answered {status}"
        return headers["set-cookie"].partition(";")[0]

    async def _end(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            now = monotonic()
            for screen in self.screens:
                screen.look(self.behind(screen, now) > LATE_SECONDS, now)
            await asyncio.sleep(LOOK_SECONDS)

    async def _ask_slowly(self, number: int) -> list[socket.socket]:
        host, port = self.cluster.address
        asked = f"GET /stream?layout={LAYOUT} HTTP/1.1\r\nHost: {host}\r\nCookie: {self.cookie}"
        made = []
        for _ in range(number):
            wire = socket.socket()
            # The kernel doubles it; the least that it takes is about two packets.
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            wire.setblocking(False)
            with suppress(BlockingIOError):
                wire.connect((host, port))
            await asyncio.get_running_loop().sock_sendall(wire, f"{asked}\r\n\r\n".encode())
            made.append(wire)
        return made
