"""Reads what callers send, and refuses what is too large, too deep or not JSON."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, TypeVar

import orjson
from flask import Request, request
from pydantic import BaseModel, ValidationError

from commandcenter.web.errors import Refusal

LARGEST_BODY = 2 * 1024 * 1024
PHOTOS = "/api/v1/photos"
PUBLIC_REPORTS = "/report/"
LARGEST_PHOTO = 8 * 1024 * 1024
"""A photo may be larger than anything else, with what a form writes around it."""
AROUND = 64 * 1024
DEEPEST = 16
LONGEST_LIST = 1000
KEY_HEADER, KEY_FIELD = "Idempotency-Key", "idempotency_key"

Model = TypeVar("Model", bound=BaseModel)


def largest(path: str) -> int:
    """Return how many bytes the body of a request to an address may have."""
    return LARGEST_PHOTO + AROUND if takes_photos(path) else LARGEST_BODY


def takes_photos(path: str) -> bool:
    """Tell whether photos are sent to an address."""
    return path == PHOTOS or path.startswith(PUBLIC_REPORTS)


def set_largest() -> None:
    """Have Flask read no more of this request than it may have."""
    request.max_content_length = largest(request.path)


def read_json(asked: Request) -> Any:
    """Return the body of a request as plain values; raises Refusal."""
    if asked.mimetype != "application/json" or asked.content_encoding:
        raise Refusal(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "send Content-Type: application/json, without a Content-Encoding",
        )
    # orjson takes neither NaN nor broken UTF-8, and stops at 1024 levels by itself.
    try:
        value = orjson.loads(asked.get_data(cache=False))
    except orjson.JSONDecodeError as error:
        raise Refusal(HTTPStatus.BAD_REQUEST, "bad_json", f"is not JSON: {error}") from error
    if depth(value) > DEEPEST:
        raise Refusal(HTTPStatus.BAD_REQUEST, "too_deep", f"is nested deeper than {DEEPEST} levels")
    return value


def read_items(asked: Request) -> list[Any]:
    """Return the items of a request that sends one or a list; raises Refusal."""
    value = read_json(asked)
    items = value if isinstance(value, list) else [value]
    if not items:
        raise Refusal(HTTPStatus.BAD_REQUEST, "empty", "send at least one report")
    if len(items) > LONGEST_LIST:
        raise Refusal(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "too_many",
            f"{len(items)} reports in one list: send at most {LONGEST_LIST}",
        )
    return items


def read_body(asked: Request, model: type[Model]) -> Model:
    """Return the body of a request as a model; raises Refusal that names the first fault.

    The header Idempotency-Key stands for the field of a model that has one.
    """
    value = read_json(asked)
    key = asked.headers.get(KEY_HEADER)
    if key is not None and isinstance(value, dict) and KEY_FIELD in model.model_fields:
        value[KEY_FIELD] = key
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or None
        refusal = Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", first["msg"], field)
        raise refusal from error


def read_query(asked: Request, model: type[Model]) -> Model:
    """Return the parameters of a request's address; raises Refusal that names the first fault."""
    try:
        return model.model_validate(asked.args.to_dict())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        refusal = Refusal(HTTPStatus.BAD_REQUEST, "invalid", first["msg"], field)
        raise refusal from error


def depth(value: Any) -> int:
    """Return how deep lists and objects are nested, 0 for a plain value."""
    layer, levels = _children([[value]]), 0
    while layer := _children(layer):
        levels += 1
    return levels


def _children(layer: Sequence[Any]) -> list[Any]:
    """Return what stands in the lists and objects of a layer."""
    found: list[Any] = []
    for value in layer:
        if isinstance(value, dict):
            found.extend(value.values())
        elif isinstance(value, list):
            found.extend(value)
    return found
