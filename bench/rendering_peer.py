"""The peer as it is usually written: a Dash page whose callback makes its values from counts.

It has the counts of a real city ready in memory and calls the same panels as the wall, once for
each poll of each viewer. The panels that read cases are spared it: their values are handed to it.
New reports are counted with the moves that past ones of the city began with, and nothing is stored.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Callable
from contextlib import closing
from itertools import cycle
from pathlib import Path
from typing import Any

import orjson
from flask import Response, request

from bench.peer import interval_page
from commandcenter.domain.clocks import Millis
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.live.exchange import MemoryBus
from commandcenter.live.render import Means
from commandcenter.live.topics import Topic
from commandcenter.live.view import ScopeView
from commandcenter.screen.layouts import load_layouts
from commandcenter.settings import read_settings
from commandcenter.store.log import Move, last_seq, read_after
from commandcenter.store.store import Connection, Store
from commandcenter.worker import create_worker

DATABASE = "commandcenter.db"
LATEST = 5000
"""So many moves of the log are looked at for cases that began with them."""
FIRST_MOVES = 3
"""A report is filed and handed to a unit as soon as it comes."""
Made = dict[str, Any]


class ReadsCases(Exception):
    """A panel asked for cases."""


class Counts:
    """The counts of a stored city, and the topics that a wall makes of them."""

    def __init__(self, folder: Path, layout: str) -> None:
        worker = create_worker(read_settings(data=folder), lambda _: MemoryBus())
        live = worker.live()
        live.grading.run(live.rollup.now)
        self._means: Means = live.renderer.means
        scope = worker.tree.cells[0].code
        viewer = Viewer("peer", scope, 0, len(worker.tree) - 1, Clearance.PUBLIC)
        wall = load_layouts(worker.settings.layouts, worker.catalogue())[layout]
        self._topics = set(wall.topics(viewer, scope).values())
        self._ready = {topic.key: self._read(topic) for topic in self._topics}
        self._beginnings = cycle(_beginnings(worker.store))
        self._last_case = 1 << 40

    def add(self, reports: int) -> None:
        """Count reports, each with the moves of another past case."""
        rollup = self._means.city.rollup
        moves: list[Move] = []
        for _ in range(reports):
            self._last_case += 1
            moves += _anew(next(self._beginnings), self._last_case, rollup.now)
        with rollup.lock:
            rollup.apply(moves)

    def values(self) -> list[Made]:
        """Make the values of all parts, the total first."""
        made = [self._ready[topic.key] or self._make(topic, _no_cases) for topic in self._topics]
        total = {"value": int(self._means.city.rollup.of("total")[0])}
        return [total, *(value for parts in made for value in parts.values())]

    def _read(self, topic: Topic) -> Made:
        """Return what a panel makes of cases; nothing for one that makes do with counts."""
        try:
            self._make(topic, _no_cases)
        except ReadsCases:
            with self._means.read() as connection:
                return self._make(topic, lambda: connection)
        return {}

    def _make(self, topic: Topic, connection: Callable[[], Connection]) -> Made:
        means = self._means
        view = ScopeView(means.city, topic, means.words[topic.language], connection)
        return dict(means.panels[topic.panel].item.render(view))


def create_app(folder: str, layout: str) -> Any:
    """Return the WSGI application of the page."""
    counts = Counts(Path(folder), layout)
    number = len(counts.values())
    app = interval_page(number, counts.values)

    def parts() -> Response:
        return Response(orjson.dumps({"parts": number, "total": counts.values()[0]["value"]}))

    def count_on() -> str:
        counts.add(request.get_json()["add"])
        return "ok"

    app.server.add_url_rule("/parts", view_func=parts)
    app.server.add_url_rule("/add", view_func=count_on, methods=["POST"])
    return app.server


def copy_city(folder: Path, to: Path) -> None:
    """Copy a running city's database, so that the peer has counts of its own."""
    with (
        closing(sqlite3.connect(folder / DATABASE)) as source,
        closing(sqlite3.connect(to / DATABASE)) as target,
    ):
        source.backup(target)


def _beginnings(store: Store) -> list[list[Move]]:
    """Return the first moves of the latest cases that are in the log from their beginning."""
    cases: dict[int, list[Move]] = defaultdict(list)
    with store.read() as connection:
        for move in read_after(connection, max(0, last_seq(connection) - LATEST), LATEST):
            cases[move.case_id].append(move)
    return [moves[:FIRST_MOVES] for moves in cases.values() if moves[0].before is None]


def _anew(moves: list[Move], case_id: int, now: Millis) -> list[Move]:
    """Return the moves as those of another case, all made now."""
    made: list[Move] = []
    for move in moves:
        due = None if move.after.due is None else now + move.after.due - move.at
        after = move.after._replace(since=now, due=due)
        before = made[-1].after if made else None
        made.append(move._replace(case_id=case_id, at=now, before=before, after=after))
    return made


def _no_cases() -> Connection:
    raise ReadsCases
