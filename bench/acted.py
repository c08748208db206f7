"""From a command by HTTP to the wall: an officer closes cases one by one, an open stream watches.

Each command is sent when the one before has been seen. Beside it somebody watches the same number
as a page with a timer does, which is the alternative: it asks the API once a second.
"""

import argparse
import asyncio
import random
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Any

import orjson
import uvloop

from bench.city import Demonstration, demonstration, environment
from bench.events import Ledger
from bench.http import Connection
from bench.postgres import postgres_url
from bench.reports import Reports
from bench.screens import Reader, StreamScreen
from bench.sightings import Sightings, Spread, spreads
from bench.tables import print_table
from bench.wall import PATIENCE_SECONDS, SETTLE_SECONDS, Wall

CITY = "410100"
BEFORE = ("take_up", "handle", "verify")
"""What is done to each case before it is closed."""
PROOFS = {"handle": {"note": "已处置", "evidence": [{"url": "https://example.org/after.jpg"}]}}
LONGEST_PAUSE = 0.3
POLL_SECONDS = 1.0
UNMERGED = {"duplicates_merge": "1", "duplicates_likely": "1"}
"""So many reports of one kind in one place would else be taken for the same."""


def run(arguments: Sequence[str]) -> dict[str, Any]:
    """Measure on each database; print a table, return all numbers."""
    parser = argparse.ArgumentParser(prog="python -m bench acted", description=__doc__)
    parser.add_argument("--commands", type=int, default=300)
    parser.add_argument("--history", type=int, default=200_000)
    parser.add_argument("--wall", default="city", help="the layout that is streamed")
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    parser.add_argument("--data", type=Path, help="a demonstration's folder; default: a new one")
    parser.add_argument("--database", help="the URL of that demonstration's PostgreSQL database")
    asked = parser.parse_args(arguments)
    rows: list[dict[str, Any]] = []
    only = "postgresql" if asked.database else "sqlite" if asked.data else asked.only
    for kind in ("sqlite", "postgresql"):
        if only in (None, kind):
            rows += _measure(kind, asked)
    print_table(
        ("database", "how", "p50 ms", "p95 ms", "p99 ms", "unseen"),
        [(r["database"], r["how"], r["p50_ms"], r["p95_ms"], r["p99_ms"], r["unseen"])
         for r in rows],
    )  # fmt: skip
    return {"commands": asked.commands, "history": asked.history, "rows": rows}


def _measure(kind: str, asked: argparse.Namespace) -> list[dict[str, Any]]:
    options = ("--history", str(asked.history), "--rate", "1")
    is_given = kind == "sqlite" or asked.database
    database = nullcontext(asked.database or "") if is_given else postgres_url()
    with (
        database as url,
        environment(database_url=url, **UNMERGED),
        demonstration(*options, folder=asked.data) as city,
    ):
        rows = uvloop.run(_watched(city, asked))
    return [{"database": kind, **row} for row in rows]


async def _watched(city: Demonstration, asked: argparse.Namespace) -> list[dict[str, Any]]:
    wall = await Wall.entered(city, asked.wall)
    officer = _Officer(city)
    cases = await officer.prepared(asked.commands)
    screen = StreamScreen(city.address, wall.kind.options["request"].encode(),
                          Reader("closed").total)  # fmt: skip
    await screen.open()
    poller = _Poller(city)
    polling = asyncio.create_task(poller.poll())
    await asyncio.sleep(SETTLE_SECONDS)
    ledger = await _closed(officer, screen, cases)
    await asyncio.sleep(SETTLE_SECONDS)
    polling.cancel()
    screen.close()
    return [
        _row("stream", screen.sightings, ledger),
        _row("asked once a second", poller.sightings, ledger),
    ]


async def _closed(officer: "_Officer", screen: StreamScreen, cases: Sequence[int]) -> Ledger:
    """Close cases, each when the one before is seen; return when each was sent."""
    ledger, chance = Ledger(), random.Random(7)
    for case_id in cases:
        await asyncio.sleep(chance.random() * LONGEST_PAUSE)
        shown = screen.total
        if shown is None:
            raise SystemExit("the stream does not show how many cases were closed")
        ledger.send(shown + 1)
        await officer.give(case_id, "close")
        ledger.answer()
        deadline = perf_counter() + PATIENCE_SECONDS
        while (screen.total or 0) <= shown:
            if perf_counter() > deadline:
                raise SystemExit(f"case {case_id} was closed and the stream does not show it")
            await asyncio.sleep(0.001)
    return ledger


class _Officer:
    """Gives commands with the demonstration's key of an officer."""

    def __init__(self, city: Demonstration) -> None:
        self._reports = Reports(city.source_key)
        self._headers = {"Authorization": f"Bearer {city.operator_key}"}
        self._connection = Connection(*city.address)

    async def prepared(self, number: int) -> list[int]:
        """Report cases and bring them to where they can be closed; return their ids."""
        found: list[int] = []
        while len(found) < number:
            status, body = await self._reports.answer(self._connection, min(100, number))
            if status != 200:
                raise SystemExit(f"reports were answered {status}: {body[:500]!r}")
            found += [each["id"] for each in orjson.loads(body)["answers"]]
        for case_id in found[:number]:
            for command in BEFORE:
                await self.give(case_id, command)
        return found[:number]

    async def give(self, case_id: int, command: str) -> None:
        """Give a command; raises SystemExit where it is refused."""
        path = f"/api/v1/cases/{case_id}/commands"
        status, body = await self._connection.json(
            "POST", path, {"command": command, **PROOFS.get(command, {})}, self._headers
        )
        if status != 200:
            raise SystemExit(f"{command} was answered {status}: {body[:500]!r}")


class _Poller:
    """Asks the API once a second, as a page with a timer does."""

    def __init__(self, city: Demonstration) -> None:
        self.sightings = Sightings()
        self._reports = Reports(city.source_key)
        self._connection = Connection(*city.address)

    async def poll(self) -> None:
        """Ask until cancelled."""
        due = perf_counter()
        while True:
            await asyncio.sleep(max(0.0, due - perf_counter()))
            body = await self._reports.ask(self._connection, f"cells/{CITY}/counts")
            self.sightings.note(orjson.loads(body)["counts"]["closed"])
            due = max(due + POLL_SECONDS, perf_counter())


def _row(how: str, sightings: Sightings, ledger: Ledger) -> dict[str, Any]:
    found = spreads([sightings], asdict(ledger))
    spread, answered = Spread(found["from_sending"]), Spread(found["from_answer"])
    return {
        "how": how, "samples": spread.samples, "unseen": found["unseen"],
        **spread.percentiles(), **answered.percentiles("_after_answer_ms"),
    }  # fmt: skip
