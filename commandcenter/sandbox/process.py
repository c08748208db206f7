"""The server's side of one plugin process: started, asked within a deadline, watched, killed."""

import logging
import os
import re
import select
import signal
import socket
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from time import monotonic
from typing import Any

import psutil

from commandcenter.errors import CommandCenterError
from commandcenter.host.veil import Veil
from commandcenter.sandbox.nursery import NoNursery, Nursery
from commandcenter.sandbox.printed import Printed
from commandcenter.sandbox.spec import Spec
from commandcenter.sandbox.wire import (
    FROM_CHILD,
    MEGABYTE,
    TO_CHILD,
    Buffer,
    Ended,
    Frame,
    Garbled,
    Wire,
    pack,
)

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
DYING_SECONDS = 5.0
LAST_SECONDS = 0.5
"""Whoever closed the connection has most probably ended, which takes a moment."""
SEND_SECONDS = 10.0
MOST_QUEUED = 4.0
"""A call takes no more than so many times its deadline beyond it, however busy the machine is."""
SHARE = re.compile(r"^Pss: +(\d+) kB", re.MULTILINE)


class Fault(CommandCenterError):
    """A plugin's process broke a rule or ended, and is no more; the message fits a tile."""


class Process:
    """A process of a plugin; used by one thread. Whatever raises Fault has ended it."""

    def __init__(self, nursery: Nursery, spec: Spec) -> None:
        self.plugin = spec.plugin.name
        self.memory_mb = spec.memory_mb
        self.is_filtered = True
        self.ended = False
        self._nursery = nursery
        self._looked = monotonic()
        with ExitStack() as stack:
            ours, theirs = socket.socketpair()
            stack.callback(ours.close)
            ear, mouth = os.pipe2(os.O_CLOEXEC)
            stack.callback(os.close, ear)
            os.set_blocking(ear, False)
            try:
                with theirs:
                    self.pid = nursery.bear(theirs, mouth)
                self._handle = os.pidfd_open(self.pid)
            except (NoNursery, OSError) as error:
                raise Fault(f"could not be started: {error}") from error
            finally:
                os.close(mouth)
            stack.pop_all()
        ours.settimeout(SEND_SECONDS)
        self._wire = Wire(ours, FROM_CHILD, TO_CHILD)
        self._printed = Printed(self.plugin, ear, Veil.of(spec.plugin))

    def fileno(self) -> int:
        """Return the descriptor to wait on for news."""
        return self._wire.fileno()

    def send(self, head: Mapping[str, Any], buffers: Sequence[Buffer] = ()) -> None:
        """Send a frame; raises Fault."""
        self.send_packed(pack(head, buffers))

    def send_packed(self, packed: bytes) -> None:
        """Send a frame that is ready; raises Fault."""
        try:
            self._wire.send_packed(packed)
        except TimeoutError:
            raise self._fault("did not listen") from None
        except Garbled as error:
            raise self._fault(f"was to get {error}") from None
        except Ended:
            raise self._fault(self._last_words()) from None

    def receive(self, seconds: float, allowed: float | None = None) -> Frame:
        """Wait for a frame, so long at most; raises Fault.

        `allowed` is what it was given in all, if it has waited for us in between. What it has
        waited for a processor is added, within bounds: a busy machine is no fault of the plugin.
        """
        until, queued = monotonic() + seconds, self.queued()
        while True:
            left = until - monotonic()
            if left <= 0:
                left += min(self.queued() - queued, MOST_QUEUED * seconds)
            if left <= 0:
                raise self._fault(f"took longer than {allowed or seconds:g} s")
            self.wait(left)
            frame = self.read()
            if frame is not None:
                return frame

    def wait(self, seconds: float, *others: int) -> None:
        """Wait for news of the process or of other descriptors; looks after it; raises Fault."""
        waiting = select.poll()
        for descriptor in (self.fileno(), *others):
            waiting.register(descriptor, select.POLLIN)
        printed = self._printed.wanted
        if printed is not None:
            waiting.register(printed, select.POLLIN)
        else:
            seconds = min(seconds, self._printed.pause)
        seconds = max(0.0, min(seconds, LOOK_SECONDS))
        found = [descriptor for descriptor, _ in waiting.poll(seconds * 1000)]
        if printed in found:
            self._printed.take()
        if monotonic() - self._looked >= LOOK_SECONDS:
            self.look()

    def read(self) -> Frame | None:
        """Take what has come; returns a frame once it is whole; raises Fault."""
        try:
            while self._has_news():
                frame = self._wire.read()
                if frame is not None:
                    return frame
        except Ended:
            raise self._fault(self._last_words()) from None
        except Garbled as error:
            raise self._fault(f"sent {error}") from None
        return None

    def look(self) -> None:
        """Look at its memory, and for processes of its own where they are not refused."""
        self._looked = monotonic()
        if self.memory() > self.memory_mb * MEGABYTE:
            raise self._fault(self.too_large)
        if not self.is_filtered and self._has_children():
            raise self._fault("started another process")

    @property
    def too_large(self) -> str:
        """What is said of a process that takes too much memory."""
        return f"used more than {self.memory_mb} MB"

    def memory(self) -> int:
        """Return the bytes that are resident, shared ones by share, 0 if it has ended.

        What it has in common with the nursery and all that were forked from there is not its own.
        """
        try:
            said = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        except OSError:
            return 0
        found = SHARE.search(said)
        return int(found[1]) * 1024 if found else 0

    def queued(self) -> float:
        """Return the seconds for which it has been ready to run and others ran, 0 if unknown."""
        try:
            words = Path(f"/proc/{self.pid}/schedstat").read_text().split()
            return int(words[1]) / 1e9
        except (OSError, IndexError, ValueError):
            return 0.0

    def fail(self, reason: str) -> Fault:
        """End it for a reason; returns the fault to be raised."""
        return self._fault(reason)

    def kill(self) -> None:
        """Kill it from another thread; the one that uses it is told by Fault."""
        with suppress(OSError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def end(self) -> int | None:
        """End it whatever it does, and close all that was open; returns its status if known."""
        if self.ended:
            return None
        self.ended = True
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)
        status = self._bury(DYING_SECONDS)
        self._wire.close()
        self._printed.close()
        os.close(self._handle)
        return status

    def _fault(self, reason: str) -> Fault:
        self.end()
        return Fault(reason)

    def _last_words(self) -> str:
        """Say how it has ended by itself."""
        if not self._has_died(LAST_SECONDS):
            return "closed its connection"
        status = self.end()
        if status is None:
            return "ended"
        code = os.waitstatus_to_exitcode(status)
        return f"ended by signal {-code}" if code < 0 else f"ended with code {code}"

    def _has_died(self, seconds: float) -> bool:
        waiting = select.poll()
        waiting.register(self._handle, select.POLLIN)
        return bool(waiting.poll(seconds * 1000))

    def _bury(self, seconds: float) -> int | None:
        if self._has_died(seconds):
            return self._nursery.bury(self.pid)
        log.error("plugin %s: process %d cannot be ended", self.plugin, self.pid)
        return None

    def _has_children(self) -> bool:
        try:
            return bool(psutil.Process(self.pid).children())
        except psutil.Error:  # it has just ended, which is told otherwise
            return False

    def _has_news(self) -> bool:
        waiting = select.poll()
        waiting.register(self.fileno(), select.POLLIN)
        return bool(waiting.poll(0))
