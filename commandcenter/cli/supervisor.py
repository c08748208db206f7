"""Starts the server's processes, restarts the ones that end, and ends them all with itself."""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from time import monotonic
from types import FrameType

from commandcenter.cli.children import Child
from commandcenter.cli.handover import Handover, succeed
from commandcenter.cli.processes import LOCK, held_folder
from commandcenter.live.broker import Broker
from commandcenter.settings import Settings

log = logging.getLogger(__name__)

REFUSED = 2
"""Exit code of a process that cannot run as things are and has said why."""
STEADY_SECONDS = 30.0
LONGEST_PAUSE = 10.0
GRACE_SECONDS = 10.0
TICK_SECONDS = 0.1


@dataclass
class Supervisor:
    """Keeps children running until it is told to stop; SIGHUP replaces them one by one."""

    settings: Settings
    children: list[Child]
    lock: str = LOCK
    stopping: Event = field(default_factory=Event)
    exit_code: int = 0
    _reload: Event = field(default_factory=Event)

    def run(self, on_tick: Callable[[], None] = lambda: None) -> None:
        """Start everything and wait; returns after a stop has ended all processes."""
        with held_folder(self.settings.data, self.lock):
            self._run(on_tick)

    def _run(self, on_tick: Callable[[], None]) -> None:
        # The local bus belongs to the server: workers that run by themselves find it there.
        has_bus = self.lock == LOCK and not self.settings.redis_url
        broker = Broker(self.settings.data) if has_bus else None
        handover = Handover(lambda child: child.start(self.settings))
        had_terminal = _has_terminal()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGHUP, lambda *_: self._hang_up(had_terminal))
        try:
            while not self.stopping.is_set():
                self._tend(handover)
                on_tick()
                self.stopping.wait(TICK_SECONDS)
        finally:
            self._end_all()
            if broker is not None:
                broker.close()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping.set()

    def _hang_up(self, had_terminal: bool) -> None:
        """Replace all processes, or end where the terminal has gone in which this was started."""
        if had_terminal and not _has_terminal():
            self.stopping.set()
        self._reload.set()

    def _tend(self, handover: Handover) -> None:
        for child in self.children:
            for process in child.processes():
                process.hear()
            self._look_after(child)
            if child.process is not None and child.process.wants_renewal:
                child.process.wants_renewal = False
                handover.want([child])
        if self._reload.is_set():
            self._reload.clear()
            log.info("replacing all processes")
            webs_first = sorted(self.children, key=lambda child: child.arguments[0] != "web")
            handover.want(webs_first)
        handover.step()

    def _look_after(self, child: Child) -> None:
        process = child.process
        if process is None:
            if monotonic() >= child.again_at:
                child.process = child.start(self.settings)
        elif (code := process.code()) is not None:
            process.close()
            self._ended(child, code, monotonic() - process.started)
        elif process.is_ready or monotonic() - process.started > STEADY_SECONDS:
            child.has_run = True

    def _ended(self, child: Child, code: int, seconds: float) -> None:
        child.process = None
        if code == REFUSED and not child.has_run:
            self.exit_code = REFUSED  # a boot that is refused ends here; a running server goes on
            self.stopping.set()
        if child.successor is not None:
            log.error("%s ended with code %s while it was being replaced", child.name, code)
            succeed(child)
            return
        child.failures = 0 if seconds > STEADY_SECONDS else child.failures + 1
        pause = 0.0 if child.failures <= 1 else min(2.0 ** (child.failures - 2), LONGEST_PAUSE)
        child.again_at = monotonic() + pause
        log.error("%s ended with code %s; starting it again in %.0f s", child.name, code, pause)

    def _end_all(self) -> None:
        running = [process.running for child in self.children for process in child.processes()]
        for process in running:
            process.terminate()
        until = monotonic() + GRACE_SECONDS
        for process in running:
            try:
                process.wait(max(0.1, until - monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _has_terminal() -> bool:
    return sys.stdin is not None and not sys.stdin.closed and os.isatty(sys.stdin.fileno())
