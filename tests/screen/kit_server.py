"""A small server of the real page, whose stream says what a test tells it to."""

import json
import queue
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dash import Dash, html
from dash.development.base_component import Component
from flask import Response, request
from werkzeug.serving import make_server

from commandcenter.host.words import Words
from commandcenter.live.topics import Topic
from commandcenter.screen.layouts import Layout
from commandcenter.screen.wall import wall_page
from commandcenter.settings import ROOT
from tests.screen.kit_panels import VIEWER, catalogue, write_layout

END = object()
Served = tuple[Component, dict[str, Topic], str]
"""A page, the topic of each of its slots, and its build."""


class Screen:
    """Serves the wall of the sample layout, or another page; one page at a time may listen."""

    def __init__(self, folder: Path, served: Served | None = None) -> None:
        page, self.topics, self.build = served or sample_wall(folder)
        self.asked: list[dict[str, str]] = []
        self.refuses = False
        self._queue: queue.Queue[Any] = queue.Queue()
        self._seq = 0
        app = Dash(__name__, assets_folder=str(ROOT / "assets"), update_title="")
        app.layout = html.Div(page)
        app.server.get("/stream")(self._stream)
        self.server = app.server
        self._server = make_server("127.0.0.1", 0, app.server, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self.cut()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def say(self, event: str, **body: Any) -> None:
        """Send an event to the page."""
        self._seq += 1
        data = json.dumps({"real": now(), "city": now(), "build": self.build, **body})
        self._queue.put(f"id: e-{self._seq}\nevent: {event}\ndata: {data}\n\n")

    def props(
        self, slot: str, state: str = "ok", reason: str = "", at: int | None = None, **parts: Any
    ) -> None:
        """Send new values of the parts of a slot's panel, as of now if not of another instant."""
        frame = {"at": at or now(), "state": state, "reason": reason, "parts": parts}
        self.say("props", set={self.topics[slot].id: frame})

    def cut(self, refuses: bool = False) -> None:
        """End the stream, and refuse new ones if asked to."""
        self.refuses = refuses
        self._queue.put(END)

    def _stream(self) -> Response:
        self.asked.append(request.args.to_dict())
        if self.refuses:
            return Response(status=503)
        self._queue.put(END)
        self._queue = queue.Queue()
        self.say("hello", zone="Asia/Shanghai", speed=1, epoch="e")
        return Response(_events(self._queue), mimetype="text/event-stream")


def sample_wall(folder: Path) -> Served:
    """Return the wall of the sample layout."""
    made = catalogue()
    layout = Layout.load(write_layout(folder), made)
    page = wall_page(layout, VIEWER, made, "100000", Words("zh", []))
    return page, layout.topics(VIEWER, "100000"), made.build


def _events(waiting: queue.Queue[Any]) -> Iterator[str]:
    while (event := waiting.get()) is not END:
        yield event


def now() -> int:
    """Return the server's real time in milliseconds."""
    return time.time_ns() // 1_000_000
