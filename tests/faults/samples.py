"""One look at everything that could grow in a running cluster and its browser."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from urllib.request import Request, urlopen

import psutil
import redis
from playwright.sync_api import CDPSession, Page
from prometheus_client.parser import text_string_to_metric_families

from commandcenter.domain.cases import OPEN
from tests.faults.cluster import ROLES, Cluster
from tests.faults.footprints import by_role

MEGABYTE = 1 << 20
FACES = "1234"
OPEN_CASES = "open cases"
QUEUES = {
    "commandcenter_bus_backlog_messages",
    "commandcenter_bus_unsent_messages",
    "commandcenter_rollup_lag_moves",
    "commandcenter_streams_blocked",
}


@dataclass
class Browser:
    """A page whose heap is measured; its faces are shown in turn."""

    page: Page
    turns: int = 0
    _session: CDPSession = field(init=False)

    def __post_init__(self) -> None:
        self._session = self.page.context.new_cdp_session(self.page)
        self._session.send("Performance.enable")

    def turn(self) -> None:
        """Show the next face."""
        self.turns += 1
        self.page.keyboard.press(FACES[self.turns % len(FACES)])

    def figures(self) -> dict[str, float]:
        """Heap after a search for garbage, nodes of the document and listeners."""
        self._session.send("HeapProfiler.collectGarbage")
        told = self._session.send("Performance.getMetrics")["metrics"]
        found = {each["name"]: each["value"] for each in told}
        return {
            "heap of the page MB": found["JSHeapUsedSize"] / MEGABYTE,
            "nodes of the page": found["Nodes"],
            "listeners of the page": found["JSEventListeners"],
        }


def sample(cluster: Cluster, browser: Browser) -> dict[str, float]:
    """Return all figures by name; those of processes by role, for sources move between them."""
    found = browser.figures()
    for name, held in by_role(cluster).items():
        found[f"memory of {name} MB"] = held.resident / MEGABYTE
        found[f"files of {name}"] = held.files
        found[f"threads of {name}"] = held.threads
    found["memory of Chromium MB"] = _chromium() / MEGABYTE
    found["ends of processes"] = sum(part.ends for part in cluster.role(*ROLES))
    states = ", ".join(f"'{state.value}'" for state in OPEN)
    found[OPEN_CASES] = _counted(cluster, f"SELECT count(*) FROM cases WHERE state IN ({states})")
    connections = "SELECT count(*) FROM pg_stat_activity WHERE datname IS NOT NULL"
    found["database connections"] = _counted(cluster, connections)
    return found | _redis(cluster) | _queues(cluster)


def _counted(cluster: Cluster, statement: str) -> float:
    return float(str(cluster.rows(statement)[0][0]))


def _chromium() -> int:
    """Resident bytes of everything that this process started but the server's own."""
    total = 0
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            total += process.memory_info().rss if "chrom" in process.name() else 0
    return total


def _redis(cluster: Cluster) -> dict[str, float]:
    with redis.Redis.from_url(cluster.settings.redis_url) as client:
        told = client.info()
        return {
            "Redis memory MB": told["used_memory"] / MEGABYTE,
            "Redis clients": float(told["connected_clients"]),
            "Redis keys": float(client.dbsize()),
        }


def _queues(cluster: Cluster) -> dict[str, float]:
    host, port = cluster.address
    headers = {"Authorization": f"Bearer {cluster.access.metrics_key}"}
    with urlopen(Request(f"http://{host}:{port}/metrics", headers=headers), timeout=10) as answer:
        families = list(text_string_to_metric_families(answer.read().decode()))
    found: dict[str, float] = {}
    for family in families:
        if family.name in QUEUES:
            name = f"queue {family.name.removeprefix('commandcenter_')}"
            found[name] = sum(each.value for each in family.samples)
    return found
