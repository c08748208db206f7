"""Two workers of each role on PostgreSQL and Redis: one works, and the other one when it stops."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
import redis
from psutil import Process
from sqlalchemy import text

from commandcenter.settings import Settings
from commandcenter.store.log import take_append_lock
from commandcenter.store.schema import upgrade
from commandcenter.store.store import Store
from commandcenter.testing import small_tree
from tests.e2e.pairs import SOURCE, Screen, Site
from tests.host.folders import SAMPLES
from tests.services.postgres import Postgres
from tests.waiting import until

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.slow, pytest.mark.timeout(300)]

TAKEOVER_SECONDS = 3.0
LATEST_SECONDS = 2 * TAKEOVER_SECONDS
"""How long it may take on a slow machine."""


@pytest.fixture(scope="module")
def site(
    postgres: Postgres, redis_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Two workers of each role, and a screen that is shown something."""
    folder = tmp_path_factory.mktemp("pair")
    plugins = folder / "plugins"
    plugins.mkdir()
    for name in ("small", "lamp", "ticker"):
        (plugins / name).symlink_to(SAMPLES / name, target_is_directory=True)
    with redis.Redis(port=redis_port) as client:
        client.flushall()
    settings = Settings(
        data=folder / "data", cache=folder / "cache", plugins=plugins, city="small",
        database_url=postgres.url(postgres.create_database()),
        redis_url=f"redis://127.0.0.1:{redis_port}/0",
    )  # fmt: skip
    with ExitStack() as stack:
        store = Store(settings.database)
        stack.callback(store.close)
        screen = Screen(settings)
        stack.callback(screen.close)
        made = Site(settings, store, screen, folder)
        stack.callback(made.end)
        start_at_once(made)
        for role in ("live", "ingest"):
            made.ensure_pair(role)
        until(lambda: screen.frames and made.cases())
        yield made


def start_at_once(site: Site) -> None:
    """Start two workers that both find no city, and let neither install it before the other."""
    upgrade(site.store)
    with site.store.write() as connection:
        # Two processes that start may take longer than a forgotten transaction is suffered.
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        take_append_lock(connection)
        workers = [site.start("live") for _ in range(2)]
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        until(lambda: site.rows(waiting) == [(len(workers),)], 60.0)


def test_of_workers_that_start_at_once_one_installs_the_city(site: Site) -> None:
    assert all(worker.poll() is None for worker in site.workers["live"])
    assert not [log for log in site.logs("live") if "Traceback" in log]
    cells = small_tree().cells
    assert site.rows("SELECT count(*) FROM cells") == [(len(cells),)]


@pytest.mark.parametrize("role", ["live", "ingest"])
def test_who_stands_by_has_ready_what_plugins_are_started_from(site: Site, role: str) -> None:
    """The third of a pair: it remembers what they declare, and so has started none of them."""
    site.start(role)
    site.ensure_pair(role)
    *_, newest = site.workers[role]
    until(
        lambda: any(
            "forking" in " ".join(child.cmdline()) for child in Process(newest.pid).children()
        )
    )
    newest.kill()
    newest.wait()


def stop_for_good(process: int) -> None:
    os.kill(process, signal.SIGKILL)


def stop_in_its_tracks(process: int) -> None:
    os.kill(process, signal.SIGSTOP)


def end_cleanly(process: int) -> None:
    os.kill(process, signal.SIGTERM)


STOPS = [stop_for_good, end_cleanly, stop_in_its_tracks]


@pytest.mark.alone
@pytest.mark.parametrize("stop", STOPS)
def test_screens_are_shown_the_truth_again_within_three_seconds(
    site: Site, stop: Callable[[int], None]
) -> None:
    site.ensure_pair("live")
    victim, token, began = site.holder("live"), site.token("live"), time.monotonic()
    stop(victim)
    until(lambda: any(said > token for _, said in site.screen.frames))
    at = next(at for at, said in site.screen.frames if said > token)
    print(f"{stop.__name__}: live after {at - began:.2f} s")
    assert at - began < LATEST_SECONDS
    if stop is not stop_in_its_tracks:
        return
    os.kill(victim, signal.SIGCONT)
    woken, others = time.monotonic(), site.token("live")
    until(lambda: len([at for at, _ in site.screen.pulses if at > woken]) >= 3)
    old = [at - woken for at, said in site.screen.pulses if at > woken and said < others]
    assert not [seconds for seconds in old if seconds > 0.5], "it may end its sentence, no more"
    assert site.token("live") == others and site.holder("live") != victim
    assert sum(log.count("lost lease live") for log in site.logs("live")) == 1


@pytest.mark.alone
@pytest.mark.parametrize("stop", STOPS)
def test_a_source_goes_on_elsewhere_within_three_seconds(
    site: Site, stop: Callable[[int], None]
) -> None:
    site.ensure_pair("ingest")
    lease = f"source:{SOURCE}"
    victim, began = site.holder(lease), time.monotonic()
    stop(victim)
    stopped = site.cases()
    until(lambda: site.holder(lease) not in (0, victim) and site.cases() > stopped)
    took = time.monotonic() - began
    print(f"{stop.__name__}: source after {took:.2f} s")
    assert took < LATEST_SECONDS
    if stop is stop_in_its_tracks:
        os.kill(victim, signal.SIGCONT)
        until(lambda: any("lost lease source" in log for log in site.logs("ingest")))


@pytest.mark.alone
def test_a_database_that_restarts_stops_nobody_for_good(site: Site) -> None:
    """All connections are cut, and nobody is let in for longer than a lease lasts."""
    for role in ("live", "ingest"):
        site.ensure_pair(role)
    name = site.settings.database.rpartition("/")[2]
    admin = Store(site.settings.database.rpartition("/")[0] + "/postgres")
    with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
        connection.execute(text(end), {"name": name})
        began = time.monotonic()
        until(lambda: began - site.screen.pulses[-1][0] < -2.0 or time.monotonic() > began + 3.5)
        assert site.screen.pulses[-1][0] < began + 3.0, "nobody says that the numbers are fresh"
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
    admin.close()
    back = time.monotonic()
    cases = site.cases()
    until(lambda: site.screen.frames[-1][0] > back and site.cases() > cases)
    print(f"database: right after {time.monotonic() - back:.2f} s")
    alive = [p.poll() is None for role in site.workers.values() for p in role]
    assert sum(alive) == 4, "nobody crashed"
    told = [log.count("counts stand still") for log in site.logs("live")]
    assert max(told) == 1, "told at the change only"


def test_at_the_end_every_count_is_right_and_nothing_is_there_twice(site: Site) -> None:
    site.end()
    given = site.settings.model_dump(mode="json", exclude_unset=True)
    named = {f"COMMANDCENTER_{name.upper()}": str(value) for name, value in given.items()}
    done = subprocess.run(
        [sys.executable, "-m", "commandcenter", "db", "verify"],
        env=dict(os.environ) | named, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert re.search(r"over [1-9]\d* cases and [1-9]\d* moves: 0 differ", done.stdout), done
    reports = site.rows("SELECT case_id, count(*) FROM moves WHERE command = 'report' GROUP BY 1")
    assert {count for _, count in reports} == {1} and len(reports) == site.cases()
