"""The faults: how each is caused, for how long, and what it needs.

Longer than most: it is one table, and each row stands beside what causes it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import combinations

import psycopg

from commandcenter.store.log import APPEND_LOCK
from tests.faults.clients import Clients
from tests.faults.cluster import ROLES, SERVICES, Cluster
from tests.faults.footprints import by_role
from tests.faults.screens import QUIET_SECONDS
from tests.waiting import until

LOSS_PERCENT = 30
STEP_SECONDS = 600
CUTS = 4
HELD_SECONDS, LET_SECONDS = 1.2, 0.05
BROKEN_LISTS = 20
SLOW_MEGABYTES = 64
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Stage:
    """Where a fault happens: the cluster, who uses it, and how large and how long it may be."""

    cluster: Cluster
    clients: Clients
    is_short: bool

    def wait(self, seconds: float) -> None:
        """Let a fault last; the load and the screens go on in their thread."""
        time.sleep(seconds)

    def many(self, number: int) -> int:
        """So many, or a fifth of it in the short form."""
        return number // 5 if self.is_short else number


Cause = Callable[[Stage, float], AbstractContextManager[None]]


@dataclass(frozen=True)
class Fault:
    """One kind of harm; it is over when its cause's block ends."""

    name: str
    cause: Cause
    seconds: float = 0.0
    short: float | None = None
    """Seconds in the short form, None: it is not part of it."""
    needs: str = ""
    within: float = 5.0
    """So soon after the server is whole again everything must be right."""
    unsaid: float = 2.0
    """For so long a screen may look fresh though it misses what was accepted 3 s before."""


def killed(*roles: str, number: int = 2) -> Cause:
    """Kill processes of these roles with SIGKILL, all at once."""

    @contextmanager
    def cause(stage: Stage, _: float) -> Iterator[None]:
        for role in roles:
            for part in stage.cluster.role(role)[:number]:
                part.kill()
        yield

    return cause


@contextmanager
def holder_killed(stage: Stage, _: float) -> Iterator[None]:
    """Kill the live worker that counts for all; the other one stands by."""
    stage.cluster.holder().kill()
    yield


@contextmanager
def holder_paused(stage: Stage, seconds: float) -> Iterator[None]:
    """Hold the live worker until its lease is long gone, and let it go on as if nothing were."""
    holder = stage.cluster.holder()
    holder.stop()
    stage.wait(seconds)
    holder.go_on()
    yield


@contextmanager
def holder_starved(stage: Stage, seconds: float) -> Iterator[None]:
    """Leave the live worker so little of a processor that it falls behind, and speaks all the same.

    It is held for less than a hub takes for silence, and than its lease lasts.
    """
    holder, ended = stage.cluster.holder(), time.monotonic() + seconds
    was_told = False
    while time.monotonic() < ended:
        holder.stop()
        stage.wait(HELD_SECONDS)
        holder.go_on()
        stage.wait(LET_SECONDS)
        was_told = was_told or not all(screen.looks_fresh for screen in stage.clients.screens)
    assert was_told, "it did not fall behind, or no screen was told"
    yield


def frozen(service: str) -> Cause:
    """Hold a service in its tracks: connections stand and nothing answers."""

    @contextmanager
    def cause(stage: Stage, seconds: float) -> Iterator[None]:
        (part,) = stage.cluster.role(service)
        part.stop()
        stage.wait(seconds)
        part.go_on()
        yield

    return cause


def restarted(role: str) -> Cause:
    """Restart all of a role one after the other, as an administrator does."""

    @contextmanager
    def cause(stage: Stage, _: float) -> Iterator[None]:
        for part in stage.cluster.role(role):
            ends = part.ends
            stage.cluster.keeper.restart(part)
            until(lambda part=part, ends=ends: part.ends > ends and part.pid, 30, part.name)
            if role in ROLES:
                until(stage.cluster.is_up, PATIENCE_SECONDS, f"{part.name} does not come back")
        yield

    return cause


@contextmanager
def cut(stage: Stage, seconds: float) -> Iterator[None]:
    """Reset all connections to the database and to Redis some times, then refuse new ones."""
    proxies = stage.cluster.proxies.values()
    for _ in range(CUTS):
        for proxy in proxies:
            proxy.cut()
        stage.wait(seconds / CUTS / 2)
    for proxy in proxies:
        proxy.refuses = True
        proxy.cut()
    stage.wait(seconds / 2)
    for proxy in proxies:
        proxy.mend()
    yield


@contextmanager
def half_open(stage: Stage, seconds: float) -> Iterator[None]:
    """Swallow every answer of the database and of Redis: to both sides the connections stand."""
    proxies = stage.cluster.proxies.values()
    for proxy in proxies:
        proxy.is_half_open = True
    stage.wait(seconds)
    for proxy in proxies:
        proxy.mend()
    yield


@contextmanager
def lossy(stage: Stage, seconds: float) -> Iterator[None]:
    """Lose packets between the server and everybody: database, Redis, senders and screens."""
    stage.cluster.link.lose(LOSS_PERCENT)
    stage.wait(seconds)
    stage.cluster.link.mend()
    yield


@contextmanager
def full_disk(stage: Stage, seconds: float) -> Iterator[None]:
    """Leave the database no room."""
    stage.cluster.disk.fill()
    stage.wait(seconds)
    stage.cluster.disk.clear()
    yield


