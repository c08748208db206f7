"""GET /operations: how the server is, for those who run it."""

from time import time

from flask import Blueprint, Response, make_response, render_template
from flask.typing import ResponseReturnValue

from commandcenter.domain.rights import Right
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import NotFound
from commandcenter.store import remote
from commandcenter.web import preferences, viewers
from commandcenter.web.headers import POLICY
from commandcenter.web.operations_view import Overview
from commandcenter.web.pages import plain_page
from commandcenter.web.permission import needs
from commandcenter.web.pushes import Push, pushes
from commandcenter.web.services import Services
from commandcenter.web.watching import Watching

OWN_SCRIPT = (
    f"{POLICY}script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "font-src 'self'; object-src 'none'"
)


MOST_PUSHES = 100
"""Cells of remote panels that are shown, the worst first."""


class Operations:
    """A page that renews itself; for operators of the whole city alone."""

    def __init__(self, services: Services, watching: Watching) -> None:
        self._services = services
        self._watching = watching

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("operations", __name__)
        routes.get("/operations")(self.show)
        routes.get("/operations/figures")(self.figures)
        return routes

    @needs(Right.OPERATE)
    def show(self) -> ResponseReturnValue:
        """Return the page with the figures of this moment."""
        check_operator(self._services)
        page = plain_page(self._services, "operations.html", view=self._view())
        answer = make_response(page)
        answer.headers["Content-Security-Policy"] = OWN_SCRIPT
        return answer

    @needs(Right.OPERATE)
    def figures(self) -> ResponseReturnValue:
        """Return the figures alone, as the page's script puts them in place of the old ones."""
        check_operator(self._services)
        words = preferences.words(self._services)
        fragment = render_template("operations_figures.html", t=words, view=self._view())
        answer = Response(fragment, mimetype="text/html")
        answer.cache_control.no_store = True
        return answer

    def _view(self) -> Overview:
        processes = self._watching.processes()
        sources = self._watching.sources(processes)
        words = preferences.words(self._services)
        known, parts = self._services.catalogue.plugins, self._watching.parts()
        found = self._pushes() if parts["database"] else []
        return Overview(processes, sources, parts, words, known, found)

    def _pushes(self) -> list[Push]:
        services = self._services
        panels = [spec for spec in services.catalogue.panels.values() if spec.remote]
        if not panels:
            return []
        with services.store.read() as connection:
            known = remote.states(connection, [spec.key for spec in panels])
        return pushes(panels, known, services.tree, round(time() * 1000))[:MOST_PUSHES]


def check_operator(services: Services) -> Viewer:
    """Return who looks, an operator of the whole city; for all others the page does not exist."""
    visitor, tree = viewers.present(), services.tree
    viewer = visitor.viewer if visitor else None
    is_operator = (
        viewer is not None
        and viewer.may(Right.OPERATE)
        and (viewer.first, viewer.last) == (0, len(tree) - 1)
    )
    if viewer is None or not is_operator:
        raise NotFound("no such page")
    return viewer
