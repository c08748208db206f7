"""The peer as it is usually written: a Dash page whose callback makes its values from counts.

It has the counts of a real city ready in memory and calls the same panels as the wall, once for
each poll of each viewer. The panels that read cases are spared it: their values are handed to it.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
from dash import Dash, Input, Output, dcc, html
from flask import Response, request

from bench.peer import INTERVAL_MILLIS, part_ids
from commandcenter.app import load_layouts
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.live.exchange import MemoryBus
from commandcenter.live.render import Means
from commandcenter.live.topics import Topic
from commandcenter.live.view import ScopeView
from commandcenter.settings import read_settings
from commandcenter.store.store import Connection
from commandcenter.worker import create_worker

DATABASE = "commandcenter.db"
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

    def add(self, reports: int) -> None:
        """Count reports at the city."""
        rollup = self._means.city.rollup
        for metric in ("total", "reported"):
            rollup.of(metric)[0] += reports
        rollup.touch({0})

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
    app = Dash("peer", serve_locally=True)
    ids = part_ids(len(counts.values()))
    app.layout = html.Div(
        [dcc.Interval(id="tick", interval=INTERVAL_MILLIS), *(dcc.Store(id=each) for each in ids)]
    )

    def poll(_ticks: int) -> list[Made]:
        return counts.values()

    app.callback([Output(each, "data") for each in ids], Input("tick", "n_intervals"))(poll)

    def parts() -> Response:
        return Response(orjson.dumps({"parts": len(ids), "total": counts.values()[0]["value"]}))

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


def _no_cases() -> Connection:
    raise ReadsCases
