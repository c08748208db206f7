"""The processes of a cluster, each kept running as a service manager does."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.services.process import dying_with_us

PAUSE_SECONDS = 0.5
LOOK_SECONDS = 0.05
GRACE_SECONDS = 10.0


@dataclass
class Part:
    """One process that is started again when it ends, half a second later."""

    name: str
    role: str
    command: Sequence[str]
    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    keep: Sequence[int] = ()
    end: signal.Signals = signal.SIGTERM
    options: Sequence[str] = ()
    entrance: Sequence[str] = ()
    process: subprocess.Popen[bytes] | None = None
    wanted: bool = True
    ends: int = 0
    again_at: float = 0.0

    @property
    def pid(self) -> int:
        """Its process, 0 while there is none."""
        return self.process.pid if self.process is not None and self.process.poll() is None else 0

    @property
    def log(self) -> Path:
        """What it has written."""
        return self.folder / f"{self.name}.log"

    def tend(self) -> None:
        """Start it if it should run and does not."""
        if self.process is not None and self.process.poll() is not None:
            self.process = None
            self.ends += 1
            self.again_at = time.monotonic() + PAUSE_SECONDS
        if self.process is None and self.wanted and time.monotonic() >= self.again_at:
            self._start()

    def family(self) -> list[psutil.Process]:
        """The process with everything that it started."""
        try:
            first = psutil.Process(self.pid) if self.pid else None
            return [first, *first.children(recursive=True)] if first else []
        except psutil.Error:
            return []

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to all of the family, the first one first."""
        for process in self.family():
            with suppress(psutil.Error):
                process.send_signal(number)

    def kill(self) -> None:
        """End it as a power cut would, with all that it started, and see it dead."""
        family = self.family()
        self.signal(signal.SIGKILL)
        psutil.wait_procs(family, GRACE_SECONDS)

    def stop(self) -> None:
        """Hold it in its tracks."""
        self.signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on."""
        self.signal(signal.SIGCONT)

    def _start(self) -> None:
        # The far end is entered as root, before the rights are given up.
        command = [*self.entrance, *dying_with_us(signal.SIGKILL, self.options), *self.command]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=os.environ | self.variables,
                pass_fds=self.keep,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )


class Keeper:
    """Tends all parts from one thread, whose end would be theirs too."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._tend, name="keeper", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End all parts, the last ones first."""
        for part in self.parts:
            part.wanted = False
        for part in reversed(self.parts):
            self._end(part)
        self._ending.set()
        self._thread.join()

    def restart(self, part: Part) -> None:
        """End a part as a service manager does; it is started again by itself."""
        process = part.process
        if process is not None:
            process.send_signal(part.end)
            with suppress(subprocess.TimeoutExpired):
                process.wait(GRACE_SECONDS)

    def _end(self, part: Part) -> None:
        part.go_on()
        process = part.process
        if process is None:
            return
        process.send_signal(part.end)
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            part.kill()
            process.wait()

    def _tend(self) -> None:
        while not self._ending.wait(LOOK_SECONDS):
            for part in self.parts:
                part.tend()
