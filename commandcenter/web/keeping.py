"""Whose it is what a tablet keeps for bad connections, told without naming anybody."""

import hmac
from base64 import b64encode
from hashlib import sha256
from http import HTTPStatus
from time import time
from typing import Any

from flask import Flask, Response, request

from commandcenter.settings import Settings
from commandcenter.web import viewers
from commandcenter.web.errors import Refusal
from commandcenter.web.viewers import Visitor

TOLD, CLAIMED = "X-Kept-For", "X-Acting-For"
"""The header with which pages tell whose they are, and the one with which actions claim it."""
PLACES = ("page_cell", "page_case", "page_inspection")
UPDATE = "/_dash-update-component"
WHO_LENGTH, RIGHTS_LENGTH = 16, 8


class Keeping:
    """Marks what is given to accounts with names that another account cannot guess or come by."""

    def __init__(self, settings: Settings) -> None:
        self._secret = settings.secret().encode()

    def guard(self, app: Flask) -> None:
        """Tell with each place whose it is, and refuse actions of another account."""
        app.before_request(self.check)
        app.after_request(self.tell)

    def who(self, visitor: Visitor) -> str:
        """Return the name of an account; it stays the same over sessions and passwords."""
        return self._digest("who", _account(visitor)).hex()[:WHO_LENGTH]

    def rights(self, visitor: Visitor) -> str:
        """Return what changes when the account may see other things than before."""
        viewer = visitor.viewer
        said = (viewer.first, viewer.last, viewer.clearance, viewer.role, viewer.unit,
                sorted(viewer.blocks), viewer.scope)  # fmt: skip
        return self._digest("rights", repr(said)).hex()[:RIGHTS_LENGTH]

    def props(self, visitor: Visitor) -> dict[str, Any] | None:
        """Return what the page of a place tells its script; nothing for a wall, which keeps none.

        `at` in real milliseconds. With `seal` the browser encrypts actions that wait, so that they
        lie there for this account alone when its session is over.
        """
        if visitor.viewer.kind != "user":
            return None
        seal = b64encode(self._digest("seal", _account(visitor))).decode()
        mark = {"who": self.who(visitor), "rights": self.rights(visitor)}
        return mark | {"seal": seal, "at": round(time() * 1000)}

    def check(self) -> None:
        """Refuse an action that waited for another account than the one that is signed in now."""
        claimed = request.headers.get(CLAIMED)
        visitor = viewers.present() if claimed is not None else None
        if claimed is None or visitor is None:
            return
        if not hmac.compare_digest(claimed.encode(), self.who(visitor).encode()):
            raise Refusal(
                HTTPStatus.UNAUTHORIZED, "other_account", "another account is signed in here"
            )

    def tell(self, answer: Response) -> Response:
        """Say whose an answer is, of those that a tablet keeps."""
        # Who asks cannot be known while the database is away, and such answers are not kept.
        is_kept = request.endpoint in PLACES or request.path == UPDATE
        if is_kept and answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
            visitor = viewers.present()
            if visitor is not None and visitor.viewer.kind == "user":
                answer.headers[TOLD] = f"{self.who(visitor)}-{self.rights(visitor)}"
        return answer

    def _digest(self, purpose: str, said: str) -> bytes:
        return hmac.digest(self._secret, f"kept {purpose} {said}".encode(), sha256)


def _account(visitor: Visitor) -> str:
    return f"{visitor.viewer.kind}:{visitor.viewer.name}"
