"""Boston replays what really happened in 2011, an hour in a second."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from plugins.boston.records import read_requests
from tests.e2e.conftest import Prepared
from tests.e2e.servers import Server, ended, made
from tests.e2e.walls import Wall
from tests.services.chromium import Pages
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]

HISTORY = 1000
REPLAY = ("--city", "boston", "--speed", "3600", "--history", str(HISTORY))


def handed_in(server: Server) -> list[str]:
    """The requests that lie in the store, placed or as dead letters, each by its id."""
    placed = [row[0] for row in server.rows("SELECT external_id FROM cases")]
    letters = [json.loads(row[0]) for row in server.rows("SELECT payload FROM dead_letters")]
    return placed + [str(letter["external_id"]) for letter in letters]


@pytest.fixture
def server(prepared: Prepared, tmp_path: Path) -> Iterator[Server]:
    """Boston, beginning in October."""
    boston = made(tmp_path, prepared.cache)
    with ended(boston):
        boston.demo(*REPLAY)
        yield boston


def test_boston_replays_and_every_request_is_accounted_for(server: Server, page: Pages) -> None:
    wall = Wall(server, page(1920, 540))
    wall.open()
    expect(wall.page.locator(".cc-header .date")).to_contain_text("2011年10月")
    expect(wall.page.locator(".cc-header .replay")).to_contain_text("×3600")
    wall.exceeds("pulse-total", wall.known("pulse-total") + 100)
    assert wall.foreign() == []
    server.stop()
    found = handed_in(server)
    requests = [request.id for request in read_requests()]
    first = min(map(requests.index, found))
    assert sorted(found) == sorted(requests[first : first + len(found)])
    assert len(found) > HISTORY
    server.demo(*REPLAY)
    wall.is_live()
    until(lambda: len(handed_in(server)) > len(found))
    page.errors.clear()
