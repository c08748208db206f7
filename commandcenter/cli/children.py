"""The processes that a supervisor keeps running, and what they have told it."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from commandcenter.cli.processes import READY, RENEW, environment
from commandcenter.settings import Settings

SOURCES_WAIT_SECONDS = 2.0
"""On few processors the screens come first: what can wait does until they have started."""
LEAVE = signal.SIGUSR1
"""Asks a web process to end gently, since another one has taken its place."""


@dataclass(slots=True)
class Process:
    """One process; it talks through a pipe whose other end it inherited."""

    running: subprocess.Popen[bytes]
    pipe: int
    started: float
    is_ready: bool = False
    wants_renewal: bool = False
    asked_to_end: float = 0.0

    def hear(self) -> None:
        """Take in what the process has said since the last call."""
        with suppress(BlockingIOError):
            said = os.read(self.pipe, 64)
            self.is_ready |= READY in said
            self.wants_renewal |= RENEW in said

    def code(self) -> int | None:
        """Return the exit code, None while it runs."""
        return self.running.poll()

    def ask_to_end(self, number: signal.Signals) -> None:
        """Send the signal that ends it."""
        self.asked_to_end = monotonic()
        self.running.send_signal(number)

    def close(self) -> None:
        """Listen to it no more."""
        os.close(self.pipe)


@dataclass(slots=True, eq=False)
class Child:
    """One place in which a process is kept running; while it is replaced there are two."""

    name: str
    arguments: Sequence[str]
    keep: Sequence[int] = ()
    leave: signal.Signals = signal.SIGTERM
    process: Process | None = None
    successor: Process | None = None
    leaving: Process | None = None
    failures: int = 0
    again_at: float = 0.0
    has_run: bool = False

    def processes(self) -> list[Process]:
        """Return all that run here."""
        return [p for p in (self.process, self.successor, self.leaving) if p is not None]

    def start(self, settings: Settings) -> Process:
        """Start a process for this place."""
        ear, mouth = os.pipe()
        os.set_blocking(ear, False)
        told = {"COMMANDCENTER_PARENT": str(os.getpid()), "COMMANDCENTER_PIPE": str(mouth)}
        command = [sys.executable, "-m", "commandcenter", *self.arguments]
        try:
            running = subprocess.Popen(
                command,
                env=environment(settings) | told,
                pass_fds=(*self.keep, mouth),
                stdin=subprocess.DEVNULL,
            )
        finally:
            os.close(mouth)
        return Process(running, ear, monotonic())


def webs(listener: int, number: int) -> list[Child]:
    """Return the web processes on a listening socket."""
    words = ("web", "--fd", str(listener))
    names = ["web"] if number == 1 else [f"web {n}" for n in range(1, number + 1)]
    made = [Child(name, words, (listener,), LEAVE) for name in names]
    for later in made[1:]:
        later.again_at = monotonic() + SOURCES_WAIT_SECONDS
    return made


def workers() -> list[Child]:
    """Return the processes that run plugins' code: live counts, sources."""
    roles = ("live", "ingest")
    return [Child(f"worker {role}", ("worker", "--role", role)) for role in roles]


def children(listener: int, number: int) -> list[Child]:
    """Return the processes of the embedded server: live counts, web, sources."""
    live, ingest = workers()
    ingest.again_at = monotonic() + SOURCES_WAIT_SECONDS
    return [live, *webs(listener, number), ingest]
