"""The cable between a server and everything else, which loses packets when told to.

At its far end is a network namespace for PostgreSQL, Redis and the clients, so that everything
that goes in or out of the server's processes passes it. The kernel throws packets away at both
ends as they come in (nftables), which to TCP is the same as a bad cable: netem is not in every
kernel, and to drop what goes out would tell the sender.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.services.process import dying_with_us, program

CLONE_NEWNET = 0x40000000
PATIENCE_SECONDS = 5.0
LAID = "CITY_TEST_LINK"
"""Where a run tells its processes which link is laid."""


@dataclass(frozen=True)
class Link:
    """Addresses of both ends; without the right to make a namespace both are the loopback."""

    near: str = "127.0.0.1"
    far: str = "127.0.0.1"
    device: str = ""
    holder: int = 0

    @property
    def is_real(self) -> bool:
        """Whether packets can be lost here."""
        return bool(self.device)

    @property
    def entrance(self) -> list[str]:
        """The command prefix that runs a program at the far end."""
        if not self.is_real:
            return []
        return [program("nsenter"), f"--net={self._namespace}", "--"]

    def enter(self) -> None:
        """Move the calling thread to the far end: sockets that it makes are there."""
        if not self.is_real:
            return
        libc = ctypes.CDLL(None, use_errno=True)
        with self._namespace.open() as namespace:
            if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")

    def lose(self, percent: int) -> None:
        """Lose so many of a hundred packets in each direction."""
        self.mend()
        for prefix, device in self._ends():
            _run(
                [*prefix, program("nft"), "-f", "-"],
                f"table netdev {self.device} {{\n chain lost {{\n"
                f'  type filter hook ingress device "{device}" priority 0;\n'
                f"  numgen random mod 100 < {percent} drop;\n }}\n}}\n",
            )

    def mend(self) -> None:
        """Lose nothing any more."""
        for prefix, _ in self._ends():
            command = [*prefix, program("nft"), "delete", "table", "netdev", self.device]
            subprocess.run(command, capture_output=True, check=False)

    @property
    def _namespace(self) -> Path:
        return Path(f"/proc/{self.holder}/ns/net")

    def _ends(self) -> list[tuple[list[str], str]]:
        return [([], self.device), (self.entrance, "far")]


@contextmanager
def laid() -> Iterator[Link]:
    """Lend the run's link for as long as the block runs, or lay one where there is none."""
    if LAID in os.environ:
        near, far, device, holder = os.environ[LAID].split()
        link = Link(near, far, device, int(holder))
        yield link
        link.mend()
        return
    with _new() as link:
        yield link


@contextmanager
def kept() -> Iterator[None]:
    """Keep one link for all processes of a run.

    A browser drops its connections whenever a device of the network comes or goes.
    """
    with _new() as link:
        if link.is_real:
            os.environ[LAID] = f"{link.near} {link.far} {link.device} {link.holder}"
        yield
        os.environ.pop(LAID, None)


@contextmanager
def _new() -> Iterator[Link]:
    if os.geteuid() != 0:
        yield Link()
        return
    command = [*dying_with_us(signal.SIGKILL), program("unshare"), "--net", "sleep", "infinity"]
    holder = subprocess.Popen(command)
    try:
        link = _joined(holder.pid)
        yield link
        link.mend()
    finally:
        holder.kill()
        holder.wait()


def _joined(holder: int) -> Link:
    _await_namespace(holder)
    # From the block for measuring networks, RFC 2544; four addresses for each run.
    first = (os.getpid() * 4) % 65536
    near, far = (f"198.18.{first >> 8}.{(first & 255) + n}" for n in (1, 2))
    link = Link(near, far, f"cc{os.getpid()}", holder)
    ip = program("ip")
    _run([ip, "link", "add", link.device, "type", "veth", "peer", "far", "netns", str(holder)])
    _run([ip, "address", "add", f"{near}/30", "dev", link.device])
    _run([ip, "link", "set", link.device, "up"])
    for words in (["link", "set", "lo", "up"], ["address", "add", f"{far}/30", "dev", "far"],
                  ["link", "set", "far", "up"]):  # fmt: skip
        _run([*link.entrance, ip, *words])
    return link


def _await_namespace(holder: int) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    own = os.readlink("/proc/self/ns/net")
    while os.readlink(f"/proc/{holder}/ns/net") == own:
        assert time.monotonic() < until, "no network namespace was made"
        time.sleep(0.01)


def _run(command: list[str], given: str = "") -> None:
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
