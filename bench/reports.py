"""Reports for measurements: in the middle of Zhengzhou, each with a matter, so filed by rule.

Those of `make` are all of one kind. Thousands of missing manhole covers in an hour, each a few
steps from the last and in the very same words, are taken for one another: intake then merges a
third of them, or asks the desk. `various` are as reports of a city are: of many matters, over all
of the city's middle, and each says at which house.
"""

import os
import random
from datetime import UTC, datetime
from typing import Any

from bench.http import Connection

DOWNTOWN = ((113.62, 113.70), (34.74, 34.78))
"""Longitudes and latitudes."""
MIDDLE = ((113.55, 113.80), (34.69, 34.84))
SOURCE = "bench"
KINDS = (
    "井盖缺失", "井盖破损", "暴露垃圾", "道路不洁", "垃圾箱满溢", "路面油污", "道路积水",
    "树木倒伏", "路灯不亮", "消火栓损坏",
)  # fmt: skip
"""Matters that dispatch themselves."""
ROADS = (
    "中原路", "建设路", "航海路", "嵩山路", "文化路", "花园路", "紫荆山路", "未来路",
    "农业路", "东风路",
)  # fmt: skip
SAID = ("挡住行人", "已有三天", "请尽快处理", "夜里更明显", "孩子上学要经过", "雨后更严重")


class Reports:
    """Makes reports that no earlier run has sent, and hands them in."""

    def __init__(self, key: str, are_various: bool = False) -> None:
        self._headers = {"Authorization": f"Bearer {key}"}
        self._chance = random.Random(11)
        self._made = 0
        self._are_various = are_various

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
                "occurred_at": now,
                **(self._various() if self._are_various else self._alike()),
            })  # fmt: skip
        return found

    def _alike(self) -> dict[str, Any]:
        return {"title": "井盖缺失", "description": "路口东北角,已放路锥", **self._place(DOWNTOWN)}

    def _various(self) -> dict[str, Any]:
        chance = self._chance
        house = f"{chance.choice(ROADS)}{chance.randint(1, 900)}号"
        said = f"{house},{chance.choice(SAID)},{chance.choice(SAID)}"
        return {"title": chance.choice(KINDS), "description": said, **self._place(MIDDLE)}

    def _place(self, area: tuple[tuple[float, float], tuple[float, float]]) -> dict[str, Any]:
        return {"lng": self._chance.uniform(*area[0]), "lat": self._chance.uniform(*area[1])}

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
