"""Starts the server's processes, restarts the ones that end, and ends them all with itself."""

import ctypes
import fcntl
import gc
import json
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from time import monotonic
from types import FrameType

from commandcenter.errors import SettingsError
from commandcenter.live.broker import Broker
from commandcenter.settings import Settings

log = logging.getLogger(__name__)

RENEW = 75
"""Exit code of a process that asks to be started again at once."""
REFUSED = 2
"""Exit code of a process that cannot run as things are and has said why."""
STEADY_SECONDS = 30.0
LONGEST_PAUSE = 10.0
GRACE_SECONDS = 10.0
SOURCES_WAIT_SECONDS = 2.0
"""On few processors the screens come first: sources can wait until what shows them has started."""
PR_SET_PDEATHSIG = 1
UNACKNOWLEDGED_MILLIS = 30_000


def end_with_supervisor() -> None:
    """Have the kernel end this process when its supervisor ends, however that happens."""
    parent = os.environ.get("COMMANDCENTER_PARENT")
    if parent is None:
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):
        sys.exit("the supervisor has ended")


def settle() -> None:
    """Have the garbage collector pass over what was made at the start and stays: the tree of cells
    alone is several hundred thousand objects, and walking them holds up a frame for 50 ms.
    """
    gc.collect()
    gc.freeze()
    gc.enable()


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment that gives a child the same settings."""
    given = settings.model_dump(mode="json")
    named = {
        f"COMMANDCENTER_{name.upper()}": _plain(value)
        for name, value in given.items()
        if value not in ("", {}, None)
    }
    return dict(os.environ) | named | {"COMMANDCENTER_DATA": str(settings.data.resolve())}


def _plain(value: object) -> str:
    return json.dumps(value) if isinstance(value, dict) else str(value)


@dataclass(slots=True)
class Child:
    """One process that is kept running."""

    name: str
    arguments: Sequence[str]
    keep: Sequence[int] = ()
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    again_at: float = 0.0
    has_run: bool = False


@dataclass
class Supervisor:
    """Keeps children running until it is told to stop."""

    settings: Settings
    children: list[Child]
    stopping: Event = field(default_factory=Event)
    exit_code: int = 0

    def run(self, on_tick: Callable[[], None] = lambda: None) -> None:
        """Start everything and wait; returns after a stop has ended all processes."""
        with held_folder(self.settings.data):
            self._run(on_tick)

    def _run(self, on_tick: Callable[[], None]) -> None:
        broker = None if self.settings.redis_url else Broker(self.settings.data)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        try:
            while not self.stopping.is_set():
                self._tend()
                on_tick()
                self.stopping.wait(0.1)
        finally:
            self._end_all()
            if broker is not None:
                broker.close()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping.set()

    def _tend(self) -> None:
        for child in self.children:
            if child.process is None:
                if monotonic() >= child.again_at:
                    self._start(child)
            elif child.process.poll() is not None:
                self._ended(child)
            elif monotonic() - child.started > STEADY_SECONDS:
                child.has_run = True

    def _start(self, child: Child) -> None:
        command = [sys.executable, "-m", "commandcenter", *child.arguments]
        variables = environment(self.settings) | {"COMMANDCENTER_PARENT": str(os.getpid())}
        child.process = subprocess.Popen(
            command, env=variables, pass_fds=child.keep, stdin=subprocess.DEVNULL
        )
        child.started = monotonic()

    def _ended(self, child: Child) -> None:
        assert child.process is not None
        code = child.process.returncode
        child.process = None
        if code == REFUSED and not child.has_run:
            self.exit_code = REFUSED  # a boot that is refused ends here; a running server goes on
            self.stopping.set()
        if code == RENEW or monotonic() - child.started > STEADY_SECONDS:
            child.failures = 0
        else:
            child.failures += 1
        pause = 0.0 if child.failures <= 1 else min(2.0 ** (child.failures - 2), LONGEST_PAUSE)
        child.again_at = monotonic() + pause
        if code != RENEW:
            log.error("%s ended with code %s; starting it again in %.0f s", child.name, code, pause)

    def _end_all(self) -> None:
        running = [child.process for child in self.children if child.process is not None]
        for process in running:
            process.terminate()
        until = monotonic() + GRACE_SECONDS
        for process in running:
            try:
                process.wait(max(0.1, until - monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def held_folder(folder: Path) -> Iterator[None]:
    """Hold a data folder for this server alone; raises SettingsError if another one runs there."""
    with (folder / "server.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SettingsError(
                f"another server runs in {folder}: stop it, or give --data another folder"
            ) from error
        yield


def listen(settings: Settings) -> socket.socket:
    """Open the listening socket that all web processes share, so that none is ever refused."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # A screen whose cable was pulled acknowledges nothing: accepted sockets inherit this limit.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MILLIS)
    listener.bind((settings.host, settings.port))
    listener.listen(2048)
    listener.set_inheritable(True)
    return listener


def children(listener: socket.socket) -> list[Child]:
    """Return the processes of the embedded server: web, live counts, sources."""
    number = listener.fileno()
    live, ingest = workers()
    ingest.again_at = monotonic() + SOURCES_WAIT_SECONDS
    return [live, Child("web", ("web", "--fd", str(number)), (number,)), ingest]


def workers() -> list[Child]:
    """Return the processes that run plugins' code: live counts, sources."""
    roles = ("live", "ingest")
    return [Child(f"worker {role}", ("worker", "--role", role)) for role in roles]
