"""Answers of the API."""

from http import HTTPStatus

from flask import Response
from pydantic import BaseModel


def json_answer(
    document: BaseModel, status: HTTPStatus = HTTPStatus.OK, terse: bool = False
) -> Response:
    """Return a document as JSON; a terse one leaves out what is null."""
    body = document.model_dump_json(exclude_none=terse)
    answer = Response(body, status, mimetype="application/json")
    answer.cache_control.no_store = True
    return answer
