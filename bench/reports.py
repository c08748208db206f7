"""Reports for measurements: in the middle of Zhengzhou, each with a matter, so filed by rule."""

import os
import random
from datetime import UTC, datetime
from typing import Any

from bench.http import Connection

DOWNTOWN = ((113.62, 113.70), (34.74, 34.78))
"""Longitudes and latitudes."""
SOURCE = "bench"


class Reports:
    """Makes reports that no earlier run has sent, and hands them in."""

    def __init__(self, key: str) -> None:
        self._headers = {"Authorization": f"Bearer {key}"}
        self._chance = random.Random(11)
        self._made = 0

    def make(self, size: int) -> list[dict[str, Any]]:
        """Return new reports."""
        now = datetime.now(UTC).isoformat()
        found = []
        for _ in range(size):
            self._made += 1
            found.append({
                "source": SOURCE,
                "external_id": f"{os.getpid()}-{now}-{self._made}",
                "channel": "hotline",
                "title": "井盖缺失",
                "description": "路口东北角,已放路锥",
                "lng": self._chance.uniform(*DOWNTOWN[0]),
                "lat": self._chance.uniform(*DOWNTOWN[1]),
                "occurred_at": now,
            })  # fmt: skip
        return found

    async def send(self, connection: Connection, size: int) -> None:
        """Hand in new reports; raises SystemExit unless all are accepted."""
        status, body = await self.answer(connection, size)
        if status != 200 or body.count(b'"accepted"') != size:
            raise SystemExit(f"reports were answered {status}: {body[:500]!r}")

    async def answer(self, connection: Connection, size: int) -> tuple[int, bytes]:
        """Hand in new reports and return the answer, whatever it is."""
        return await connection.json("POST", "/api/v1/reports", self.make(size), self._headers)

    async def ask(self, connection: Connection, path: str) -> bytes:
        """Ask the API; raises SystemExit for anything but an answer."""
        status, _, body = await connection.request(
            "GET", f"/api/v1/{path}", headers=self._headers
        )
        if status != 200:
            raise SystemExit(f"{path} was answered {status}: {body[:500]!r}")
        return body
