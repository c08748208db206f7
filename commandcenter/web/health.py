"""Whether the process lives, and whether it can serve."""

from http import HTTPStatus

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from commandcenter.web.permission import open_to_all
from commandcenter.web.watching import Watching


class Health:
    """Answers those who watch the server; says nothing about the city."""

    def __init__(self, watching: Watching) -> None:
        self._watching = watching

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("health", __name__)
        routes.get("/healthz")(self.lives)
        routes.get("/readyz")(self.ready)
        return routes

    @open_to_all("tells who watches the server that it lives")
    def lives(self) -> ResponseReturnValue:
        """Answer as long as the process can answer."""
        return jsonify({"status": "ok"})

    @open_to_all("tells who watches the server whether it can serve")
    def ready(self) -> ResponseReturnValue:
        """Answer 200 while all that serving needs is there, 503 with what is missing otherwise."""
        parts = self._watching.parts()
        missing = [name for name, is_there in parts.items() if not is_there]
        status = HTTPStatus.SERVICE_UNAVAILABLE if missing else HTTPStatus.OK
        words = "not ready" if missing else "ok"
        return jsonify({"status": words, "missing": missing, **parts}), status
