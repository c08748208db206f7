"""Errors in one shape for programs, and as a page for people: which status, and how to mend it."""

import logging
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from commandcenter.domain.masking import mask
from commandcenter.errors import (
    CommandCenterError,
    Conflict,
    Forbidden,
    IllegalMove,
    Invalid,
    NotFound,
    Unavailable,
)
from commandcenter.host.words import Words
from commandcenter.logs import request_id
from commandcenter.web import preferences
from commandcenter.web.pages import error_page
from commandcenter.web.refusal_words import words_of
from commandcenter.web.services import Services

log = logging.getLogger(__name__)

API = "/api/"
LONGEST_PATH = 200


STATUSES: dict[type[CommandCenterError], HTTPStatus] = {
    IllegalMove: HTTPStatus.CONFLICT,
    Conflict: HTTPStatus.CONFLICT,
    Forbidden: HTTPStatus.FORBIDDEN,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFound: HTTPStatus.NOT_FOUND,
}
CODES: dict[type[CommandCenterError], str] = {
    IllegalMove: "illegal_move",
    Conflict: "conflict",
    Forbidden: "forbidden",
    Invalid: "invalid",
    NotFound: "not_found",
}


class Refusal(Exception):
    """A request that is refused on purpose, with what the caller should know."""

    def __init__(
        self, status: HTTPStatus, code: str, message: str, field: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = error_body(code, message, field)
        self.headers: dict[str, str] = {}


def error_body(code: str, message: str, field: str | None = None) -> dict[str, Any]:
    """Return the one shape of errors; what is personal in the message, whoever said it, is covered.
    """
    error = {"code": code, "message": mask(message)}
    return {"error": error | ({"field": field} if field else {})}


def status_of(error: CommandCenterError) -> HTTPStatus:
    """Return the status with which a refusal is answered."""
    return STATUSES[type(error)]


def body_of(error: CommandCenterError) -> dict[str, Any]:
    """Return what a refusal says; a case that is outside the scope answers as a missing one."""
    if isinstance(error, NotFound):
        return error_body("not_found", "does not exist")
    field = error.field if isinstance(error, Invalid) else None
    body = error_body(CODES[type(error)], str(error), field)
    if isinstance(error, IllegalMove):
        body["error"]["legal"] = [str(command) for command in error.legal]
    elif isinstance(error, Conflict):
        legal = [str(command) for command in error.legal]
        body["error"] |= {"version": error.version, "state": error.state, "legal": legal}
    return body


def with_request(body: dict[str, Any], words: Words | None = None) -> dict[str, Any]:
    """Return an error's body with the id under which the log has the request.

    Where it is known in which `words` the caller reads, it is said in them too.
    """
    error = body["error"] | {"request_id": request_id()}
    return {"error": error | ({"words": words_of(words, error)} if words else {})}


def wants_page() -> bool:
    """Tell whether the caller reads HTML; one who names nothing takes everything."""
    return not request.accept_mimetypes or request.accept_mimetypes.accept_html


def too_often(seconds: int) -> Refusal:
    """Return the refusal of a caller who asks too often."""
    refusal = Refusal(
        HTTPStatus.TOO_MANY_REQUESTS, "too_many_requests", f"too many requests: wait {seconds} s"
    )
    refusal.headers["Retry-After"] = str(seconds)
    return refusal


class Errors:
    """Answers every error of the application."""

    def __init__(self, app: Flask, services: Services) -> None:
        self._services = services
        app.register_error_handler(Refusal, self.refused)
        for kind in STATUSES:
            app.register_error_handler(kind, self.not_carried_out)
        app.register_error_handler(Unavailable, self.unavailable)
        app.register_error_handler(HTTPException, self.plain)
        app.register_error_handler(Exception, self.unexpected)

    def refused(self, error: Refusal) -> Response:
        """Answer with what the refusal says."""
        is_tried = error.status == HTTPStatus.FORBIDDEN or "Authorization" in request.headers
        if is_tried and error.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            self._services.auditing.refused(error.status, _route(), _asked())
        return self._answer(error.status, error.body, error.headers)

    def not_carried_out(self, error: CommandCenterError) -> Response:
        """Answer alike for what does not exist and for what lies outside the scope."""
        status = status_of(error)
        if status in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
            self._services.auditing.refused(status, _route(), _asked())
        return self._answer(status_of(error), body_of(error))

    def unavailable(self, error: Unavailable) -> Response:
        """Answer that a part of the server does not answer now."""
        log.warning("%s: %s", _route(), error)
        body = error_body("unavailable", "a part of the server does not answer: try again")
        return self._answer(HTTPStatus.SERVICE_UNAVAILABLE, body, {"Retry-After": "2"})

    def plain(self, error: HTTPException) -> Response:
        """Answer what the framework refuses: a wrong method, a body too large."""
        if error.response is not None or (error.code or 500) < 400:
            return Response.force_type(error.get_response(), request.environ)  # type: ignore[return-value]
        status = HTTPStatus(error.code or 500)
        headers = {k: v for k, v in error.get_headers() if k in ("Allow", "Retry-After")}
        return self._answer(status, error_body(status.name.lower(), status.description), headers)

    def unexpected(self, error: Exception) -> Response:
        """Answer a fault of our own without telling what it is; the log has it."""
        log.exception("%s %s failed", request.method, _route())
        body = error_body("internal_server_error", "the server made a mistake; it is logged")
        return self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, body)

    def _answer(
        self, status: HTTPStatus, body: dict[str, Any], headers: dict[str, str] | None = None
    ) -> Response:
        if not request.path.startswith(API) and wants_page():
            answer = Response(error_page(self._services, status), mimetype="text/html")
        else:
            answer = jsonify(with_request(body, preferences.words(self._services)))
        answer.status_code = status
        answer.headers.update(headers or {})
        return answer


def _asked() -> dict[str, str]:
    """Return what was asked for, for the audit log alone."""
    return {"method": request.method, "path": request.path[:LONGEST_PATH]}


def _route() -> str:
    """Return the route and not the address, in which callers may have written anything."""
    return request.url_rule.rule if request.url_rule else "an address without a route"
