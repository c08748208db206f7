"""Answers are sent compressed: pages, callbacks, scripts and styles; files once for all who ask."""

import gzip
from collections import OrderedDict
from hashlib import blake2b
from threading import Lock

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin

FILES = ("/assets/", "/static/", "/_dash-component-suites/")
"""The same bytes for everybody: compressed well, and kept."""
ANSWERS = ("/_dash-layout", "/_dash-dependencies", "/_dash-update-component", "/cell/", "/case/",
           "/wall/", "/desk", "/inspection/", "/search", "/account", "/audit")  # fmt: skip
"""Pages hold no secret beside what their address says, so that their length tells none."""
KINDS = ("text/", "application/json", "application/javascript", "image/svg+xml",
         "application/manifest+json")  # fmt: skip
LEAST = 1024
LEVEL, BEST = 5, 9
MOST_KEPT = 256
YEAR_SECONDS = 365 * 24 * 3600


class Zipped:
    """Compresses answers for those who understand it."""

    def __init__(self, app: Flask) -> None:
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = Lock()
        app.session_interface = _Sessions()
        app.after_request(self.compress)

    def compress(self, answer: Response) -> Response:
        """Compress an answer that is worth it; a file whose address changes with it is for ever."""
        is_file = request.path.startswith(FILES)
        if is_file and answer.status_code == 200 and _is_dated():
            answer.cache_control.public, answer.cache_control.immutable = True, True
            answer.cache_control.no_cache = None
            answer.cache_control.max_age = YEAR_SECONDS
        if not (is_file or request.path.startswith(ANSWERS)) or not _can(answer):
            return answer
        answer.vary.add("Accept-Encoding")
        if not request.accept_encodings.quality("gzip"):
            return answer
        data = _whole(answer)
        if len(data) >= LEAST:
            answer.set_data(self._once(data) if is_file else gzip.compress(data, LEVEL, mtime=0))
            answer.content_encoding = "gzip"
        return answer

    def _once(self, data: bytes) -> bytes:
        name = blake2b(data, digest_size=16).digest()
        with self._lock:
            if (known := self._kept.get(name)) is not None:
                self._kept.move_to_end(name)
                return known
        made = gzip.compress(data, BEST, mtime=0)
        with self._lock:
            self._kept[name] = made
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return made


class _Sessions(SecureCookieSessionInterface):
    """Says of no file that it depends on cookies, which change with each page: a browser would
    fetch what it has for each. Who sends no cookie has nothing to be read or kept.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Open the session as Flask does."""
        if "HTTP_COOKIE" not in request.environ:
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep the session as Flask does."""
        if session or session.accessed or session.modified:
            super().save_session(app, session, response)
        if request.path.startswith(FILES) and "Set-Cookie" not in response.headers:
            response.headers["Vary"] = "Accept-Encoding"


def _whole(answer: Response) -> bytes:
    """Return the body of an answer; a file that it was to be read from is closed."""
    answer.direct_passthrough = False
    source = answer.response
    data = answer.get_data()
    close = getattr(source, "close", None)
    if close is not None:
        close()
    return data


def _is_dated() -> bool:
    """Tell whether an address names one state of a file."""
    return "m" in request.args or request.path.startswith(("/static/shell/", FILES[2]))


def _can(answer: Response) -> bool:
    return (
        answer.status_code == 200
        and request.method in ("GET", "POST")
        and not answer.content_encoding
        and (answer.mimetype or "").startswith(KINDS)
    )
