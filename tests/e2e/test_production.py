"""The same city on PostgreSQL with Redis between its processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Prepared
from tests.e2e.servers import Server, ended, made, report, until
from tests.e2e.walls import Wall, forget_lost_connections
from tests.services.chromium import Pages

pytestmark = [
    pytest.mark.browser,
    pytest.mark.postgres,
    pytest.mark.redis,
    pytest.mark.slow,
    pytest.mark.timeout(400),
]


@pytest.fixture
def server(
    prepared: Prepared, postgres_url: str, redis_url: str, tmp_path: Path
) -> Iterator[Server]:
    """A busy city in production's shape."""
    made_ = made(tmp_path, prepared.cache, database_url=postgres_url, redis_url=redis_url)
    with ended(made_):
        made_.demo("--history", "500", "--rate", "5/s")
        yield made_


def test_reports_reach_the_wall_and_a_crash_loses_none(server: Server, page: Pages) -> None:
    wall = Wall(server, page(1920, 540))
    wall.open()
    accepted = set[int]()
    for role in ("live", "ingest", "web"):
        before = wall.number("pulse-total")
        answers = server.report(*[report(f"{role}-{n}") for n in range(20)])
        accepted |= {answer["id"] for answer in answers if answer["status"] == "accepted"}
        server.kill(role)
        wall.is_live()
        until(lambda before=before: wall.number("pulse-total") >= before + 20)
    with server.quiet():
        wall.equals_api()
        wall.equals_rows()
    stored = [row[0] for row in server.rows("SELECT id FROM cases WHERE source = 'e2e'")]
    assert len(accepted) == 60 and sorted(accepted) == sorted(stored)
    assert not list(server.data.glob("*.db"))
    forget_lost_connections(page)
