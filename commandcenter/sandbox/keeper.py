"""The keeper of one plugin: a thread that has its process running and hands it call after call.

A call that breaks a rule costs its process, and its part a rest; others go on in a new process.
Who asks never waits: a call is told its outcome by the keeper's thread.
"""

import logging
import os
import select
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from threading import Thread
from time import monotonic
from typing import Any, Protocol

from commandcenter.errors import PluginError
from commandcenter.host.guard import Guard, short_reason
from commandcenter.sandbox.asked import Answer
from commandcenter.sandbox.health import Condition, Health
from commandcenter.sandbox.process import Fault, Process
from commandcenter.sandbox.wire import Frame

log = logging.getLogger(__name__)

IDLE_SECONDS = 60.0
SETTLED_SECONDS = 10.0
"""A process that was well for so long has no part in how the one before it ended."""
CLOSE_SECONDS = 2.0
TOLD_SECONDS = 20.0
"""What reading the tree of a whole city may take on a busy machine; it is no part of a call."""
MOST_QUESTIONS = 1000
PROCESS = "process"
"""Under this name starts, and ends that nobody asked for, are counted."""
Start = Callable[[], Process]
Fallen = Callable[[str, float], None]


class Call(Protocol):
    """Something that is asked of a plugin; the keeper's thread uses it."""

    part: str
    seconds: float

    def frames(self, told: set[str]) -> Iterator[bytes]:
        """Give the frames to be sent, the call itself last; `told` is what the process knows."""

    def answer(self, question: object) -> Answer:
        """Answer what the plugin asks of its view."""

    def take(self, frame: Frame) -> bool:
        """Take what the plugin answered; True to be called once more; raises PluginError."""

    def fail(self, reason: str, again: float) -> None:
        """Take that it failed; it may be asked anew after so many seconds, 0: at any time."""


