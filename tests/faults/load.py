"""Senders of reports: each hands in one list after another, every one until it is answered."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import orjson

from bench.http import Connection

SOURCE = "faults"
LIST = 50
SENDERS = 4
PAUSE_SECONDS = 0.25
ANSWER_SECONDS = 10.0
GOOD = ("accepted", "duplicate")


@dataclass
class Ledger:
    """What was answered as accepted, with the id it was given, and when."""

    accepted: dict[str, int] = field(default_factory=dict)
    refused: list[dict[str, Any]] = field(default_factory=list)
    changed: list[tuple[str, int, int]] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    _instants: list[float] = field(default_factory=list)
    _totals: list[int] = field(default_factory=list)

    def take(self, external_ids: list[str], answers: list[dict[str, Any]]) -> None:
        """Note the answers to a list."""
        for key, answer in zip(external_ids, answers, strict=True):
            if answer["status"] not in GOOD:
                self.refused.append(answer)
                continue
            known = self.accepted.setdefault(key, answer["id"])
            if known != answer["id"]:
                self.changed.append((key, known, answer["id"]))
        self._instants.append(monotonic())
        self._totals.append(len(self.accepted))

    def missing_for(self, shown: int, now: float) -> float:
        """How long ago the first report was accepted that is not among `shown`; 0: none is."""
        at = bisect_right(self._totals, shown)
        return now - self._instants[at] if at < len(self._instants) else 0.0


@dataclass
class Load:
    """Reports at a rate; what is not answered is sent again under the same external ids.

    Time in which nobody answered is not made up for: a sender has one list under way at most.
    """

    address: tuple[str, int]
    key: str
    rate: float
    cells: tuple[str, ...]
    ledger: Ledger = field(default_factory=Ledger)
    _made: int = 0
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _senders: list[asyncio.Task[None]] = field(default_factory=list)

    async def start(self) -> None:
        """Begin to send."""
        self._stopping.clear()
        size = max(1, min(LIST, round(self.rate / SENDERS)))
        self._senders = [asyncio.create_task(self._send(size)) for _ in range(SENDERS)]

    async def stop(self) -> None:
        """Send nothing new, and return once all that was sent is answered."""
        self._stopping.set()
        await asyncio.gather(*self._senders)

    async def give_up(self) -> None:
        """Send nothing more, not even again what was not answered."""
        self._stopping.set()
        for sender in self._senders:
            sender.cancel()
        await asyncio.gather(*self._senders, return_exceptions=True)

    def reports(self, size: int) -> list[dict[str, Any]]:
        """Reports that nobody has sent yet, all over the city."""
        now = datetime.now(UTC).isoformat()
        made = range(self._made, self._made + size)
        self._made += size
        return [
            {
                "source": SOURCE,
                "external_id": f"f-{number}",
                "channel": "hotline",
                "title": "井盖缺失",
                "description": "路口东北角",
                "cell": self.cells[1 + number % (len(self.cells) - 1)],
                "occurred_at": now,
            }
            for number in made
        ]

    def body(self, reports: list[dict[str, Any]]) -> tuple[bytes, dict[str, str]]:
        """The body and the headers with which reports are handed in."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        return orjson.dumps(reports), headers

    async def deliver(self, reports: list[dict[str, Any]]) -> None:
        """Hand a list in until it is answered."""
        connection = Connection(*self.address)
        try:
            await self._deliver(connection, reports)
        finally:
            connection.close()

    async def _send(self, size: int) -> None:
        connection = Connection(*self.address)
        due = monotonic()
        while not self._stopping.is_set():
            await asyncio.sleep(max(0.0, due - monotonic()))
            await self._deliver(connection, self.reports(size))
            due = max(due + size * SENDERS / self.rate, monotonic() - 1.0)
        connection.close()

    async def _deliver(self, connection: Connection, reports: list[dict[str, Any]]) -> None:
        body, headers = self.body(reports)
        while True:
            try:
                asked = connection.request("POST", "/api/v1/reports", body, headers)
                status, _, answer = await asyncio.wait_for(asked, ANSWER_SECONDS)
            # A connection that ends in the middle of an answer shows in many ways.
            except (OSError, EOFError, TimeoutError, ValueError, IndexError) as error:
                connection.close()
                status, answer = type(error).__name__, b""
            self.ledger.statuses[str(status)] += 1
            if status == 200:
                keys = [each["external_id"] for each in reports]
                self.ledger.take(keys, orjson.loads(answer)["answers"])
                return
            await asyncio.sleep(PAUSE_SECONDS)
