"""The embedded server, on SQLite, whose disk is full."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from tests.e2e.conftest import Prepared
from tests.e2e.servers import Answer, Server, ended, report
from tests.faults import disk
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

ROOM = 512 << 20
LIST = 200


def hand_in(server: Server, name: str, accepted: dict[str, int]) -> Answer:
    """Hand in a list and note what was accepted."""
    keys = [f"{name}-{number}" for number in range(LIST)]
    answer = server.call("/api/v1/reports", [report(key) for key in keys])
    if answer.status == 200:
        for key, each in zip(keys, answer.body["answers"], strict=True):
            assert each["status"] in ("accepted", "duplicate"), each
            accepted[key] = each["id"]
    return answer


def test_while_the_disk_is_full_reports_are_refused_and_none_is_lost(
    prepared: Prepared, tmp_path: Path
) -> None:
    accepted: dict[str, int] = {}
    with disk.mounted(tmp_path / "disk", ROOM) as room:
        if not room.is_real:
            pytest.skip("only root can mount one")
        server = prepared.server(room.folder / "server")
        with ended(server):
            server.demo("--history", "2000", "--rate", "200")
            assert hand_in(server, "before", accepted).status == 200
            room.fill()
            tried = (f"full-{number}" for number in count())
            refused = next(
                (name, answer)
                for name in tried
                if (answer := hand_in(server, name, accepted)).status != 200
            )
            assert refused[1].status == 503, refused[1]
            room.clear()
            until(lambda: hand_in(server, refused[0], accepted).status == 200)
            rows = server.rows("SELECT external_id, id FROM cases WHERE source = 'e2e'")
            assert accepted == dict(map(tuple, rows))
            until(lambda: server.counts()["total"] == server.recounted()["total"])
