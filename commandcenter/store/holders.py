"""Which process this is, and whether another one of this machine still runs."""

import os
import socket
from hashlib import sha1
from pathlib import Path


def this_process() -> str:
    """Return `host/pid/start`, which no other process ever has."""
    pid = os.getpid()
    return f"{_host()}/{pid}/{_started(pid)}"


def is_gone(holder: str) -> bool:
    """Tell whether a holder was a process of this machine that has ended.

    Of a process elsewhere nothing can be known but that it is silent.
    """
    host, _, rest = holder.partition("/")
    pid, _, started = rest.partition("/")
    return host == _host() and pid.isdecimal() and _started(int(pid)) != started


def session_name(holder: str) -> str:
    """Return what a holder's connections are called in PostgreSQL, which keeps 63 bytes."""
    return f"commandcenter {sha1(holder.encode(), usedforsecurity=False).hexdigest()[:24]}"


def _host() -> str:
    """Return a name for all processes whose numbers mean the same here.

    Containers of one machine may share a host name but not their process numbers, and machines
    that were copied share a name: so the boot and the namespace belong to it.
    """
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    space = os.stat("/proc/self/ns/pid").st_ino
    where = sha1(f"{boot} {space}".encode(), usedforsecurity=False).hexdigest()[:12]
    return f"{socket.gethostname()[:48].replace('/', '-')}.{where}"


def _started(pid: int) -> str:
    """Return when a process started, in ticks since the boot; empty for one that has ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    # The name in parentheses may hold anything: what follows the last one is counted.
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in "ZX" else fields[19]
