"""Commands a second through HTTP, beside transactions of their own for each.

Cases are reported, then taken up, handled, verified and closed with a duty officer's key, each
command with an idempotency key; one counts when it is answered, and is then committed. The same is
then done without HTTP, on the same database, by threads: with commands that share a transaction, as
the web process does it, with and without what the audit log is told of them, and with a transaction
for each, which is the alternative: the last table is how often as many they are.

Beside the rates stands what each kind of process uses of the processor for a command: `client` is
the measurement itself, which gives the commands and, without HTTP, carries them out.

A measurement ends when its time is over or its cases are done, whichever comes first, so that as
many are reported before it as it was given: to take reports in costs more than commands.
"""

import argparse
import asyncio
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from itertools import count
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import Any

import numpy as np
import orjson
import uvloop

from bench.city import Demonstration, demonstration, environment
from bench.http import Connection
from bench.postgres import postgres_url
from bench.processors import MILLI, Used, print_processors
from bench.reports import Reports
from bench.tables import print_table
from commandcenter.cases.answers import Token
from commandcenter.cases.audit import Entry
from commandcenter.cases.carrying import Outcome, carry_out
from commandcenter.cases.instructions import Exhibit, Instruction
from commandcenter.domain.audit import AuditKind
from commandcenter.domain.cases import Command
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.host.reports import Report
from commandcenter.live.exchange import MemoryBus
from commandcenter.settings import read_settings
from commandcenter.web.commander import Commander, Job
from commandcenter.worker import Worker, create_worker

STEPS = (Command.TAKE_UP, Command.HANDLE, Command.VERIFY, Command.CLOSE)
CONNECTIONS = (1, 16)
THREADS = 12
LIST = 200
UNMERGED = {"duplicates_merge": "1", "duplicates_likely": "1"}
"""So many reports of one kind in one place would else be taken for the same."""
PROOF = {"note": "已处置", "evidence": [{"url": "https://example.org/after.jpg"}]}
"""What a matter may ask for when a case is handled."""
SHARING = "sharing transactions, without the audit log"
ALTERNATIVE = "a transaction each, without the audit log"


