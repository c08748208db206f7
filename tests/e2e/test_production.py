"""The same city on PostgreSQL with Redis between its processes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from tests.e2e import reloads
from tests.e2e.conftest import Prepared
from tests.e2e.reloads import crash, serving
from tests.e2e.servers import Server, ended, made, report
from tests.e2e.walls import Wall, forget_lost_connections
from tests.services.chromium import Pages
from tests.services.postgres import Postgres
from tests.waiting import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.postgres,
    pytest.mark.redis,
    pytest.mark.slow,
    pytest.mark.timeout(400),
]


@pytest.fixture(scope="module")
def server(
    prepared: Prepared,
    postgres: Postgres,
    redis_port: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """A busy city in production's shape, with two web processes."""
    with redis.Redis(port=redis_port) as client:
        client.flushall()
    name = postgres.create_database()
    place = {"database_url": postgres.url(name), "redis_url": f"redis://127.0.0.1:{redis_port}/0"}
    folder = tmp_path_factory.mktemp("production")
    made_ = made(folder, prepared.cache, plugins=prepared.plugins, web_processes=2, **place)
    with ended(made_):
        made_.demo("--history", "500", "--rate", "5/s")
        until(lambda: serving(made_) == 2)
        yield made_
    postgres.drop_database(name)


def test_reports_reach_the_wall_and_a_crash_loses_none(server: Server, page: Pages) -> None:
    wall = Wall(server, page(1920, 540))
    wall.open()
    accepted = set[int]()
    for role in ("live", "ingest", "web"):
        before = wall.known("pulse-total")
        answers = server.report(*[report(f"{role}-{n}") for n in range(20)])
        accepted |= {answer["id"] for answer in answers if answer["status"] == "accepted"}
        crash(server, role)
        wall.is_live()
        wall.exceeds("pulse-total", before + 19)
    with server.quiet():
        wall.equals_api()
        wall.equals_rows()
    stored = [row[0] for row in server.rows("SELECT id FROM cases WHERE source = 'e2e'")]
    assert len(accepted) == 60 and sorted(accepted) == sorted(stored)
    assert not list(server.data.glob("*.db"))
    forget_lost_connections(page)


def test_a_reload_costs_screens_a_reconnect_and_reporters_nothing(server: Server) -> None:
    reloads.a_reload_costs_screens_a_reconnect_and_reporters_nothing(server)


def test_two_web_processes_share_the_streams(server: Server) -> None:
    reloads.two_web_processes_share_the_streams(server)


def test_a_revoked_wall_is_shut_out_of_every_process(server: Server) -> None:
    reloads.a_revoked_wall_is_shut_out_of_every_process(server)
