"""A load held for minutes on PostgreSQL and Redis, with open screens: does anything grow?

Lists of reports go in at even intervals, one after the other; whoever falls behind sends as many
as were due. For each minute: how long reports took to all screens, from sending and from the
sender's answer (the commit lies between the two), how long intake took to answer and what, how far
the counts were behind the log at worst, the memory of the web process, and processor time.
"""

import argparse
import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import uvloop

from bench.audience import Audience, audience
from bench.city import cpu_seconds, demonstration, environment, memory, web_process
from bench.events import Ledger
from bench.http import Connection
from bench.postgres import postgres_url
from bench.sightings import Spread
from bench.tables import print_table
from bench.wall import Wall
from tests.services.redis_server import redis_nodes

MINUTE = 60.0
LOOK_SECONDS = 1.0
SETTLE_SECONDS = 5.0
OPEN_SECONDS = 60.0
LAGS = ("commandcenter_rollup_lag_moves", "commandcenter_rollup_lag_seconds")
Found = dict[str, Any]


def run(arguments: Sequence[str]) -> Found:
    """Hold the load; print a table by minutes, return all numbers."""
    parser = argparse.ArgumentParser(prog="python -m bench hold", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rate", type=int, default=1000, help="reports a second")
    parser.add_argument("--list", type=int, default=100, help="reports in a list")
    parser.add_argument("--screens", type=int, default=200)
    parser.add_argument("--history", type=int, default=200_000)
    parser.add_argument("--wall", default="city", help="the layout that is streamed")
    parser.add_argument("--processes", type=int, default=1, help="for the screens")
    asked = parser.parse_args(arguments)
    with ExitStack() as stack:
        url = stack.enter_context(postgres_url())
        redis = stack.enter_context(redis_nodes())()
        stack.enter_context(environment(database_url=url, redis_url=redis.url))
        options = ("--history", str(asked.history), "--rate", "1")
        city = stack.enter_context(demonstration(*options))
        return uvloop.run(_hold(city, asked))


async def _hold(city: Any, asked: argparse.Namespace) -> Found:
    wall = await Wall.entered(city, asked.wall)
    async with audience(asked.processes) as screens:
        opened = await screens.open(wall.kind, asked.screens, OPEN_SECONDS)
        # The other reports of the city are few, and are there now.
        wall.total = opened["total"]
        await screens.begin()
        minutes = await _Held(wall, asked).run()
        await asyncio.sleep(SETTLE_SECONDS)
        rows = [await _row(number, each, screens) for number, each in enumerate(minutes, 1)]
        whole = await _row(0, _together(minutes), screens)
    print_table(
        ("minute", "reports/s", "p95 ms", "p95 after answer", "answer p95 ms", "lag s", "web MB",
         "core"),
        [
            (row["minute"], row["reports_per_second"], row.get("p95_ms", "—"),
             row.get("p95_after_answer_ms", "—"), row["answer_p95_ms"], row["lag_seconds"],
             round(row["web_rss"] / 1e6), row["core"]) for row in rows
        ],
    )  # fmt: skip
    del whole["minute"]
    return {"screens": opened["shown"], "list": asked.list, "whole": whole, "minutes": rows}


@dataclass
class _Minute:
    """What happened in a minute, or in what was left of the time."""

    ledger: Ledger = field(default_factory=Ledger)
    answers: Counter[str] = field(default_factory=Counter)
    lags: list[dict[str, float]] = field(default_factory=list)
    seconds: float = 0.0
    cpu: float = 0.0
    rss: int = 0


class _Held:
    """Sends at a rate, minute by minute, and looks at the server meanwhile."""

    def __init__(self, wall: Wall, asked: argparse.Namespace) -> None:
        self._wall = wall
        self._size = asked.list
        self._interval = asked.list / asked.rate
        self._until = perf_counter() + MINUTE * asked.minutes
        self._due = perf_counter()
        self._watching = Connection(*wall.city.address)

    async def run(self) -> list[_Minute]:
        """Return what happened in each minute."""
        minutes = []
        while (left := self._until - perf_counter()) > self._interval:
            minute = _Minute()
            minutes.append(minute)
            looking = asyncio.create_task(self._look(minute))
            began, spent = perf_counter(), cpu_seconds(self._wall.city.process)
            await self._send(minute, began + min(MINUTE, left))
            minute.seconds = perf_counter() - began
            minute.cpu = cpu_seconds(self._wall.city.process) - spent
            minute.rss = memory(web_process(self._wall.city.process))
            looking.cancel()
            print(f"{len(minutes)}: {dict(minute.answers)}", flush=True)
        return minutes

    async def _send(self, minute: _Minute, until: float) -> None:
        wall = self._wall
        while perf_counter() < until:
            await asyncio.sleep(max(0.0, self._due - perf_counter()))
            self._due += self._interval
            sent = perf_counter()
            status, body = await wall.reports.answer(wall.sender, self._size)
            accepted = body.count(b'"accepted"') if status == 200 else 0
            minute.answers["accepted"] += accepted
            if accepted < self._size:
                minute.answers[f"not accepted ({status})"] += self._size - accepted
            wall.total += accepted
            if accepted:
                minute.ledger.totals.append(wall.total)
                minute.ledger.sent.append(sent)
                minute.ledger.answer()

    async def _look(self, minute: _Minute) -> None:
        """Ask every second how far the counts are behind."""
        while True:
            status, _, body = await self._watching.request("GET", "/metrics")
            if status == 200:
                minute.lags.append(_lags(body.decode()))
            await asyncio.sleep(LOOK_SECONDS)


def _lags(text: str) -> dict[str, float]:
    """Return the largest of each figure about the counts' lag."""
    found = {name: 0.0 for name in LAGS}
    for line in text.splitlines():
        name = line.partition("{")[0].partition(" ")[0]
        if name in found:
            found[name] = max(found[name], float(line.rpartition(" ")[2]))
    return found


def _together(minutes: Sequence[_Minute]) -> _Minute:
    whole = _Minute()
    for each in minutes:
        for name in ("totals", "sent", "answered"):
            getattr(whole.ledger, name).extend(getattr(each.ledger, name))
        whole.answers.update(each.answers)
        whole.lags += each.lags
        whole.seconds += each.seconds
        whole.cpu += each.cpu
        whole.rss = max(whole.rss, each.rss)
    return whole


async def _row(number: int, minute: _Minute, screens: Audience) -> Found:
    ledger = minute.ledger
    spread = Spread()
    for sent, answered in zip(ledger.sent, ledger.answered, strict=True):
        spread.add(Spread([(round((answered - sent) * 10_000), 1)]))
    if not minute.lags:
        raise SystemExit("the server does not show its figures at /metrics")
    worst = {name: max(lag[name] for lag in minute.lags) for name in LAGS}
    found = await screens.measure(ledger)
    del found["updates"]
    return {
        "minute": number,
        "reports_per_second": round(minute.answers["accepted"] / minute.seconds, 1),
        "answers": dict(minute.answers),
        **{f"answer_{name}": value for name, value in spread.percentiles().items()},
        **found,
        "lag_moves": worst[LAGS[0]],
        "lag_seconds": round(worst[LAGS[1]], 3),
        "web_rss": minute.rss,
        "core": round(minute.cpu / minute.seconds, 3),
    }
