"""Requests with an idempotency key: the same again is answered as it was the first time."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from time import time

from flask import Response, request
from pydantic import BaseModel, TypeAdapter, ValidationError

from commandcenter.cases import answers
from commandcenter.cases.answers import Token
from commandcenter.store.store import Connection
from commandcenter.web.bodies import KEY_FIELD, KEY_HEADER
from commandcenter.web.command_documents import IdempotencyKey
from commandcenter.web.errors import Refusal
from commandcenter.web.services import Services

Work = Callable[[Connection], BaseModel]
"""What a request does in its transaction; returns what is answered."""
KEYS: TypeAdapter[str] = TypeAdapter(IdempotencyKey)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: by whom, under which key (None: each time anew), and what it says.

    `actor` is as Callers.commander returns it.
    """

    actor: str
    key: str | None
    said: bytes

    @classmethod
    def of_request(cls, actor: str, said: BaseModel | bytes) -> "Asked":
        """Return what this request asks; its key is that of the header, or of the document.

        Raises Refusal 422 for a key that is none.
        """
        key = request.headers.get(KEY_HEADER)
        if isinstance(said, BaseModel):
            key = key or getattr(said, KEY_FIELD, None)
            said = said.model_dump_json(exclude={KEY_FIELD}).encode()
        return cls(actor, _checked(key), said)

    @property
    def token(self) -> Token | None:
        """The key with a digest of what is asked, None without a key."""
        if self.key is None:
            return None
        where = f"{request.method} {request.path} ".encode()
        return Token(self.actor, self.key, sha256(where + self.said).hexdigest())


def once(
    services: Services, asked: Asked, work: Work, status: HTTPStatus = HTTPStatus.OK
) -> Response:
    """Do what is asked in one transaction and answer it; asked again, nothing is done any more.

    The answer is kept with what was done, for a week. What `work` raises undoes both, and the key
    may be used again. Who asks the same at the same time waits for the first answer. Raises Refusal
    422 for a key under which something else was asked.
    """
    token, at = asked.token, round(time() * 1000)
    with services.store.write() as connection:
        # First of all: who repeats must wait here, before it has locked anything.
        known = answers.claim(connection, [token] if token else [], at)
        if not known:
            body = work(connection).model_dump_json()
            if token:
                answers.keep(connection, {(token.actor, token.key): (int(status), body)})
            return _answer(body, status)
    (kept,) = known.values()
    if token is None or kept.digest != token.digest:
        raise Refusal(
            HTTPStatus.UNPROCESSABLE_ENTITY, "invalid",
            "this key was used for another request: give each its own", KEY_FIELD,
        )  # fmt: skip
    return _answer(kept.body, kept.status)


def _checked(key: str | None) -> str | None:
    if key is None:
        return None
    try:
        return KEYS.validate_python(key)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]["msg"]
        raise Refusal(
            HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", first, KEY_FIELD
        ) from error


def _answer(body: str, status: int) -> Response:
    answer = Response(body, status, mimetype="application/json")
    answer.cache_control.no_store = True
    return answer
