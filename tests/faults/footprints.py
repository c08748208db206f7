"""What the server's processes hold: memory, open files, threads."""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass

import psutil

from tests.faults.cluster import ROLES, Cluster


@dataclass(frozen=True)
class Footprint:
    """What a part holds: resident bytes, open files, threads.

    `wires` are those of the files that are connections to the services.
    """

    resident: int = 0
    files: int = 0
    threads: int = 0
    wires: int = 0


def footprints(cluster: Cluster) -> dict[str, Footprint]:
    """What each of the server's own processes holds now."""
    found = {}
    services = {proxy.port for proxy in cluster.proxies.values()}
    for part in cluster.role(*ROLES):
        with suppress(psutil.Error):
            process = psutil.Process(part.pid)
            files, threads = process.num_fds(), process.num_threads()
            ends = [wire.raddr.port for wire in process.net_connections() if wire.raddr]
            wires = sum(end in services for end in ends)
            found[part.name] = Footprint(process.memory_info().rss, files, threads, wires)
    return found


def opened(cluster: Cluster, role: str) -> str:
    """Say what the processes of a role have open: connections by their state and port, files."""
    found: Counter[str] = Counter()
    for part in cluster.role(role):
        with suppress(psutil.Error):
            process = psutil.Process(part.pid)
            wires = process.net_connections()
            served = {wire.laddr.port for wire in wires if not wire.raddr}
            for wire in wires:
                end = wire.laddr if wire.laddr.port in served else wire.raddr
                found[f"{wire.status.lower()} {end.port}"] += 1
            found["files"] += len(process.open_files())
    return ", ".join(f"{number} {what}" for what, number in found.most_common())


def by_role(cluster: Cluster) -> dict[str, Footprint]:
    """What the processes of each role hold together; streams lie now with one, now with another."""
    found: dict[str, Footprint] = defaultdict(Footprint)
    for name, one in footprints(cluster).items():
        role = name.partition("-")[0]
        so_far = found[role]
        found[role] = Footprint(
            so_far.resident + one.resident,
            so_far.files + one.files,
            so_far.threads + one.threads,
            so_far.wires + one.wires,
        )
    return dict(found)
