"""Whether the process lives, and whether it can serve."""

from http import HTTPStatus

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from commandcenter.web.services import Services


class Health:
    """Answers those who watch the server; says nothing about the city."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("health", __name__)
        routes.get("/healthz")(self.lives)
        routes.get("/readyz")(self.ready)
        return routes

    def lives(self) -> ResponseReturnValue:
        """Answer as long as the process can answer."""
        return jsonify({"status": "ok"})

    def ready(self) -> ResponseReturnValue:
        """Answer 200 while the database answers and a worker is heard, 503 otherwise."""
        parts = {
            "store": self._services.store.answers(),
            "worker": self._services.hub.counts.silent is None,
        }
        status = HTTPStatus.OK if all(parts.values()) else HTTPStatus.SERVICE_UNAVAILABLE
        return jsonify({"status": "ok" if all(parts.values()) else "not ready", **parts}), status
