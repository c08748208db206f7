"""A storm of reports over an open wall, and the quiet after it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Prepared
from tests.e2e.servers import Server, until
from tests.e2e.walls import Wall
from tests.services.chromium import Pages

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]

RATE = 100
STORM = 1000
PATIENCE_SECONDS = 200.0


@pytest.fixture
def server(prepared: Prepared, tmp_path: Path) -> Iterator[Server]:
    """A city in a storm."""
    made = prepared.server(tmp_path)
    try:
        made.demo("--history", "2000", "--rate", f"{RATE}/s")
        yield made
    finally:
        made.stop()


def test_after_a_storm_the_wall_says_what_a_recount_says(server: Server, page: Pages) -> None:
    wall = Wall(server, page(1920, 540))
    wall.open()
    before = server.recounted()["total"]
    until(lambda: server.recounted()["total"] >= before + STORM, PATIENCE_SECONDS)
    with server.quiet():
        wall.equals_api()
        wall.equals_rows()
        server.verify()
        wall.is_live()
        assert wall.foreign() == []
