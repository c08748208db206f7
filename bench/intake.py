"""Reports a second through HTTP, in lists of 100, and by a source, beside plain inserts.

A report counts when its list is answered: it is then checked, located, classified, filed and
dispatched, and its case and moves are committed. A source hands lists of 1,000 to the same intake
in its own process. Reports are of many matters and places; with `--alike` all are of one, which
intake takes for one another. The peer is given the very rows that this wrote, and writes each case
with its moves in a transaction of its own, without checking or locating anything. All run on the
same database, source and peer after the server has ended. The second table says what processes
used of the processor meanwhile, PostgreSQL's by whom they served: where a rate has its limit.
"""

import argparse
import asyncio
import os
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import orjson
import uvloop
from sqlalchemy import insert, select

from bench.city import Demonstration, demonstration, environment
from bench.http import Connection
from bench.postgres import postgres_url
from bench.processors import MICRO, Used, print_processors
from bench.reports import SOURCE, Reports
from bench.tables import print_table
from commandcenter.cli.processes import settle
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.host.reports import Report
from commandcenter.live.exchange import MemoryBus
from commandcenter.settings import read_settings
from commandcenter.store.store import Store
from commandcenter.store.tables import cases, moves
from commandcenter.worker import create_worker

WAYS = ("http", "source", "inserts")
LIST = 100
SOURCE_LIST = 1000
CONNECTIONS = (1, 4)
WARM_UP_LISTS = 10
PATIENCE_SECONDS = 60.0
COPIED = 20_000
"""Rows that the peer has ready; more than it writes in its time."""


