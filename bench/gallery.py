"""A process full of screens: it opens them as it is told and says what they showed.

It reads one JSON object a line and answers each with one. Its own event loop must not be what is
measured: how late that runs is part of the answer.
"""

import asyncio
import importlib
import sys
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from time import perf_counter, process_time
from typing import Any, cast

import numpy as np
import orjson
import uvloop

from bench.machine import many_files
from bench.screens import PollingScreen, Reader, Screen, StreamScreen
from bench.sightings import Spread, spreads

LOOK_SECONDS = 0.02
AT_ONCE = 100
"""So many screens connect at the same time, as browsers of one building would after a power cut."""
NUMBER = b"{number}"
"""Stands in a request for the number of the screen."""
Said = dict[str, Any]


def screens(kind: str, address: tuple[str, int], options: Said) -> Callable[[], Screen]:
    """Return what makes screens of a kind; options are those of the kind."""
    match kind:
        case "stream":
            request, reader, numbers = options["request"].encode(), Reader(), count()
            return lambda: StreamScreen(
                address, request.replace(NUMBER, b"%d" % next(numbers)), reader.total
            )
        case "numbered":
            request = options["request"].encode()
            return lambda: StreamScreen(address, request, _number)
        case "interval":
            return lambda: PollingScreen(address, options["parts"])
        case "websocket" | "streamlit":
            module = importlib.import_module(f"bench.clients.{kind}")
            name = {"websocket": "WebSocketScreen", "streamlit": "StreamlitScreen"}[kind]
            return lambda: cast(Screen, getattr(module, name)(address, **options))
    raise ValueError(f"no screens of the kind {kind}")


def _number(data: bytes) -> int | None:
    """Return the number in a message that says nothing else; the last one of several."""
    _, found, rest = data.rpartition(b'"number":')
    return int(rest[: rest.index(b"}")]) if found else None


class Lag:
    """How late the event loop runs."""

    def __init__(self) -> None:
        self._late: list[float] = []
        self._began = perf_counter()
        self._spent = process_time()

    def clear(self) -> None:
        """Begin anew."""
        self._late.clear()
        self._began, self._spent = perf_counter(), process_time()

    async def watch(self) -> None:
        """Look all the time."""
        while True:
            due = perf_counter() + LOOK_SECONDS
            await asyncio.sleep(LOOK_SECONDS)
            self._late.append(perf_counter() - due)

    def said(self) -> Said:
        """Return the delays, and the cores that this process used."""
        cores = (process_time() - self._spent) / (perf_counter() - self._began)
        late = np.maximum(np.array(self._late), 0.0)
        return {"lag": Spread.of(late).pairs(), "core": cores}


class Gallery:
    """The screens, and what they are told."""

    def __init__(self) -> None:
        self._screens: list[Screen] = []
        self._lag = Lag()

    async def run(self) -> None:
        """Do what comes on standard input until it ends."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_tell)
        source = asyncio.StreamReader(limit=1 << 26)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(source), sys.stdin)
        watching = asyncio.create_task(self._lag.watch())
        while line := await source.readline():
            told = orjson.loads(line)
            answer = await getattr(self, f"_{told.pop('do')}")(**told)
            sys.stdout.write(orjson.dumps(answer).decode() + "\n")
            sys.stdout.flush()
        watching.cancel()

    async def _open(
        self, kind: str, address: list[Any], options: Said, number: int, patience: float
    ) -> Said:
        """Open so many more screens; say how many have shown a total when all have, or in time."""
        make = screens(kind, (address[0], address[1]), options)
        more = [make() for _ in range(number)]
        self._screens += more
        began = perf_counter()
        for first in range(0, number, AT_ONCE):
            await asyncio.gather(*(screen.open() for screen in more[first : first + AT_ONCE]))
        await self._until(lambda: all(screen.came for screen in more), began + patience)
        shown = [screen for screen in more if screen.came]
        totals = [screen.sightings.totals[-1] for screen in shown]
        return {
            "shown": len(shown),
            "seconds": perf_counter() - began,
            "total": max(totals, default=0),
        }

    async def _begin(self) -> Said:
        """Forget what was seen."""
        for screen in self._screens:
            screen.sightings.clear()
        self._lag.clear()
        return {}

    async def _measure(self, sendings: Said) -> Said:
        """Say how long each sending took to each screen."""
        lag = self._lag.said()
        return spreads([screen.sightings for screen in self._screens], sendings) | lag

    async def _returned(self, since: float, patience: float) -> Said:
        """Say for each screen after how many seconds since an instant it showed a total again."""
        back = lambda: all(screen.came > since for screen in self._screens)  # noqa: E731
        await self._until(back, since + patience)
        return {
            "seconds": [screen.came - since for screen in self._screens if screen.came > since],
            "missing": sum(screen.came <= since for screen in self._screens),
        }

    async def _close(self) -> Said:
        """Hang up all screens."""
        for screen in self._screens:
            screen.close()
        self._screens.clear()
        return {}

    async def _until(self, true: Callable[[], bool], deadline: float) -> None:
        while not true() and perf_counter() < deadline:
            await asyncio.sleep(LOOK_SECONDS)


def _tell(loop: asyncio.AbstractEventLoop, context: Said) -> None:
    """Tell of errors; a screen that was cut off shows nothing more, which is counted."""
    if not isinstance(context.get("exception"), ConnectionError):
        loop.default_exception_handler(context)


if __name__ == "__main__":
    many_files()
    with suppress(KeyboardInterrupt):
        uvloop.run(Gallery().run())
