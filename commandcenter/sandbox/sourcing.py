"""The mode of a plugin's process in which one of its sources runs, a list at a time.

First comes a frame with the part of the city that the source may know. Then the process speaks and
the server answers each frame: {"do": "take"} hands a piece of a list in, {"do": "wait"} waits until
an instant, {"do": "ask"} wants to know something. {"ended": true} and {"failed": reason} are last.
"""

import os
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from time import time
from typing import Any

from commandcenter.domain.cells import Tree
from commandcenter.domain.clocks import Calendar, CityClock, Millis
from commandcenter.domain.matters import Channel, Matter, Unit
from commandcenter.domain.text import Text
from commandcenter.host.admission import Items
from commandcenter.host.deliveries import check, pieces
from commandcenter.host.source import Source
from commandcenter.sandbox.placed import reason_of
from commandcenter.sandbox.spec import Spec
from commandcenter.sandbox.wire import Buffer, Ended, Frame, Wire
from commandcenter.sandbox.world import World, read

LONGEST_TRACE = 4000


class Line:
    """The way to the server: one question at a time, whichever thread of the plugin asks."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._lock = Lock()

    def ask(self, head: Mapping[str, Any], buffers: Sequence[Buffer] = ()) -> Frame:
        """Send a frame and return the answer; without a server the process ends."""
        with self._lock:
            try:
                self._wire.send(head, buffers)
                return self._wire.receive()
            except Ended:
                os._exit(0)


@dataclass(frozen=True)
class AskingContext:
    """The `SourceContext` in a plugin's process: the districts of the plugin, and no others."""

    clock: CityClock
    units: Sequence[Unit]
    options: Mapping[str, Any]
    line: Line = field(repr=False)
    frame: Frame = field(repr=False)

    @cached_property
    def _world(self) -> World:
        """Read when it is first asked for: the tree of a whole city takes most of a second."""
        return read(self.frame)

    @property
    def tree(self) -> Tree:
        """The cells of the districts."""
        return self._world.tree

    @property
    def calendar(self) -> Calendar:
        """Working days and the time zone."""
        return self._world.words.calendar

    @property
    def matters(self) -> Mapping[str, Matter]:
        """The catalogue of matters by code."""
        return self._world.words.matters

    @property
    def channels(self) -> Mapping[str, Channel]:
        """The channels by key."""
        return self._world.words.channels

    def now(self) -> Millis:
        """Return the city's time."""
        return self.clock.now(round(time() * 1000))

    def wait(self, until: Millis) -> bool:
        """Wait until the city's time `until`; False tells the source to end."""
        return bool(self.line.ask({"do": "wait", "until": round(until)}).head["go"])

    def outline(self, code: str) -> bytes | None:
        """Return a cell's outline as WKB in WGS 84, None if it has none."""
        found = self._ask("outline", code).buffers
        return bytes(found[0]) if found else None

    def outlines(self) -> Mapping[str, bytes]:
        """Return all outlines of the districts by cell code."""
        frame = self._ask("outlines")
        found, at = {}, 0
        for code, size in frame.head["is"]:
            found[code] = bytes(frame.buffers[0][at : at + size])
            at += size
        return found

    def open_cases(self) -> Iterator[tuple[str, str, str, str, Millis]]:
        """Yield this source's open cases: external id, state, matter, cell code, state since."""
        for said in self._ask("open_cases").head["is"]:
            yield tuple(said)

    def last_at(self) -> Millis | None:
        """Return the instant of the last move this source caused."""
        found: Millis | None = self._ask("last_at").head["is"]
        return found

    def last_word_at(self) -> Millis | None:
        """Return the instant of the last thing it said of a whistle or directive."""
        found: Millis | None = self._ask("last_word_at").head["is"]
        return found

    def _ask(self, what: str, *arguments: str) -> Frame:
        return self.line.ask({"do": "ask", "what": what, "with": arguments})


def run_source(wire: Wire, spec: Spec, items: Items) -> None:
    """Run the source that the spec names until it ends, raises or is told to end."""
    context = _context(wire)
    source: Source = items["sources"][spec.more["source"]].item
    try:
        for batch in source.run(context):
            for piece in pieces(check(batch, source.key)):
                context.line.ask({"do": "take"}, [piece])
    except MemoryError:
        wire.send({"memory": True})
    except BaseException as error:  # exit() and Ctrl-C of a plugin too
        wire.send({"failed": reason_of(error, spec), "trace": _trace(error)})
    else:
        wire.send({"ended": True})


def _context(wire: Wire) -> AskingContext:
    frame = wire.receive()
    more = frame.head["context"]
    units = tuple(_unit(*said) for said in more["units"])
    return AskingContext(CityClock(*more["clock"]), units, more["options"], Line(wire), frame)


def _unit(code: str, zh: str, en: str, duty: str, cell: str) -> Unit:
    return Unit(code, Text(zh, en), duty, cell)


def _trace(error: BaseException) -> str:
    words = "".join(traceback.format_exception(error))
    return words[-LONGEST_TRACE:].encode(errors="replace").decode()