def run(arguments: Sequence[str]) -> dict[str, Any]:
    """Measure on each database; print a table, return all numbers."""
    parser = argparse.ArgumentParser(prog="python -m bench commands", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement at most")
    parser.add_argument("--cases", type=int, default=600, help="of each measurement at most")
    parser.add_argument("--history", type=int, default=2000)
    parser.add_argument("--database", help="the URL of an empty PostgreSQL database")
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    asked = parser.parse_args(arguments)
    rows: list[dict[str, Any]] = []
    for kind in ("sqlite", "postgresql"):
        if asked.only in (None, kind):
            rows += _measure(kind, asked)
    print_table(
        ("database", "how", "commands/s", "p50 ms", "p95 ms"),
        [(r["database"], r["how"], r["commands_per_second"], r["p50_ms"], r["p95_ms"])
         for r in rows],
    )  # fmt: skip
    print_processors("Milliseconds of processor a command", rows, "processor_ms")
    ratios = _ratios(rows)
    print_table(("database", "sharing / a transaction each"), list(ratios.items()))
    return {"seconds": asked.seconds, "history": asked.history, "rows": rows, "ratios": ratios}


def _measure(kind: str, asked: argparse.Namespace) -> list[dict[str, Any]]:
    database = (
        nullcontext("")
        if kind == "sqlite"
        else (nullcontext(asked.database) if asked.database else postgres_url())
    )
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, database as url:
        options = ("--history", str(asked.history), "--rate", "1")
        settings = environment(database_url=url, **UNMERGED)
        with settings, demonstration(*options, folder=Path(folder)) as city:
            rows = uvloop.run(_over_http(city, asked))
        rows += _in_process(Path(folder), url, asked)
    return [{"database": kind, **row} for row in rows]


def _ratios(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Return how many times as many commands are given by who shares transactions."""
    found = {(row["database"], row["how"]): row["commands_per_second"] for row in rows}
    return {
        database: round(each / found[database, f"{THREADS} threads, {ALTERNATIVE}"], 2)
        for (database, how), each in found.items() if how == f"{THREADS} threads, {SHARING}"
    }  # fmt: skip


async def _over_http(city: Demonstration, asked: argparse.Namespace) -> list[dict[str, Any]]:
    reports, rows = Reports(city.source_key), []
    for number in CONNECTIONS:
        senders = [Connection(*city.address) for _ in range(number)]
        cases = await _reported(reports, senders[0], asked.cases)
        headers = {"Authorization": f"Bearer {city.operator_key}"}
        shared = iter(cases)
        used, began = Used(os.getpid()), perf_counter()
        taken = await asyncio.gather(
            *(_work(each, shared, headers, began + asked.seconds) for each in senders)
        )
        rows.append(_row(f"HTTP, {number} at once", taken, perf_counter() - began, used))
        for sender in senders:
            sender.close()
    return rows


async def _reported(reports: Reports, connection: Connection, wanted: int) -> list[int]:
    found: list[int] = []
    while len(found) < wanted:
        status, body = await reports.answer(connection, LIST)
        if status != 200:
            raise SystemExit(f"reports were answered {status}: {body[:500]!r}")
        found += [each["id"] for each in orjson.loads(body)["answers"]]
    return found


async def _work(
    connection: Connection, cases: Iterator[int], headers: dict[str, str], until: float
) -> list[float]:
    """Take one case after the other through its steps; return the seconds of each command."""
    taken: list[float] = []
    for case_id in cases:
        for step in STEPS:
            if perf_counter() > until:
                return taken
            began = perf_counter()
            status, body = await connection.json(
                "POST", f"/api/v1/cases/{case_id}/commands",
                {"command": step.value, **_given(step)},
                headers | {"Idempotency-Key": f"{case_id}-{step}"},
            )  # fmt: skip
            if status != 200:
                raise SystemExit(f"{step} was answered {status}: {body[:500]!r}")
            taken.append(perf_counter() - began)
    return taken


def _given(step: Command) -> dict[str, Any]:
    return PROOF if step is Command.HANDLE else {}


def _in_process(folder: Path, url: str, asked: argparse.Namespace) -> list[dict[str, Any]]:
    """Give the same commands by threads, sharing transactions and not."""
    settings = read_settings(data=folder, database_url=url, city="zhengzhou", **UNMERGED)
    worker = create_worker(settings, lambda _: MemoryBus())
    desk, last = worker.desk(), len(worker.tree) - 1
    viewer = Viewer(
        "bench", worker.tree.cells[0].code, 0, last, Clearance.STAFF, role=Role.DUTY_OFFICER
    )
    rules = worker.intake().rules
    commander = Commander(worker.store, lambda: rules, worker.now)
    numbers = count()

    def shared(instruction: Instruction, entry: Entry | None = None) -> bool:
        token = Token("bench", str(next(numbers)), "digest")
        ((status, _),) = commander.give(Job(viewer, instruction, _render, token, entry))
        return status == 200

    def audited(instruction: Instruction) -> bool:
        detail = {"command": instruction.command.value}
        return shared(instruction, Entry(AuditKind.COMMANDED, "bench", "", detail))

    def own(instruction: Instruction) -> bool:
        with worker.store.write() as connection:
            given = [(viewer, instruction)]
            (outcome,) = carry_out(connection, desk, worker.matters, given)
        return outcome.refusal is None

    rows = []
    for how, give in (
        ("sharing transactions", audited),
        (SHARING, shared),
        (ALTERNATIVE, own),
    ):
        cases = iter(_taken_in(worker, viewer, asked.cases))
        used, began = Used(os.getpid()), perf_counter()
        with ThreadPoolExecutor(THREADS) as pool:
            hand = _Hand(cases, give, worker.now, began + asked.seconds)
            taken = [each.result() for each in [pool.submit(hand.work) for _ in range(THREADS)]]
        rows.append(_row(f"{THREADS} threads, {how}", taken, perf_counter() - began, used))
    worker.close()
    return rows


class _Hand:
    """Threads that take cases from one iterator."""

    def __init__(
        self,
        cases: Iterator[int],
        give: Callable[[Instruction], bool],
        now: Callable[[], int],
        until: float,
    ) -> None:
        self._cases, self._give, self._now, self._until = cases, give, now, until
        self._lock = Lock()

    def work(self) -> list[float]:
        """Take cases through their steps; return the seconds of each command."""
        taken: list[float] = []
        while perf_counter() < self._until:
            with self._lock:
                case_id = next(self._cases, None)
            if case_id is None:
                break
            for step in STEPS:
                began = perf_counter()
                if not self._give(_instruction(case_id, step, self._now())):
                    raise SystemExit(f"{step} was refused for case {case_id}")
                taken.append(perf_counter() - began)
        return taken


def _instruction(case_id: int, step: Command, at: int) -> Instruction:
    if step is not Command.HANDLE:
        return Instruction(case_id, step, at)
    proof = (Exhibit("https://example.org/after.jpg"),)
    return Instruction(case_id, step, at, note="已处置", evidence=proof)


def _render(outcome: Outcome) -> tuple[int, str]:
    return (200 if outcome.refusal is None else 409), ""


def _taken_in(worker: Worker, viewer: Viewer, wanted: int) -> list[int]:
    intake, reports, found = worker.intake(), Reports(""), []
    while len(found) < wanted:
        made = [Report.model_validate(report) for report in reports.make(LIST)]
        found += [answer.id or 0 for answer in intake.accept(viewer, made)]
    return found


def _row(
    how: str, taken: Sequence[Sequence[float]], spent: float, used: Used
) -> dict[str, Any]:
    times = np.array([each for found in taken for each in found]) * 1000
    p50, p95 = np.percentile(times, [50, 95])
    return {
        "how": how,
        "commands_per_second": round(len(times) / spent, 1),
        "p50_ms": round(float(p50), 2),
        "p95_ms": round(float(p95), 2),
        "processor_ms": used.each(len(times), MILLI),
    }
