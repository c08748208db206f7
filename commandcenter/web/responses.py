"""Answers of the API."""

from http import HTTPStatus

from flask import Response
from pydantic import BaseModel


def json_answer(document: BaseModel, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Return a document as JSON; what an answer leaves unsaid is left out of an item's answer."""
    answer = Response(document.model_dump_json(), status, mimetype="application/json")
    answer.cache_control.no_store = True
    return answer
