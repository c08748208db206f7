"""The gate before every page: who is not logged in sees nothing but the login.

It closes by default: only what PUBLIC names is open, the API has its own door.
"""

import time
from http import HTTPStatus
from urllib.parse import quote, urlencode, urlsplit

from flask import Flask, Response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, login_user
from werkzeug.datastructures import MultiDict

from commandcenter.web import preferences, viewers
from commandcenter.web.errors import API, Refusal, wants_page
from commandcenter.web.services import Services
from commandcenter.web.viewers import Callers, Visitor

PUBLIC = ("/assets/", "/static/", "/_dash-component-suites/", "/_favicon.ico", "/healthz",
          "/readyz", "/metrics", "/login", "/logout", API)  # fmt: skip
SAFE = ("GET", "HEAD", "OPTIONS")
USER_SECONDS = 7 * 24 * 3600
"""A user logs in again after this long; a wall stays until its key is revoked."""
SINCE = "since"


class Gate:
    """Lets visitors in by their session or a wall's key, and everybody else to the login."""

    def __init__(self, app: Flask, services: Services, callers: Callers) -> None:
        self._services = services
        self._callers = callers
        # No page's template names the visitor: an error page must come without the database.
        manager = LoginManager(app, add_context_processor=False)
        # Its stronger protections end the sessions of tablets that change their network.
        manager.session_protection = None
        manager.user_loader(self.load)
        app.before_request(self.check_origin)
        app.before_request(self.enter_by_key)
        app.before_request(self.check_visitor)
        app.after_request(self.remember)

    def load(self, kept: str) -> Visitor | None:
        """Return who the session is of, None once it has ended."""
        if kept.startswith("user:") and time.time() - session.get(SINCE, 0) > USER_SECONDS:
            return None
        return viewers.load(self._services, kept)

    def check_origin(self) -> None:
        """Refuse what another site's page sends with our visitors' cookies."""
        if request.method in SAFE or request.path.startswith(API):
            return
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        origin = request.headers.get("Origin")
        foreign = origin is not None and urlsplit(origin).netloc != request.host
        if foreign or site not in ("same-origin", "none"):
            raise Refusal(HTTPStatus.FORBIDDEN, "foreign_origin", "comes from another site")

    def enter_by_key(self) -> ResponseReturnValue | None:
        """Log a wall in by the key of its link and lead it to the address without the key."""
        token = request.args.get("key")
        if token is None or request.method != "GET" or request.path.startswith(PUBLIC):
            return None
        key = self._callers.by_token(token)
        visitor = viewers.visitor_of_key(self._services, key)
        if visitor is not None and visitor.viewer.kind == "wall":
            log_in(visitor)
        rest = MultiDict([(k, v) for k, v in request.args.items(multi=True) if k != "key"])
        return redirect(local(request.path, rest), HTTPStatus.SEE_OTHER)

    def check_visitor(self) -> ResponseReturnValue | None:
        """Send who is not logged in to the login; a script is told so."""
        if request.path.startswith(PUBLIC) or viewers.present() is not None:
            return None
        if request.method == "GET" and wants_page() and not _is_script():
            here = local(request.path, request.args)
            return redirect(url_for("login.show", next=here), HTTPStatus.SEE_OTHER)
        raise Refusal(HTTPStatus.UNAUTHORIZED, "unauthorized", "log in first")

    def remember(self, answer: Response) -> Response:
        """Keep what the address chose of language and theme."""
        return preferences.remember(self._services, answer)


def log_in(visitor: Visitor) -> None:
    """Begin a new session; what an older one held is gone."""
    session.clear()
    session.permanent = True
    session[SINCE] = time.time()
    login_user(visitor)


def local(path: str, query: MultiDict[str, str]) -> str:
    """Return an address on this server: one that cannot be read as another host's."""
    quoted = urlencode(tuple(query.items(multi=True)))
    return "/" + quote(path.lstrip("/\\")) + (f"?{quoted}" if quoted else "")


def is_local(address: str) -> bool:
    """Tell whether `address` is a path on this server, whatever a browser makes of it."""
    if not address.startswith("/") or address.startswith("//"):
        return False
    # Browsers take a backslash for a slash and drop control characters before they read.
    return "\\" not in address and address.isprintable() and not urlsplit(address).netloc


def _is_script() -> bool:
    """Tell what only a page's own scripts ask for, which a redirect would lead astray."""
    return request.path.startswith(("/_dash-", "/tiles/", "/stream"))
