"""A source of an isolated plugin: it runs in a process of its own, and is believed nothing."""

import logging
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from commandcenter.domain.cells import Tree
from commandcenter.errors import PluginError
from commandcenter.host.deliveries import unpacked
from commandcenter.host.plugin import EVERYWHERE, Registered
from commandcenter.host.reports import Delivery
from commandcenter.host.source import Source
from commandcenter.ingest.bucket import Bucket
from commandcenter.ingest.context import Context
from commandcenter.sandbox.process import MOST_QUEUED, Process
from commandcenter.sandbox.sandbox import Sandbox
from commandcenter.sandbox.spec import SOURCE
from commandcenter.sandbox.wire import Buffer, Frame
from commandcenter.sandbox.world import Words, packed, part_of

log = logging.getLogger(__name__)

FRAMES, FRAMES_BURST = 1000.0, 2000.0
"""Frames a second of whatever kind: above, the process waits for its answer, not we for it."""
HANGING_INTERVALS = 10.0
STOPPING_SECONDS = 2.0
"""What a source that is told to end may take for it."""
LOOK_SECONDS = 0.25
LONGEST_REASON = 200
Start = Callable[[str], Process]
"""Starts a process that runs the source with the given key; raises Fault or PluginError."""


class Flooding(PluginError):
    """A source sends more than it may; it has been stopped."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What a source may do: seconds without a list or a wait, reports a second and at once.

    One whose every list has had to wait for `flooding_seconds` is flooding.
    """

    quiet_seconds: float = 60.0
    per_second: float = 500.0
    burst: float = 20_000.0
    flooding_seconds: float = 10.0


