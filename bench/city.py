"""A demonstration to measure: the real server with all its processes, on a folder of its own."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import psutil


@dataclass(frozen=True)
class Demonstration:
    """A running server: address, the wall's link, keys, logins, its first process."""

    url: str
    wall: str
    source_key: str
    logins: list[dict[str, str]]
    process: int
    operator_key: str = ""
    folder: Path = Path()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        parts = urlsplit(self.url)
        return parts.hostname or "127.0.0.1", parts.port or 80


@contextmanager
def demonstration(*options: str, folder: Path | None = None) -> Iterator[Demonstration]:
    """Run `commandcenter demo --json` with options until the block ends.

    Without a folder it works in one that is removed afterwards.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as made:
        data = folder or Path(made)
        log = (data / "bench.log").open("wb")
        command = [sys.executable, "-m", "commandcenter", "demo", "--json", "--port", "0"]
        process = subprocess.Popen(
            [*command, "--data", str(data), *options], stdout=subprocess.PIPE, stderr=log
        )
        try:
            yield replace(_announced(process, data / "bench.log"), folder=data)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
            log.close()


@contextmanager
def environment(**settings: str) -> Iterator[None]:
    """Give servers that are started in the block these settings; an empty one is not set."""
    names = {name: f"COMMANDCENTER_{name.upper()}" for name in settings}
    before = {full: os.environ.pop(full, None) for full in names.values()}
    os.environ.update({names[name]: value for name, value in settings.items() if value})
    try:
        yield
    finally:
        for full, value in before.items():
            os.environ.pop(full, None)
            if value is not None:
                os.environ[full] = value


def _announced(process: "subprocess.Popen[bytes]", log: Path) -> Demonstration:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(b"{"):
            said = json.loads(line)
            return Demonstration(
                said["url"], said["wall"], said["source_key"], said["logins"], process.pid,
                said["operator_key"],
            )  # fmt: skip
    raise SystemExit(f"the demonstration ended at once:\n{log.read_text()[-2000:]}")


def cpu_seconds(process: int) -> float:
    """Return the processor seconds that a process and everything under it have used."""
    spent = 0.0
    first = psutil.Process(process)
    for each in (first, *first.children(recursive=True)):
        times = each.cpu_times()
        spent += times.user + times.system
    return spent


def web_process(process: int) -> int:
    """Return the process that serves screens, of those under a server's first one."""
    for each in psutil.Process(process).children(recursive=True):
        words = each.cmdline()
        if "commandcenter" in words and "web" in words:
            return each.pid
    raise SystemExit("the server has no web process")


def memory(process: int) -> int:
    """Return the bytes of a process that are in memory."""
    return int(psutil.Process(process).memory_info().rss)
