"""A wall or a tablet's page of the small city, served on this machine with values that are given.

It is the real page with the real scripts and styles; only its stream says what a test wants.
"""

import json
import logging
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dash import Dash, html
from dash.development.base_component import Component
from flask import Response
from werkzeug.serving import make_server

from commandcenter.domain.rights import BLOCKS
from commandcenter.domain.text import Text
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.host.catalogue import Catalogue
from commandcenter.live.topics import Topic
from commandcenter.screen.cell_page import cell_page, cell_topics
from commandcenter.screen.layouts import Face, Layout, Place, Wall
from commandcenter.screen.tablet import Surroundings
from commandcenter.screen.wall import wall_page
from commandcenter.settings import ROOT
from commandcenter.testing.ready import ReadyCity

CANVAS = (1920, 1080)
TABLET = (1024, 768)
Values = Mapping[str, Mapping[str, Any]]
"""By the key of a panel, the value of each part."""


@dataclass(frozen=True)
class Look:
    """What is looked at: a cell of a city, in a language, with the panels of a catalogue."""

    city: ReadyCity
    catalogue: Catalogue
    scope: str
    language: str = "zh"

    @property
    def viewer(self) -> Viewer:
        """Who looks."""
        first, last = self.city.tree.range_of(self.scope)
        return Viewer(
            "look", self.scope, first, last, Clearance.STAFF, self.language, "wall", given=BLOCKS
        )


def placed(*places: Place) -> Layout:
    """Return a full-HD wall with each of these panels on a face of its own."""
    title = Text("面板", "Panels")
    faces = tuple(Face(f"face{at}", title, (place,)) for at, place in enumerate(places))
    return Layout(Text("检查", "Check"), CANVAS, faces, Wall(3600, 6000), rotate_seconds=0, key="x")


def automatic(look: Look) -> Layout:
    """Return a full-HD wall whose faces take in the panels of plugins outside the core."""
    face = Face("auto", Text("面板", "Panels"), auto=True)
    bare = Layout(
        Text("检查", "Check"), CANVAS, (face,), Wall(3600, 6000), rotate_seconds=0, key="x"
    )
    return bare.filled(look.catalogue, look.city.tree, look.scope)


def wall(look: Look, layout: Layout) -> tuple[Component, dict[str, Topic]]:
    """Return the page of a wall, and its topics by slot."""
    words = look.city.words(look.language)
    page = wall_page(layout, look.viewer, look.catalogue, look.scope, words)
    return page, layout.topics(look.viewer, look.scope)


def tablet(look: Look) -> tuple[Component, dict[str, Topic]]:
    """Return the page of the cell as a tablet shows it, and its topics."""
    words = look.city.words(look.language)
    around = Surroundings(look.city.tree, look.catalogue, look.viewer, words, look.catalogue.build)
    return cell_page(around, look.scope), cell_topics(around, look.scope)


class Served:
    """A page on a free port of this machine, until it is closed."""

    def __init__(
        self, page: Component, topics: Mapping[str, Topic], values: Values, build: str
    ) -> None:
        self.build = build
        self._frames = {
            topic.id: values.get(topic.panel, {}) for topic in topics.values()
        }
        self._over = threading.Event()
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        app = Dash(__name__, assets_folder=str(ROOT / "assets"), update_title="")
        app.layout = html.Div(page)
        app.server.get("/stream")(self._stream)
        self._server = make_server("127.0.0.1", 0, app.server, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def __enter__(self) -> "Served":
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://127.0.0.1:{self._server.server_port}/"

    def _stream(self) -> Response:
        return Response(self._events(), mimetype="text/event-stream")

    def _events(self) -> Iterator[str]:
        now = time.time_ns() // 1_000_000
        about = {"real": now, "city": now, "build": self.build}
        yield _event(1, "hello", {**about, "zone": "Asia/Shanghai", "speed": 1, "epoch": "e"})
        frames = {
            topic: {"at": now, "state": "ok", "reason": "", "parts": parts}
            for topic, parts in self._frames.items()
        }
        yield _event(2, "props", {**about, "set": frames})
        self._over.wait()


def _event(number: int, name: str, body: Mapping[str, Any]) -> str:
    return f"id: e-{number}\nevent: {name}\ndata: {json.dumps(body)}\n\n"