class Keeper:
    """Keeps the process of one plugin; `fallen` is told when it ends while nobody asks it."""

    def __init__(self, name: str, start: Start, guard: Guard, fallen: Fallen) -> None:
        self.name = name
        self.starts = 0
        self._start = start
        self._guard = guard
        self._fallen = fallen
        self._process: Process | None = None
        self._told: set[str] = set()
        self._started = 0.0
        self._own = Health()
        self._health: dict[str, Health] = {}
        self._calls: deque[Call] = deque()
        self._news = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._closing = self._renewing = False
        self._thread = Thread(target=self._run, name=f"keeper {name}", daemon=True)
        self._thread.start()

    @property
    def condition(self) -> Condition:
        """How the plugin is: as its worst part."""
        healths = [self._own, *self._health.copy().values()]
        return max(health.condition for health in healths)

    @property
    def reason(self) -> str:
        """Why it is not well, empty if it is."""
        healths = [self._own, *self._health.copy().values()]
        return max(healths, key=lambda health: health.condition).reason

    @property
    def memory(self) -> int:
        """The bytes its process takes, 0 while there is none."""
        process = self._process
        return 0 if process is None else process.memory()

    def call(self, call: Call) -> None:
        """Have a call made as soon as those before it are done."""
        self._calls.append(call)
        os.eventfd_write(self._news, 1)

    def renew(self) -> None:
        """End the process when its call is done; the next one is started anew, and all is forgiven.
        """
        self._renewing = True
        os.eventfd_write(self._news, 1)

    def close(self) -> None:
        """End the process and the thread; calls that wait are dropped."""
        self._closing = True
        os.eventfd_write(self._news, 1)
        process = self._process
        if process is not None:
            process.kill()
        self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        while not self._closing:
            try:
                self._step()
            except Exception:  # a fault of ours must not silence the plugin for good
                log.exception("plugin %s: its keeper stumbled", self.name)
                self._end()
        self._end()
        os.close(self._news)

    def _step(self) -> None:
        if self._renewing:
            self._renewing = False
            self._end()
            self._own.succeed()
            self._health.clear()
        if self._calls:
            self._make(self._calls.popleft())
        else:
            self._wait()

    def _wait(self) -> None:
        if self._process is None:
            waiting = select.poll()
            waiting.register(self._news, select.POLLIN)
            waiting.poll(IDLE_SECONDS * 1000)
        else:
            try:
                self._process.wait(IDLE_SECONDS, self._news)
                if self._process.read() is not None:
                    raise self._process.fail("spoke without being asked")
            except Fault as fault:
                self._fall(str(fault))
        with suppress(BlockingIOError):
            os.eventfd_read(self._news)

    def _fall(self, reason: str) -> None:
        """Take it that the process has ended between calls."""
        self._end()
        if self._closing:
            return
        self._guard.record(self.name, PROCESS, 0.0, reason)
        self._fallen(reason, self._own.fail(reason))

    def _make(self, call: Call) -> None:
        health = self._health.setdefault(call.part, Health())
        for resting in (self._own, health):
            if resting.rest > 0:
                call.fail(resting.reason, resting.rest)
                return
        begun = monotonic()
        try:
            if self._process is None:
                self._ready()
                self._guard.record(self.name, PROCESS, monotonic() - begun)
        except (Fault, PluginError) as fault:
            if self._closing:
                return
            reason = _words(fault)
            self._guard.record(self.name, PROCESS, monotonic() - begun, reason)
            call.fail(reason, self._own.fail(reason))
            return
        self._ask(call, health)

    def _ask(self, call: Call, health: Health) -> None:
        begun = monotonic()
        try:
            frame = self._exchange(call)
            if "failed" in frame.head:
                health.succeed()  # what raises is at least no danger to the others
                self._refuse(call, begun, frame.head)
                return
            more = call.take(frame)
        except Fault as fault:
            self._end()
            if self._closing:
                return
            self._guard.record(self.name, call.part, monotonic() - begun, str(fault))
            call.fail(str(fault), health.fail(str(fault)))
            return
        except Exception as error:  # it answered nonsense, or the store cannot be asked
            self._refuse(call, begun, {"failed": short_reason(error)})
            return
        health.succeed()
        self._guard.record(self.name, call.part, monotonic() - begun)
        if monotonic() - self._started > SETTLED_SECONDS:
            self._own.succeed()
        if more:
            self._calls.appendleft(call)

    def _refuse(self, call: Call, begun: float, head: Mapping[str, Any]) -> None:
        reason = self._guard.veiled(self.name, _words(head["failed"]))
        trace = str(head.get("trace", ""))
        self._guard.record(self.name, call.part, monotonic() - begun, reason, trace)
        call.fail(reason, 0.0)

    def _exchange(self, call: Call) -> Frame:
        """Send a call and return its answer; answers what the plugin asks meanwhile."""
        process = self._ready()
        *told, asked = call.frames(self._told)
        for packed in told:
            process.send_packed(packed)
            process.receive(TOLD_SECONDS)
        process.send_packed(asked)
        left, questions = call.seconds, 0
        while True:
            begun = monotonic()
            frame = process.receive(left, call.seconds)
            left -= monotonic() - begun  # what answering takes is not the plugin's fault
            if "memory" in frame.head:
                raise process.fail(process.too_large)
            if "ask" not in frame.head:
                return frame
            questions += 1
            if questions > MOST_QUESTIONS:
                raise process.fail(f"asked more than {MOST_QUESTIONS:,} questions")
            process.send(*_answered(call, frame.head["ask"]))

    def _ready(self) -> Process:
        if self._process is None:
            self._process = self._start()
            self.starts += 1
            self._started = monotonic()
            self._told = set()
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.end()


def _answered(call: Call, question: object) -> tuple[dict[str, Any], Sequence[Any]]:
    try:
        value, buffers = call.answer(question)
    except Exception as error:  # what it asked for is not there: it may make something of that
        return {"no": [type(error).__name__, _said(error)]}, ()
    return {"is": value}, buffers


def _said(error: Exception) -> str:
    return str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)


def _words(reason: object) -> str:
    return " ".join(str(reason).split())[:160]
