"""The gate before every page: who is not logged in sees nothing but the login.

It closes by default: only what declares that it is open to all is, the API has its own door.
"""

import time
from http import HTTPStatus
from urllib.parse import quote, urlencode, urlsplit

from flask import Flask, Response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, login_user
from werkzeug.datastructures import MultiDict

from commandcenter.domain.audit import AuditKind
from commandcenter.web import preferences, viewers
from commandcenter.web.errors import API, Refusal, wants_page
from commandcenter.web.origins import NO_PROOF, has_token, is_foreign, is_keyed, is_own
from commandcenter.web.permission import SAFE, Permissions
from commandcenter.web.services import Services
from commandcenter.web.viewers import Visitor


class Gate:
    """Lets visitors in by their session or a wall's key, and everybody else to the login."""

    def __init__(self, app: Flask, services: Services, permissions: Permissions) -> None:
        self._services = services
        self._permissions = permissions
        # No page's template names the visitor: an error page must come without the database.
        manager = LoginManager(app, add_context_processor=False)
        # Its stronger protections end the sessions of tablets that change their network.
        manager.session_protection = None
        manager.user_loader(self.load)
        app.before_request(self.check_origin)
        app.before_request(self.enter_by_key)
        app.before_request(self.check_visitor)
        app.before_request(permissions.check)
        app.after_request(self.remember)

    def load(self, kept: str) -> Visitor | None:
        """Return who a cookie is of, None once the session is over."""
        return viewers.load(self._services, kept, round(time.time() * 1000))

    def check_origin(self) -> None:
        """Refuse what another site's page sends with our visitors' cookies."""
        is_api = request.path.startswith(API)
        if request.method in SAFE or (is_api and is_keyed()):
            return
        if is_foreign():
            raise Refusal(HTTPStatus.FORBIDDEN, "foreign_origin", "comes from another site")
        # Pages' forms and callbacks carry their token anyway; see CSRFProtect.
        if is_api and viewers.present() and not (is_own() or has_token()):
            raise Refusal(HTTPStatus.FORBIDDEN, "no_proof", NO_PROOF)

    def enter_by_key(self) -> ResponseReturnValue | None:
        """Log a wall in by the key of its link and lead it to the address without the key."""
        token = request.args.get("key")
        if token is None or request.method != "GET" or self._is_open():
            return None
        key = self._permissions.callers.by_token(token)
        visitor = viewers.visitor_of_key(self._services, key)
        if visitor is None:
            self._services.auditing.refused(HTTPStatus.UNAUTHORIZED, "key of a wall")
        elif visitor.viewer.kind == "wall":
            log_in(visitor)
            self._services.auditing.note(AuditKind.SIGN_IN, visitor.id, {"factor": "key"})
        rest = MultiDict([(k, v) for k, v in request.args.items(multi=True) if k != "key"])
        return redirect(local(request.path, rest), HTTPStatus.SEE_OTHER)

    def check_visitor(self) -> ResponseReturnValue | None:
        """Send who is not logged in to the login; a script is told so."""
        if self._is_open() or viewers.present() is not None:
            return None
        if request.method == "GET" and wants_page() and not _is_script():
            here = local(request.path, request.args)
            return redirect(url_for("login.show", next=here), HTTPStatus.SEE_OTHER)
        raise Refusal(HTTPStatus.UNAUTHORIZED, "unauthorized", "log in first")

    def _is_open(self) -> bool:
        return request.path.startswith(API) or self._permissions.is_open()

    def remember(self, answer: Response) -> Response:
        """Keep what the address chose of language and looks."""
        return preferences.remember(self._services, answer)


def log_in(visitor: Visitor) -> None:
    """Begin a new session; what an older one held is gone."""
    session.clear()
    session.permanent = True
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
