"""The peer in Streamlit: a fragment that runs each second shows the same values.

`streamlit run` runs this file anew for each viewer; the counts, and the values that are made of
them at most once a second, are one resource for all. Its arguments: FOLDER LAYOUT PORT, where the
bench talks to it on PORT.
"""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from time import monotonic

import orjson
import streamlit as st

from bench.rendering_peer import Counts, Made

EVERY_SECONDS = 1.0


class Values:
    """The counts, and the values that were made of them last."""

    def __init__(self, folder: str, layout: str) -> None:
        self._counts = Counts(Path(folder), layout)
        self._making = Lock()
        self._made = self._counts.values()
        self._due = 0.0

    def add(self, reports: int) -> None:
        """Count reports."""
        with self._making:
            self._counts.add(reports)

    def now(self) -> list[Made]:
        """Return the values, made anew where they are a second old."""
        with self._making:
            if monotonic() >= self._due:
                self._due = monotonic() + EVERY_SECONDS
                self._made = self._counts.values()
            return self._made


@st.cache_resource(show_spinner=False)
def shared(folder: str, layout: str, port: int) -> Values:
    """Make the values for all viewers, and begin to answer the bench."""
    values = Values(folder, layout)

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            made = values.now()
            self._say(orjson.dumps({"parts": len(made), "total": made[0]["value"]}))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            values.add(orjson.loads(body)["add"])
            self._say(b"ok")

        def log_message(self, *_: object) -> None:
            pass

        def _say(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", port), Answers)
    Thread(target=server.serve_forever, daemon=True).start()
    return values


@st.fragment(run_every=EVERY_SECONDS)
def show(values: Values) -> None:
    """Show all values, the total first."""
    total, *others = values.now()
    st.metric("total", str(total["value"]))
    for value in others:
        st.json(orjson.dumps(value).decode())


show(shared(sys.argv[1], sys.argv[2], int(sys.argv[3])))
