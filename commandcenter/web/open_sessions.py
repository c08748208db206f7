"""/sessions: who is signed in where, for who may end sessions of others."""

from http import HTTPStatus

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from commandcenter.cases import sessions
from commandcenter.cases.sessions import Ending, Session
from commandcenter.domain.audit import AuditKind
from commandcenter.domain.clocks import Millis
from commandcenter.domain.rights import Right
from commandcenter.live.word import tell_revoked
from commandcenter.web.account import owner
from commandcenter.web.attempts import real_now
from commandcenter.web.pages import plain_page
from commandcenter.web.permission import needs
from commandcenter.web.services import Services
from commandcenter.web.session_rows import session_row


class OpenSessions:
    """The open sessions of everybody within the scope of who looks."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("open_sessions", __name__, url_prefix="/sessions")
        routes.get("")(self.show)
        routes.post("")(self.end)
        return routes

    @needs(Right.SESSIONS)
    def show(self) -> ResponseReturnValue:
        """Show them, those seen last first."""
        services, visitor, now = self._services, owner(), real_now()
        rows = [
            {"name": name, **session_row(services, one, visitor.session, now)}
            for name, one in self._within(now)
        ]
        return plain_page(services, "sessions.html", sessions=rows)

    @needs(Right.SESSIONS)
    def end(self) -> ResponseReturnValue:
        """End one of them; raises NotFound for one outside the scope as for one that is over."""
        number, now = request.form.get("session", ""), real_now()
        asked = int(number) if number.isascii() and number.isdigit() else 0
        known = {one.id for _, one in self._within(now)}
        with self._services.store.write() as connection:
            holders = sessions.end(connection, asked if asked in known else 0, Ending.OPERATOR, now)
        tell_revoked(self._services.bus, holders)
        for holder in holders:
            self._services.auditing.note(AuditKind.SESSION_ENDED, holder, {"by": "operator"})
        return redirect(url_for("open_sessions.show"), HTTPStatus.SEE_OTHER)

    def _within(self, now: Millis) -> list[tuple[str, Session]]:
        viewer, tree = owner().viewer, self._services.tree
        with self._services.store.read() as connection:
            found = sessions.everybodys(connection, now)
        return [
            (name, one)
            for name, scope, one in found
            if scope in tree and viewer.sees(tree.position[scope])
        ]