def stepped(offset: int) -> Cause:
    """Step the wall clock of all processes, and after a while back to the true time."""

    @contextmanager
    def cause(stage: Stage, seconds: float) -> Iterator[None]:
        stage.cluster.clock.step(offset)
        stage.wait(seconds)
        stage.cluster.clock.step(0)
        yield

    return cause


@contextmanager
def stampede(stage: Stage, _: float) -> Iterator[None]:
    """Have a thousand streams open and end all web processes, so that all come back at once."""
    clients = stage.clients
    clients.others = clients.open(stage.many(1000))
    until(clients.all_current, PATIENCE_SECONDS, "the streams do not open")
    for part in stage.cluster.role("web"):
        part.kill()
    yield
    clients.leave(clients.others)
    clients.others = []


@contextmanager
def slow_readers(stage: Stage, seconds: float) -> Iterator[None]:
    """Ask for many streams and read none of them; the server may keep little for each."""
    before = _resident(stage.cluster)
    stage.clients.open_slow(stage.many(200))
    stage.wait(seconds)
    grown = (_resident(stage.cluster) - before) / (1 << 20)
    stage.clients.release()
    assert grown < SLOW_MEGABYTES, f"slow readers cost {grown:.0f} MB"
    yield


@contextmanager
def half_written(stage: Stage, _: float) -> Iterator[None]:
    """Hang up in the middle of the bodies of lists, and hand the same lists in again, whole."""
    stage.clients.call(_break_off(stage))
    yield


@contextmanager
def killed_before_commit(stage: Stage, _: float) -> Iterator[None]:
    """Kill the web processes while lists are inserted and not committed.

    The lock under which moves are numbered is what their transactions wait for.
    """
    url = stage.cluster.store.engine.url
    address = f"host={url.query['host']} port={url.query['port']} user={url.username}"
    with psycopg.connect(f"{address} dbname={url.database}") as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (APPEND_LOCK,))
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        until(lambda: connection.execute(waiting).fetchone() != (0,), 10, "nothing is inserted")
        for part in stage.cluster.role("web"):
            part.kill()
    yield


def faults() -> list[Fault]:
    """All of them, in the order in which they are caused."""
    roles = (*ROLES, *SERVICES)
    in_short = {("live", "redis"), ("redis", "postgres")}
    return [
        Fault("kill -9 one web process", killed("web", number=1)),
        Fault("kill -9 the live worker that holds the lease", holder_killed, short=0.0),
        *(Fault(f"kill -9 {_named(role)}", killed(role)) for role in roles),
        *(
            Fault(
                f"kill -9 {_named(one)} and {_named(other)}", killed(one, other),
                short=0.0 if (one, other) in in_short else None,
            )
            for one, other in combinations(roles, 2)
        ),
        Fault("web processes restarted in turn", restarted("web")),
        Fault("live workers restarted in turn", restarted("live")),
        Fault("PostgreSQL restarted", restarted("postgres")),
        Fault("Redis frozen", frozen("redis"), 60.0, 8.0),
        Fault("PostgreSQL frozen", frozen("postgres"), 20.0),
        Fault("connections cut and refused", cut, 10.0, 3.0),
        Fault("connections half open", half_open, 20.0),
        Fault(
            "30 % of packets lost", lossy, 30.0, 6.0, needs="link",
            within=QUIET_SECONDS, unsaid=QUIET_SECONDS,
        ),
        Fault("disk of the database full", full_disk, 15.0, 3.0, needs="disk"),
        Fault("clock 10 minutes ahead, and back", stepped(STEP_SECONDS), 20.0, 3.0),
        Fault("clock 10 minutes behind, and back", stepped(-STEP_SECONDS), 20.0),
        Fault("1,000 streams come back at once", stampede),
        Fault("200 readers that never read", slow_readers, 40.0),
        Fault("live worker paused, woken without its lease", holder_paused, 60.0, 6.0),
        Fault("live worker with next to no processor", holder_starved, 20.0),
        Fault("senders cut in the middle of a list", half_written, short=0.0),
        Fault("killed between insert and commit", killed_before_commit, short=0.0),
    ]  # fmt: skip


def lacks(made: Cluster, fault: Fault) -> bool:
    """Whether this user cannot cause a fault."""
    return bool(fault.needs) and not getattr(made, fault.needs).is_real


def _named(role: str) -> str:
    return {"web": "web", "redis": "Redis", "postgres": "PostgreSQL"}.get(role, f"{role} workers")


def _resident(cluster: Cluster) -> int:
    return by_role(cluster)["web"].resident


async def _break_off(stage: Stage) -> None:
    load, host = stage.clients.load, stage.cluster.address
    lists = [load.reports(10) for _ in range(BROKEN_LISTS)]
    for number, reports in enumerate(lists):
        body, headers = load.body(reports)
        _, writer = await asyncio.open_connection(*host)
        lines = [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join(["POST /api/v1/reports HTTP/1.1", f"Host: {host[0]}", *lines])
        # Some end within a report, some between two, one before the first and one after the last.
        part = body[: len(body) * number // (BROKEN_LISTS - 1)]
        writer.write(f"{head}\r\nContent-Length: {len(body) + 1}\r\n\r\n".encode() + part)
        await writer.drain()
        writer.transport.abort()
    assert not await _known(stage, lists[0][0]["external_id"])
    await asyncio.gather(*(load.deliver(reports) for reports in lists))


async def _known(stage: Stage, external_id: str) -> bool:
    query = "SELECT 1 FROM cases WHERE source = 'faults' AND external_id = :key"
    return bool(await asyncio.to_thread(stage.cluster.rows, query, key=external_id))
