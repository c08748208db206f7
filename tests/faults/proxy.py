"""A TCP proxy between a server and a service: it cuts, refuses, freezes and halves connections."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

PIECE = 65536
PATIENCE_SECONDS = 5.0


@dataclass(eq=False)
class Pair:
    """One connection and its continuation."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter


@dataclass
class Proxy:
    """Passes bytes between a port of its own and another address; all methods are for any thread.

    Frozen, it takes connections and bytes and passes nothing on; half open, it swallows what comes
    back and neither side hears of it.
    """

    upstream: tuple[str, int]
    port: int = 0
    delay: float = 0.0
    refuses: bool = False
    is_half_open: bool = False
    _pairs: set[Pair] = field(default_factory=set)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _whole: asyncio.Event = field(default_factory=asyncio.Event)

    def start(self) -> None:
        """Listen, in a thread of its own."""
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._call(self._listen())

    def close(self) -> None:
        """End everything."""
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_SECONDS)
        self._loop.close()

    def cut(self) -> None:
        """End every connection, without a word to either side but the reset."""
        self._call(self._cut())

    def freeze(self) -> None:
        """Pass nothing on, in either direction."""
        self._loop.call_soon_threadsafe(self._whole.clear)

    def mend(self) -> None:
        """Be an honest cable again; connections that were half open are ended."""
        if self.is_half_open:
            self.cut()
        self.refuses = self.is_half_open = False
        self.delay = 0.0
        self._loop.call_soon_threadsafe(self._whole.set)

    @property
    def connections(self) -> int:
        """How many connections pass here now."""
        return len(self._pairs)

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_SECONDS)

    async def _listen(self) -> None:
        self._whole.set()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _end(self) -> None:
        self._server.close()
        self._whole.set()
        await self._cut()
        if tasks := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(tasks, timeout=1)

    async def _cut(self) -> None:
        for pair in list(self._pairs):
            for side in (pair.near, pair.far):
                # Without time to linger the end is a reset, as when a machine is gone.
                wire = side.get_extra_info("socket")
                with suppress(OSError):  # it may have ended by itself meanwhile
                    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                side.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuses:
            writer.transport.abort()
            return
        try:
            far_reader, far = await asyncio.open_connection(*self.upstream)
        except OSError:
            writer.transport.abort()
            return
        pair = Pair(writer, far)
        self._pairs.add(pair)
        try:
            # A side that ends ends the other: databases do not use connections that are half shut.
            ways = [self._pass(reader, far, back=False), self._pass(far_reader, writer, back=True)]
            tasks = [asyncio.ensure_future(way) for way in ways]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            self._pairs.discard(pair)
            writer.close()
            far.close()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, back: bool
    ) -> None:
        with suppress(OSError):
            while piece := await reader.read(PIECE):
                await self._whole.wait()
                if self.delay:
                    await asyncio.sleep(self.delay)
                if back and self.is_half_open:
                    continue
                writer.write(piece)
                await writer.drain()