def run(arguments: Sequence[str]) -> dict[str, Any]:
    """Measure on each database; print a table, return all numbers."""
    parser = argparse.ArgumentParser(prog="python -m bench intake", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each measurement")
    parser.add_argument("--history", type=int, default=200_000)
    parser.add_argument("--database", help="the URL of an empty PostgreSQL database")
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    parser.add_argument("--way", nargs="+", choices=WAYS, default=WAYS,
                        help="inserts need the rows of one of the others")  # fmt: skip
    parser.add_argument("--alike", action="store_true", help="reports of one matter and words")
    asked = parser.parse_args(arguments)
    rows: list[dict[str, Any]] = []
    for kind in ("sqlite", "postgresql"):
        if asked.only in (None, kind):
            rows += _measure(kind, asked)
    print_table(
        ("database", "how", "reports/s", "p50 ms", "p95 ms", "counted after ms"),
        [
            (row["database"], row["how"], row["reports_per_second"], row["p50_ms"], row["p95_ms"],
             row.get("counted_after_ms", "—")) for row in rows
        ],
    )  # fmt: skip
    print_processors("Microseconds of processor a report", rows, "processor_us")
    return {"seconds": asked.seconds, "list": LIST, "history": asked.history,
            "alike": asked.alike, "rows": rows}  # fmt: skip


def _measure(kind: str, asked: argparse.Namespace) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, _database(kind, asked) as url:
        options = ("--history", str(asked.history), "--rate", "1")
        settings = environment(database_url=url)
        with settings, demonstration(*options, folder=Path(folder)) as city:
            if "http" in asked.way:
                rows += uvloop.run(_send(city, asked))
        if "source" in asked.way:
            rows.append(_take_from_source(Path(folder), url, asked))
        if "inserts" in asked.way:
            store = Store(url or f"sqlite:///{Path(folder) / 'commandcenter.db'}")
            rows.append(_insert_one_by_one(store, asked.seconds))
            store.close()
    return [{"database": kind, **row} for row in rows]


def _database(kind: str, asked: argparse.Namespace) -> Any:
    if kind == "sqlite":
        return nullcontext("")
    return nullcontext(asked.database) if asked.database else postgres_url()


async def _send(city: Demonstration, asked: argparse.Namespace) -> list[dict[str, Any]]:
    reports, seconds = Reports(city.source_key, not asked.alike), asked.seconds
    scope = city.logins[0]["scope"]
    watching = Connection(*city.address)
    rows = []
    for connections in CONNECTIONS:
        senders = [Connection(*city.address) for _ in range(connections)]
        for _ in range(WARM_UP_LISTS):
            await reports.send(senders[0], LIST)
        before = await _settled(reports, watching, scope)
        used, began = Used(os.getpid()), perf_counter()
        taken = await asyncio.gather(
            *(_send_for(reports, each, began + seconds) for each in senders)
        )
        ended = perf_counter()
        times = [each for found in taken for each in found]
        processor = used.each(len(times) * LIST, MICRO)
        wanted = before + len(times) * LIST
        while await _total(reports, watching, scope) < wanted:
            if perf_counter() - ended > PATIENCE_SECONDS:
                raise SystemExit(f"the counts of {scope} do not reach {wanted}")
            await asyncio.sleep(0.01)
        rows.append({
            "how": f"lists of {LIST}, {connections} connection{'s' if connections > 1 else ''}",
            "connections": connections,
            "reports_per_second": round(len(times) * LIST / (ended - began), 1),
            **_percentiles(times),
            "counted_after_ms": round((perf_counter() - ended) * 1000, 1),
            "processor_us": processor,
        })  # fmt: skip
        for sender in senders:
            sender.close()
    watching.close()
    return rows


async def _send_for(reports: Reports, connection: Connection, until: float) -> list[float]:
    """Send lists one after the other; return the seconds that each took."""
    taken = []
    while (began := perf_counter()) < until:
        await reports.send(connection, LIST)
        taken.append(perf_counter() - began)
    return taken


async def _settled(reports: Reports, connection: Connection, scope: str) -> int:
    """Return the number of cases once it does not grow any more."""
    total = -1
    while (found := await _total(reports, connection, scope)) != total:
        total = found
        await asyncio.sleep(1.0)
    return total


async def _total(reports: Reports, connection: Connection, scope: str) -> int:
    found = orjson.loads(await reports.ask(connection, f"cells/{scope}/counts"))
    return int(found["counts"]["total"])


def _take_from_source(folder: Path, url: str, asked: argparse.Namespace) -> dict[str, Any]:
    """Hand reports to the intake as a source's runner does; making them is not timed."""
    settings = read_settings(data=folder, database_url=url, city="zhengzhou")
    worker = create_worker(settings, lambda _: MemoryBus())
    intake, reports = worker.intake(), Reports("", not asked.alike)
    seconds = asked.seconds
    last = len(worker.tree) - 1
    scope = worker.tree.cells[0].code
    viewer = Viewer(SOURCE, scope, 0, last, Clearance.STAFF, kind="source", role=Role.SOURCE)
    settle()  # as the process of a worker does when it has started
    times: list[float] = []
    used = Used(os.getpid())
    while sum(times) < seconds:
        made = [Report.model_validate(report) for report in reports.make(SOURCE_LIST)]
        began = perf_counter()
        answers = intake.accept(viewer, made)
        times.append(perf_counter() - began)
        if any(answer.status != "accepted" for answer in answers):
            raise SystemExit(f"the source was answered {answers[0]}")
    processor = used.each(len(times) * SOURCE_LIST, MICRO)
    worker.close()
    return {
        "how": f"by a source, lists of {SOURCE_LIST:,}",
        "reports_per_second": round(len(times) * SOURCE_LIST / sum(times), 1),
        **_percentiles(times),
        "processor_us": processor,
    }


def _insert_one_by_one(store: Store, seconds: float) -> dict[str, Any]:
    times = []
    copied = _rows(store)
    used, began = Used(os.getpid()), perf_counter()
    for case, steps in copied:
        start = perf_counter()
        if start - began > seconds:
            break
        with store.write() as connection:
            key = connection.execute(insert(cases), case).inserted_primary_key
            number = key[0] if key else None
            connection.execute(insert(moves), [{**step, "case_id": number} for step in steps])
        times.append(perf_counter() - start)
    passed = perf_counter() - began
    return {
        "how": "plain inserts, one at a time",
        "reports_per_second": round(len(times) / passed, 1),
        **_percentiles(times),
        "processor_us": used.each(len(times), MICRO),
    }


def _rows(store: Store) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Return what the server wrote, under another source's name."""
    with store.read() as connection:
        query = select(cases).where(cases.c.source == SOURCE).limit(COPIED)
        found = {row["id"]: dict(row) for row in connection.execute(query).mappings()}
        steps: dict[int, list[dict[str, Any]]] = {number: [] for number in found}
        first, last = min(found), max(found)
        query = select(moves).where(moves.c.case_id.between(first, last)).order_by(moves.c.seq)
        for row in connection.execute(query).mappings():
            if row["case_id"] in steps:
                steps[row["case_id"]].append({k: v for k, v in row.items() if k != "seq"})
    return [
        ({k: v for k, v in case.items() if k != "id"} | {"source": "peer"}, steps[number])
        for number, case in found.items()
    ]


def _percentiles(seconds: Sequence[float]) -> dict[str, float]:
    p50, p95 = np.percentile(np.array(seconds) * 1000, [50, 95])
    return {"p50_ms": round(float(p50), 2), "p95_ms": round(float(p95), 2)}
