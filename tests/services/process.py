"""Servers that tests start: own folder, free port, and gone when the test run is gone."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import randbelow

START_SECONDS = 30.0
STOP_SECONDS = 30.0
"""More than a server gives its own processes to end: who is killed leaves them behind."""
POLL_SECONDS = 0.02
SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")


class ServiceFailed(RuntimeError):
    """A server that a test needs is not installed or does not start."""


@dataclass(frozen=True)
class Service:
    """A running server process with the file it logs to."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def wait_until(self, ready: Callable[[], bool], seconds: float = START_SECONDS) -> None:
        """Return once `ready` is true; raise ServiceFailed with the end of the log otherwise."""
        deadline = time.monotonic() + seconds
        while not ready():
            if (status := self.process.poll()) is not None:
                raise ServiceFailed(f"{self.name} ended with {status}: {self.tail()}")
            if time.monotonic() > deadline:
                raise ServiceFailed(f"{self.name} not ready after {seconds:g} s: {self.tail()}")
            time.sleep(POLL_SECONDS)

    def tail(self) -> str:
        """The last lines that the server logged."""
        return self.log.read_text(errors="replace")[-2000:]

    def stop(self, stop_signal: signal.Signals) -> None:
        """End the server, by force when it does not go by itself."""
        self.process.send_signal(stop_signal)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def program(name: str, *folders: str) -> str:
    """The path of an installed program; raises ServiceFailed where it is missing."""
    found = _found(name, *folders)
    if found is None:
        raise ServiceFailed(f"{name} is not installed: run .ci/setup, which installs it")
    return found


def browser_program() -> str:
    """The path of Chromium, where it can be had of the one without a window."""
    return _found("chromium-headless-shell") or program("chromium")


def _found(name: str, *folders: str) -> str | None:
    search = os.pathsep.join([*folders, os.environ.get("PATH", ""), *SYSTEM_FOLDERS])
    return shutil.which(name, path=search)


def free_port() -> int:
    """A TCP port on the loopback address that nobody listens on.

    It is none of those that the kernel gives to connections, which would take it in the meantime.
    """
    while True:
        port = 10_000 + randbelow(22_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def answers(port: int) -> bool:
    """Whether something accepts connections on this port of the loopback address."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def unprivileged(user: str) -> list[str]:
    """The setpriv options that leave root for `user`; none where the run is not root's anyway."""
    if os.geteuid() != 0:
        return []
    group = str(pwd.getpwnam(user).pw_gid)
    return ["--reuid", user, "--regid", group, "--clear-groups"]


def dying_with_us(end: signal.Signals, options: Sequence[str] = ()) -> list[str]:
    """A command prefix under which a process gets `end` as soon as its parent is gone.

    setpriv and not preexec_fn: the kernel forgets the wish when the user changes, and setpriv
    expresses it after that.
    """
    return [program("setpriv"), *options, "--pdeathsig", end.name.removeprefix("SIG"), "--"]


@contextmanager
def service_folder(owner: str | None = None) -> Iterator[Path]:
    """A short-named folder, removed afterwards; PostgreSQL needs to own its folder and its parents.

    pytest's own folders are closed to other users and too long for a unix socket's name.
    """
    folder = Path(tempfile.mkdtemp(prefix="cc-"))
    try:
        if owner is not None and os.geteuid() == 0:
            shutil.chown(folder, owner)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(
    command: Sequence[str],
    folder: Path,
    options: Sequence[str] = (),
    end: signal.Signals = signal.SIGTERM,
) -> Iterator[Service]:
    """Run a server in `folder` until the block ends or this process does."""
    name = Path(command[0]).name
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*dying_with_us(end, options), *command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    service = Service(name, process, log)
    try:
        yield service
    finally:
        service.stop(end)
