"""A browser in which somebody is signed in, as little as is needed to ask a site many questions.

It calls the site as a server does, keeps the cookies that it began with, and makes nothing of an
answer but its words: asking by Flask's client takes as long again as answering.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from threading import get_ident
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from tests.web.people import proof


@dataclass(frozen=True, slots=True)
class Answer:
    """What a site says: its status, where it leads, and its words."""

    status: int
    location: str
    text: str


class Browser:
    """Asks a site with the cookies of a client that is signed in."""

    def __init__(self, app: Flask, client: FlaskClient) -> None:
        self._app = app.wsgi_app
        kept = [client.get_cookie(name) for name in ("session", "_csrf_token")]
        self.cookies = "; ".join(f"{one.key}={one.value}" for one in kept if one)
        self._writing = _as_environ(proof(client))
        self._always: dict[str, Any] = {
            "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SCRIPT_NAME": "",
            "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost",
            "HTTP_COOKIE": self.cookies, "wsgi.version": (1, 0), "wsgi.url_scheme": "http",
            "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
        }  # fmt: skip

    def ask(
        self, method: str, address: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask for an address; a body is sent as JSON, with the proof of the own pages."""
        path, _, query = address.partition("?")
        sent = b"" if body is None else json.dumps(body).encode()
        environ = self._always | {
            "REQUEST_METHOD": method, "QUERY_STRING": query, "REQUEST_URI": address,
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "wsgi.input": BytesIO(sent), "wsgi.errors": BytesIO(),
        }  # fmt: skip
        if body is not None:
            environ |= {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(sent))}
        if method != "GET":
            environ |= self._writing
        return self._answer(environ | _as_environ(headers or {}))

    def _answer(self, environ: dict[str, Any]) -> Answer:
        told: list[Any] = []

        def begin(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
            told[:] = [int(status[:3]), dict(headers).get("Location", "")]

        parts: Iterable[bytes] = self._app(environ, begin)
        try:
            text = b"".join(parts).decode("utf-8", "replace")
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()
        return Answer(told[0], told[1], text)


@dataclass
class Count:
    """Counts the statements of the thread that made it.

    What refusals leave in the audit log is written by a thread of its own.
    """

    engine: Engine
    statements: int = 0
    thread: int = field(default_factory=get_ident)

    def __post_init__(self) -> None:
        event.listen(self.engine, "before_cursor_execute", self._note)

    def _note(self, *_: object) -> None:
        self.statements += get_ident() == self.thread


def _as_environ(headers: Mapping[str, str]) -> dict[str, str]:
    return {f"HTTP_{name.upper().replace('-', '_')}": said for name, said in headers.items()}
