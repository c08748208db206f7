"""Leaders who go through the city on tablets: from a tap until all panels of the next place came.

First one tablet alone, one place after the other; then many, each of which goes somewhere at random
every few seconds, while walls are open. The time is the server's: there is no browser, and the
network is this machine's. *Answer* is the page with what is known of it, *whole* the last of its
panels, of which those that nobody looked at a moment ago come by the stream. Beside it the same
counts and lists as a page without live counts takes them: GROUP BYs over the cases of the cell. A
page of these that takes longer than anybody waits is ended, and stands for that long.
"""

import argparse
import asyncio
import random
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import uvloop
from sqlalchemy.exc import OperationalError

from bench.city import Demonstration, cpu_seconds, demonstration
from bench.drilling import Drill, Session, Tablet
from bench.tables import print_table
from bench.wall import Wall
from commandcenter.domain.cells import Tree
from commandcenter.store import cities
from commandcenter.store.store import Connection, Store

WARM_UP = 10
GROUPED_SECONDS, LONGEST_SECONDS = 60.0, 10.0
"""How long GROUP BYs are asked for in all, and for one page."""
BETWEEN_LOOKS = 20_000
"""Steps of SQLite's machine between two looks at the clock."""
SETTLE_SECONDS = 5.0
GROUPED = (
    "SELECT state, count(*) FROM cases WHERE cell BETWEEN ? AND ? GROUP BY state",
    "SELECT cell, count(*) FROM cases WHERE cell BETWEEN ? AND ? AND state NOT IN"
    " ('closed', 'assessed', 'rejected', 'merged') GROUP BY cell",
    "SELECT cell, count(*) FROM cases WHERE cell BETWEEN ? AND ? AND due < ? AND state NOT IN"
    " ('closed', 'assessed', 'rejected', 'merged') GROUP BY cell",
    "SELECT id, title, due FROM cases WHERE cell BETWEEN ? AND ?"
    " ORDER BY reported_at DESC LIMIT 20",
)
"""Numbers, the table of the cells below with what is open and overdue, and the newest cases."""


def run(arguments: Sequence[str]) -> dict[str, Any]:
    """Measure; print a table, return all numbers."""
    parser = argparse.ArgumentParser(prog="python -m bench drill", description=__doc__)
    parser.add_argument("--history", type=int, default=200_000, help="cases, e.g. 2490000")
    parser.add_argument("--data", type=Path, help="a demonstration's folder; default: a new one")
    parser.add_argument("--tablets", type=int, default=300)
    parser.add_argument("--walls", type=int, default=50)
    parser.add_argument("--every", type=float, default=5.0, help="seconds between two places")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--grouped", type=int, default=10, help="places of the GROUP BYs, at most")
    parser.add_argument("--alone", type=int, default=100, help="places of the one tablet")
    asked = parser.parse_args(arguments)
    options = ("--history", str(asked.history), "--rate", "1")
    with demonstration(*options, folder=asked.data) as city:
        return uvloop.run(_measure(city, asked))


async def _measure(city: Demonstration, asked: argparse.Namespace) -> dict[str, Any]:
    store = Store(f"sqlite:///{city.folder / 'commandcenter.db'}")
    with store.read() as connection:
        tree = cities.load_tree(connection)
        cases = connection.exec_driver_sql("SELECT max(id) FROM cases").scalar()
    login = next(each for each in city.logins if each["scope"] == tree.cells[0].code)
    session = Session.entered(city.url, city.address, login)
    rows = [await _alone(city, session, tree, asked.alone)]
    print(rows[0], flush=True)
    rows.append(await _together(city, session, tree, asked))
    print(rows[1], flush=True)
    rows.append(_grouped(store, tree, asked.grouped))
    store.close()
    titles = ("how", "places", "answer p50 ms", "answer p95", "whole p50 ms", "whole p95", "KB",
              "core", "CPU ms each")  # fmt: skip
    print_table(titles, [tuple(row.values())[: len(titles)] for row in rows])
    times = rows[2]["whole_p95_ms"] / rows[0]["whole_p95_ms"]
    return {
        "cases": cases, "tablets": asked.tablets, "walls": asked.walls, "every": asked.every,
        "rows": rows, "grouped_over_alone_p95": round(times, 1),
    }  # fmt: skip


