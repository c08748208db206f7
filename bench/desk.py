"""Pages of the desk over a whole city's cases: queues, filters, searches, and opening a case.

Each page is made as the desk's callback makes it, from the question to the rows with what may be
done to each, one after the other in one process, over a demonstration's database as it is found.
"""

import argparse
import random
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from bench.tables import print_table
from commandcenter.app import create_services
from commandcenter.cases import commands, desk_file
from commandcenter.cases.queues import PAGE_LIMIT, Queue, Wish, page
from commandcenter.domain.cases import State
from commandcenter.domain.clocks import DAY
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.live.exchange import MemoryBus
from commandcenter.screen.desk_rows import BLOCK, row_of, units_by_code
from commandcenter.settings import Settings
from commandcenter.web import places
from commandcenter.web.desk_rights import rights
from commandcenter.web.desk_search import found
from commandcenter.web.services import Services

PAGES = 4
"""Pages that are scrolled through for each question."""
WORDS = ("垃圾", "井盖", "占道经营", "路灯 不亮")


def run(arguments: Sequence[str]) -> dict[str, Any]:
    """Measure; print a table, return all numbers."""
    parser = argparse.ArgumentParser(prog="python -m bench desk", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a demonstration's folder")
    parser.add_argument("--rounds", type=int, default=20)
    asked = parser.parse_args(arguments)
    services = create_services(Settings(data=asked.data), MemoryBus())
    viewer = _viewer(services)
    chance = random.Random(7)
    times: dict[str, list[float]] = {}
    for _ in range(asked.rounds):
        for name, wish, words in _questions(services, viewer, chance):
            times.setdefault(name, []).extend(_scroll(services, viewer, wish, words))
        times.setdefault("a case", []).append(_open(services, viewer, chance))
    rows = [{"what": name, **_spread(found)} for name, found in times.items()]
    every = [ms for found in times.values() for ms in found]
    rows.append({"what": "all of them", **_spread(every)})
    print_table(
        ("what", "pages", "median ms", "p95 ms", "slowest ms"),
        [tuple(row.values()) for row in rows],
    )
    services.store.close()
    return {"block": BLOCK, "most": PAGE_LIMIT, "rows": rows}


def _viewer(services: Services) -> Viewer:
    tree = services.tree
    return Viewer(
        "bench", tree.cells[0].code, 0, len(tree) - 1, Clearance.PERSONAL, role=Role.DUTY_OFFICER
    )


def _questions(
    services: Services, viewer: Viewer, chance: random.Random
) -> list[tuple[str, Wish, str]]:
    """Return what an officer asks: every queue, and filters drawn anew each time."""
    now, last = services.now(), viewer.last
    whole = {queue: Wish(queue, 0, last, now) for queue in Queue if queue is not Queue.PARTS}
    tree = services.tree
    streets = [at for at in range(len(tree)) if tree.depth[at] == 2]
    street = chance.choice(streets)
    matter = chance.choice(list(services.catalogue.matters))
    unit = chance.choice(services.catalogue.units).code
    since = now - chance.randrange(400) * DAY
    asked = [(f"queue {queue}", wish, "") for queue, wish in whole.items()]
    within = (street, int(tree.last[street]))
    asked += [
        ("a street", Wish(Queue.ALL, *within, now), ""),
        ("a street, overdue", Wish(Queue.OVERDUE, *within, now), ""),
        ("a matter", Wish(Queue.ALL, 0, last, now, matter=matter), ""),
        ("a unit", Wish(Queue.ALL, 0, last, now, unit=unit), ""),
        ("a state", Wish(Queue.ALL, 0, last, now, state=State.REJECTED), ""),
        ("ten days", Wish(Queue.ALL, 0, last, now, since=since, until=since + 10 * DAY), ""),
        ("a matter in a street", Wish(Queue.ALL, *within, now, matter=matter), ""),
        ("words", whole[Queue.ALL], chance.choice(WORDS)),
        ("a number", whole[Queue.ALL], str(chance.randrange(1, 2_000_000))),
    ]
    return asked


def _scroll(services: Services, viewer: Viewer, wish: Wish, words: str) -> list[float]:
    """Ask for some pages as the table does; return milliseconds of each."""
    anchor, times = None, []
    for _ in range(PAGES):
        began = perf_counter()
        around = places.surroundings(services, viewer)
        with services.store.read() as connection:
            cut = found(services, connection, viewer, wish, words).wish if words else wish
            got = page(connection, viewer, cut, anchor, BLOCK)
            may = rights(connection, viewer, services.intake.rules.desk, got.lines, wish.now)
        units = units_by_code(around)
        for line in got.lines:
            row_of(around, units, line, may[line.id])
        times.append((perf_counter() - began) * 1000)
        anchor = got.anchor
        if anchor is None:
            break
    return times


def _open(services: Services, viewer: Viewer, chance: random.Random) -> float:
    """Open a case; return milliseconds."""
    with services.store.read() as connection:
        wish = Wish(Queue.HANDLING, 0, viewer.last, services.now())
        numbers = [line.id for line in page(connection, viewer, wish, None, PAGE_LIMIT).lines]
    number = chance.choice(numbers)
    began = perf_counter()
    with services.store.read() as connection:
        desk_file.read(connection, viewer, number)
        commands.legal(connection, viewer, services.intake.rules.desk, number, services.now())
    return (perf_counter() - began) * 1000


def _spread(found: Sequence[float]) -> dict[str, float]:
    ordered = sorted(found)
    return {
        "pages": len(ordered),
        "median_ms": round(median(ordered), 1),
        "p95_ms": round(ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))], 1),
        "slowest_ms": round(ordered[-1], 1),
    }
