"""Processor time by what processes do, a table of it for what was measured."""

import os
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from time import process_time
from typing import Any, NamedTuple

import psutil

from bench.tables import print_table

MILLI, MICRO = 1_000, 1_000_000
"""Parts of a second."""
ROLES = {
    "web": "web", "live": "live", "ingest": "ingest", "commandcenter.sandbox.forking": "plugins",
    "demo": "supervisor",
}  # fmt: skip
"""What a process of the server does, by a word of its command."""
CLIENT = "client"
"""The process that measures."""
BACKEND = re.compile(r"postgres: .*\((\d+)\)")
"""The title of a process of PostgreSQL that works for a connection, with its port."""


class Spent(NamedTuple):
    """What a process does, and the processor seconds (user and system) that it has used."""

    role: str
    seconds: float


Processes = Mapping[int, Spent]
"""What processes have used so far, by number."""


def processes(first: int) -> Processes:
    """Return what a process and all under it have used; those of PostgreSQL by whom they serve."""
    found, ports = {}, {}
    backends: list[tuple[psutil.Process, int]] = []
    for each in (psutil.Process(first), *psutil.Process(first).children(recursive=True)):
        with suppress(psutil.Error):
            title = " ".join(each.cmdline())
            if backend := BACKEND.match(title):
                backends.append((each, int(backend[1])))
                continue
            role = CLIENT if each.pid == os.getpid() else _role(title)
            found[each.pid] = Spent(role, _seconds(each))
            ports |= {one.laddr.port: role for one in each.net_connections("tcp") if one.laddr}
    for each, port in backends:
        with suppress(psutil.Error):
            found[each.pid] = Spent(f"postgres for {ports.get(port, 'others')}", _seconds(each))
    return found


def spent(before: Processes, after: Processes) -> dict[str, float]:
    """Return the processor seconds that were used in between, by role; the most first."""
    used: dict[str, float] = defaultdict(float)
    for process, (role, seconds) in after.items():
        used[role] += seconds - (before[process].seconds if process in before else 0.0)
    return dict(sorted(used.items(), key=lambda each: -each[1]))


def _role(title: str) -> str:
    if title.startswith("postgres") or "/postgres " in title:
        return "postgres itself"
    return next((role for word, role in ROLES.items() if word in title.split()), "others")


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


class Used:
    """What the processes under one use of the processor from now on."""

    def __init__(self, first: int) -> None:
        self._first = first
        self._before: Processes = processes(first)
        # To look at all of them has taken a while, which is not to count as the client's.
        self._own = process_time()

    def each(self, number: int, parts: int) -> dict[str, float]:
        """Return what was used for one of `number`, by role, in `parts` of a second."""
        own = process_time() - self._own
        used = spent(self._before, processes(self._first)) | {CLIENT: own}
        share = parts / max(1, number)
        return {role: round(share * each, 3) for role, each in used.items() if each > 0}


def print_processors(what: str, rows: Sequence[Mapping[str, Any]], key: str) -> None:
    """Print what each row has of processor time under a key, by role; `what` says of what."""
    roles = list(dict.fromkeys(role for row in rows for role in row[key]))
    print(f"{what}:")
    print_table(
        ("database", "how", "all", *roles),
        [
            (row["database"], row["how"], round(sum(row[key].values()), 2),
             *(row[key].get(role, "—") for role in roles)) for row in rows
        ],
    )  # fmt: skip