async def _alone(city: Demonstration, session: Session, tree: Tree, places: int) -> dict[str, Any]:
    tablet = Tablet(session, tree, tree.cells[0].code, random.Random(1))
    for _ in range(WARM_UP):
        await tablet.drill()
    spent, began = cpu_seconds(city.process), perf_counter()
    found = [await tablet.drill() for _ in range(places)]
    spent = cpu_seconds(city.process) - spent
    tablet.close()
    return _row("one tablet alone", found, spent, perf_counter() - began)


async def _together(
    city: Demonstration, session: Session, tree: Tree, asked: argparse.Namespace
) -> dict[str, Any]:
    """Let all tablets drill, with open walls; the pauses are drawn so that they spread evenly."""
    wall = await Wall.entered(city, "city")
    walls = [asyncio.create_task(_watch(wall)) for _ in range(asked.walls)]
    found: list[Drill] = []
    until = perf_counter() + SETTLE_SECONDS + asked.seconds
    tablets = [
        asyncio.create_task(_leader(session, tree, number, asked.every, until, found))
        for number in range(asked.tablets)
    ]
    await asyncio.sleep(SETTLE_SECONDS)
    found.clear()
    spent, began = cpu_seconds(city.process), perf_counter()
    await asyncio.gather(*tablets)
    spent, seconds = cpu_seconds(city.process) - spent, perf_counter() - began
    for each in walls:
        each.cancel()
    return _row(f"{asked.tablets} tablets, {asked.walls} walls", found, spent, seconds)


async def _leader(
    session: Session, tree: Tree, number: int, every: float, until: float, found: list[Drill]
) -> None:
    chance = random.Random(number + 2)
    tablet = Tablet(session, tree, tree.cells[0].code, chance)
    await asyncio.sleep(chance.uniform(0, every))
    while (began := perf_counter()) < until:
        found.append(await tablet.drill())
        pause = chance.uniform(0.5, 1.5) * every
        await asyncio.sleep(max(0.0, began + pause - perf_counter()))
    tablet.close()


async def _watch(wall: Wall) -> None:
    """Hear a wall's stream and throw away what it says."""
    reader, writer = await asyncio.open_connection(*wall.city.address)
    writer.write(wall.kind.options["request"].encode())
    try:
        while await reader.read(65536):
            pass
    finally:
        writer.close()


def _grouped(store: Store, tree: Tree, places: int) -> dict[str, Any]:
    """Ask the same of the database, for the places of a tablet that goes down and up."""
    chance, taken, at = random.Random(1), list[float](), 0
    until = perf_counter() + GROUPED_SECONDS
    with store.read() as connection:
        now = connection.exec_driver_sql("SELECT max(reported_at) FROM cases").scalar()
        while not taken or (len(taken) < places and perf_counter() < until):
            children = tree.children(at)
            at = chance.choice(children) if children and chance.random() > 0.3 else 0
            taken.append(_group(connection, at, int(tree.last[at]), now))
    ended = sum(seconds >= LONGEST_SECONDS for seconds in taken)
    row = _row("GROUP BY for each page", [Drill(s, s, 0, 0) for s in taken], 0.0, 1.0)
    return row | {"ended": ended}


def _group(connection: Connection, first: int, last: int, now: int) -> float:
    """Return the seconds that a page takes, at most LONGEST_SECONDS."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    began = perf_counter()
    driver.set_progress_handler(
        lambda: perf_counter() - began > LONGEST_SECONDS, BETWEEN_LOOKS
    )
    try:
        for question in GROUPED:
            given = (first, last, now)[: question.count("?")]
            connection.exec_driver_sql(question, given).fetchall()
    except OperationalError:
        return LONGEST_SECONDS
    finally:
        driver.set_progress_handler(None, 0)
    return perf_counter() - began


def _row(how: str, found: Sequence[Drill], spent: float, seconds: float) -> dict[str, Any]:
    """Return what was found; `spent` is the processor time of the server in those `seconds`."""
    answers = sorted(each.answer * 1000 for each in found)
    wholes = sorted(each.whole * 1000 for each in found)
    return {
        "how": how,
        "places": len(found),
        "answer_p50_ms": round(median(answers), 1),
        "answer_p95_ms": round(_p95(answers), 1),
        "whole_p50_ms": round(median(wholes), 1),
        "whole_p95_ms": round(_p95(wholes), 1),
        "kb": round(median(each.bytes for each in found) / 1000, 1),
        "core": round(spent / seconds, 2),
        "cpu_ms": round(1000 * spent / len(found), 1),
    }


def _p95(ordered: Sequence[float]) -> float:
    return ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
