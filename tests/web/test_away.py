"""While the database is away requests are told to come back, and none is told of a mistake."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql

from commandcenter.errors import Unavailable
from commandcenter.live import grants
from tests.services.postgres import Postgres
from tests.web.conftest import CITY, Town, report

pytestmark = pytest.mark.postgres


@pytest.fixture
def url(postgres_url: str) -> str:
    return postgres_url


@contextmanager
def away(postgres: Postgres, url: str) -> Iterator[None]:
    """Cut all connections to a database and let nobody in until the block ends."""
    name = url.rpartition("/")[2]
    admin = postgres.url("postgres").replace("+psycopg", "")
    change = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(change.format(sql.Identifier(name), sql.Literal(False)))
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        connection.execute(end, (name,))
        yield
        connection.execute(change.format(sql.Identifier(name), sql.Literal(True)))


def test_requests_are_asked_to_come_back_and_are_served_then(
    town: Town, postgres: Postgres, url: str
) -> None:
    key = {"headers": town.bearer("source")}
    person, reports = town.logged_in("city"), [report(CITY, "one")]
    paths = ["/api/v1/cases", f"/api/v1/cells/{CITY}/counts", f"/cell/{CITY}", "/case/1"]

    def answers() -> list[tuple[int, str | None]]:
        asked = [person.get(path) for path in paths]
        asked.append(town.client().post("/api/v1/reports", json=reports, **key))
        asked.append(town.client().get("/api/v1/cases", **key))
        return [(answer.status_code, answer.headers.get("Retry-After")) for answer in asked]

    with away(postgres, url):
        assert answers() == [(503, "2")] * 6
        assert town.client().get("/readyz").status_code == 503
        assert town.client().get("/healthz").status_code == 200
    statuses = [status for status, _ in answers()]
    assert statuses[0] == 200 and statuses[-2:] == [200, 200]
    assert 500 not in statuses


def test_a_stream_is_refused_with_the_time_to_come_back(
    town: Town, postgres: Postgres, url: str
) -> None:
    person = town.logged_in("city")
    cookie = {"cookie": f"session={person.get_cookie('session').value}"}
    with away(postgres, url), pytest.raises(Unavailable) as refused:
        town.site.authorise(cookie, {"cell": CITY})
    refusal = grants.failed(refused.value)
    assert refusal.status == 503 and dict(refusal.headers)["retry-after"]
