"""What a measurement ran on, and how much of the machine others took meanwhile."""

import os
import platform
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

STEAL, FIELDS = 7, 8
"""Place of the steal time among the first fields of /proc/stat, in proc_stat(5)."""


def cpu_model() -> str:
    """Return the processor's name."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def cpu_times() -> list[int]:
    """Return user, nice, system, idle, iowait, irq, softirq and steal, in ticks since boot."""
    first = Path("/proc/stat").read_text().splitlines()[0]
    return [int(field) for field in first.split()[1 : 1 + FIELDS]]


@contextmanager
def machine() -> Iterator[dict[str, Any]]:
    """Describe the machine; `steal_percent` and `load` are filled in when the block ends."""
    found: dict[str, Any] = {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }
    before = cpu_times()
    yield found
    spent = [after - earlier for after, earlier in zip(cpu_times(), before, strict=True)]
    found["steal_percent"] = round(100 * spent[STEAL] / max(1, sum(spent)), 2)
    found["load"] = round(os.getloadavg()[0], 2)


def many_files() -> None:
    """Let this process and those it starts have as many sockets as the machine allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
