"""A slow line to a server: the same for pages and for service workers, which no page can slow down.

Chromium's own emulation holds for a page, and not for what its service worker asks for. What is
sent either way arrives half a round trip later, and no quicker than the line carries it in all.
"""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

PIECE = 4096


@dataclass(frozen=True)
class Line:
    """Seconds there and back, and bytes a second down and up."""

    latency: float
    down: float
    up: float


class Way:
    """One direction of a line: what is sent waits for what was sent before it."""

    def __init__(self, latency: float, rate: float) -> None:
        self._latency = latency
        self._rate = rate
        self._free = 0.0

    def arrival(self, size: int) -> float:
        """Return when so many bytes that are sent now arrive, by the loop's clock."""
        now = asyncio.get_running_loop().time()
        self._free = max(self._free, now) + size / self._rate
        return self._free + self._latency


@contextmanager
def slow_line(server: tuple[str, int], line: Line) -> Iterator[str]:
    """Lead to a server over a slow line until the block ends; yields the near end's address."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="line", daemon=True)
    thread.start()
    ways = Way(line.latency / 2, line.up), Way(line.latency / 2, line.down)

    async def joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(*server)
        pairs = (reader, far_writer, ways[0]), (far_reader, writer, ways[1])
        with suppress(asyncio.CancelledError):  # streams would report it as an error
            await asyncio.gather(*(_carry(*pair) for pair in pairs))

    async def listen() -> asyncio.Server:
        return await asyncio.start_server(joined, "127.0.0.1", 0)

    near = _wait(loop, listen())
    yield f"http://127.0.0.1:{near.sockets[0].getsockname()[1]}"
    near.close()
    _wait(loop, _end())
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way) -> None:
    """Carry bytes one way; they are read while others are under way, as on a line."""
    waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
    writing = asyncio.create_task(_deliver(waiting, writer))
    with suppress(ConnectionError):
        while data := await reader.read(PIECE):
            waiting.put_nowait((way.arrival(len(data)), data))
    waiting.put_nowait((way.arrival(0), b""))
    await writing


async def _deliver(
    waiting: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
) -> None:
    loop = asyncio.get_running_loop()
    with suppress(ConnectionError):
        while True:
            at, data = await waiting.get()
            await asyncio.sleep(max(0.0, at - loop.time()))
            if not data:
                break
            writer.write(data)
    writer.close()


async def _end() -> None:
    """End what is still under way: streams never end by themselves."""
    running = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


def _wait(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run_coroutine_threadsafe(work, loop).result(10)