class Isolated:
    """Runs one source in processes of its own, one after another; used by one thread."""

    def __init__(
        self, source: Registered[Source], context: Context, start: Start, pace: Pace
    ) -> None:
        self._source = source
        self._context = context
        self._start = start
        self._pace = pace
        # It outlives a process: who starts anew has not become entitled to another burst.
        self._reports = Bucket(pace.per_second, pace.burst)
        self._frames = Bucket(FRAMES, FRAMES_BURST)
        self.starts = 0
        self._process: Process | None = None
        self._began = math.inf
        self._end_by = 0.0

    @classmethod
    def of(
        cls, source: Registered[Source], context: Context, sandbox: Sandbox
    ) -> "Isolated | None":
        """Return what runs a source apart, None where its plugin is trusted."""
        if not sandbox.holds(source.plugin):
            return None
        bounds = sandbox.bounds(source.plugin)
        pace = Pace(
            bounds.source_seconds, bounds.reports_per_second, bounds.reports_burst,
            bounds.flooding_seconds,
        )  # fmt: skip

        def start(key: str) -> Process:
            return sandbox.start(source.plugin, SOURCE, source=key)

        return cls(source, context, start, pace)

    @property
    def is_calm(self) -> bool:
        """Whether it has been running for a while, and that slowly: it has come back well."""
        runs_for = monotonic() - self._began
        return runs_for > self._pace.flooding_seconds and self._reports.pressed is None

    @property
    def memory(self) -> int:
        """The bytes its process takes, 0 while there is none."""
        process = self._process
        return 0 if process is None else process.memory()

    def batches(self) -> Iterator[Sequence[Delivery]]:
        """Start a process and yield what it hands in, each list acknowledged when the next is asked
        for; raises Fault, Flooding or PluginError, after which the process is no more.
        """
        process = self._process = self._start(self._source.item.key)
        self.starts += 1
        self._began = monotonic()
        try:
            process.send(*self._world())
            yield from self._served(process)
        finally:
            self._began, self._process = math.inf, None
            process.end()

    def _served(self, process: Process) -> Iterator[Sequence[Delivery]]:
        while (frame := self._next(process)) is not None:
            match frame.head:
                case {"do": "take"}:
                    yield self._taken(process, frame)
                    process.send({"taken": True})
                case {"do": "wait", "until": int(until)}:
                    process.send({"go": self._waited(process, until)})
                case {"do": "ask", "what": str(what), "with": list(arguments)}:
                    process.send(*self._answer(process, what, arguments))
                case {"ended": True}:
                    return
                case {"failed": str(reason)}:
                    self._tell_trace(frame.head.get("trace"))
                    raise process.fail(" ".join(reason.split())[:LONGEST_REASON])
                case {"memory": True}:
                    raise process.fail(process.too_large)
                case _:
                    raise process.fail("said what nobody understands")

    def _next(self, process: Process) -> Frame | None:
        """Return the next frame; None where the source was told to end and did not in time."""
        limit = max(self._pace.quiet_seconds, HANGING_INTERVALS * self._source.item.interval)
        until, queued = monotonic() + limit, process.queued()
        while True:
            if self._is_over():
                return None
            left = until - monotonic()
            if left <= 0:  # what it has waited for a processor is no fault of its own
                left += min(process.queued() - queued, MOST_QUEUED * limit)
            if left <= 0:
                raise process.fail(f"neither yielded nor waited for {limit:g} s")
            process.wait(min(left, LOOK_SECONDS))
            frame = process.read()
            if frame is not None:
                self._hold(process, self._frames.take(1))
                return frame

    def _is_over(self) -> bool:
        """Tell whether it was told to end long ago, whatever it has done since."""
        if not self._context.stopping.is_set():
            return False
        self._end_by = self._end_by or monotonic() + STOPPING_SECONDS
        return monotonic() > self._end_by

    def _taken(self, process: Process, frame: Frame) -> Sequence[Delivery]:
        piece = frame.buffers[0] if frame.buffers else b""
        if not isinstance(piece, bytes):
            raise process.fail("said what nobody understands")
        batch = unpacked(piece, self._source.item.key)
        self._hold(process, self._reports.take(len(batch)))
        if self._reports.pressed_for() > self._pace.flooding_seconds:
            raise Flooding(f"sends more than {self._pace.per_second:g} reports a second: stopped")
        return batch

    def _hold(self, process: Process, seconds: float) -> None:
        """Let a process wait, looking after it; not on its wire, in which it may have put more."""
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0:
            if self._context.stopping.wait(min(left, LOOK_SECONDS)):
                return
            process.wait(0)

    def _waited(self, process: Process, until: int) -> bool:
        """Wait as the source asked to; False tells it to end."""
        context = self._context
        while (left := context.clock.real(until) / 1000 - context.real()) > 0:
            if context.stopping.wait(min(left, LOOK_SECONDS)):
                break
            process.wait(0)
            if process.read() is not None:
                raise process.fail("spoke while it waited")
        return not context.stopping.is_set()

    def _answer(
        self, process: Process, what: str, arguments: Sequence[Any]
    ) -> tuple[dict[str, Any], Sequence[Buffer]]:
        context = self._context
        match what, arguments:
            case "outline", [str(code)]:
                found = context.outline(code) if self._holds(code) else None
                return {"is": None}, [] if found is None else [found]
            case "outlines", []:
                kept = {c: wkb for c, wkb in context.outlines().items() if self._holds(c)}
                sizes = [(code, len(wkb)) for code, wkb in kept.items()]
                return {"is": sizes}, [b"".join(kept.values())]
            case "open_cases", []:
                return {"is": list(context.open_cases())}, []
            case "last_at", []:
                return {"is": context.last_at()}, []
            case "last_word_at", []:
                return {"is": context.last_word_at()}, []
        raise process.fail("asked what nobody understands")

    def _holds(self, code: str) -> bool:
        tree = self._context.tree
        return code in tree and self._source.serves(tree, tree.position[code])

    def _world(self) -> tuple[Mapping[str, Any], Sequence[Buffer]]:
        """Return what the source may know of the city: its plugin's districts, and no person."""
        context = self._context
        tree = _tree_of(context.tree, self._source.districts)
        words = Words(
            levels=(), calendar=context.calendar, channels=dict(context.channels),
            matters=dict(context.matters), indices=(),
        )  # fmt: skip
        head, buffers = packed(words, tree)
        clock = context.clock
        more = {
            "clock": [clock.real_origin, clock.city_origin, clock.speed],
            "units": [
                (unit.code, unit.title.zh, unit.title.en, unit.duty, unit.cell)
                for unit in context.units
                if unit.cell in tree
            ],
            "options": dict(context.options),
        }
        return head | {"context": more}, buffers

    def _tell_trace(self, trace: object) -> None:
        if isinstance(trace, str):
            log.error("plugin %s: %s", self._source.plugin, trace)


def _tree_of(tree: Tree, districts: Sequence[str]) -> Tree:
    """Return the tree of some districts: under the city where they are several."""
    root = tree.cells[0]
    if EVERYWHERE in districts:
        return part_of(tree, root.code)
    known = [code for code in districts if code in tree]
    if len(known) == 1:
        return part_of(tree, known[0])
    parts = [part_of(tree, code) for code in sorted(known, key=lambda c: tree.position[c])]
    cells, last = [root._replace(chief=None, households=0)], []
    for part in parts:
        last += [len(cells) + int(at) for at in part.last]
        cells += [part.cells[0]._replace(parent=root.code), *part.cells[1:]]
    return Tree.ordered(cells, [len(cells) - 1, *last])
