"""Browsers that have been in under a name: they say so by a signed cookie, as OWASP describes it.

Who guesses at a name locks it for strangers, and never for such a browser, which has a number and
so a count of its own for each name.
"""

import hmac
from collections.abc import Mapping
from hashlib import sha256
from secrets import token_urlsafe

from flask import Response, after_this_request, request
from itsdangerous import BadData, URLSafeTimedSerializer

from commandcenter.domain.clocks import DAY, SECOND
from commandcenter.settings import Settings

COOKIE = "known"
PURPOSE = "commandcenter known browser 1"
KEPT_SECONDS = 180 * DAY // SECOND
MOST_NAMES = 8
"""Names that a browser is known for; who was in longest ago is dropped."""
MARK, NUMBER_BYTES = 16, 12


class KnownBrowsers:
    """Knows browsers by their cookies, which say neither names nor anything else of accounts."""

    def __init__(self, settings: Settings) -> None:
        secret = settings.secret()
        self._secret = secret.encode()
        self._signer = URLSafeTimedSerializer(secret, salt=PURPOSE)
        self._is_secure = settings.secure_cookies

    def number(self, name: str) -> str:
        """Return the number by which this browser is known for a name, "" for a strange one."""
        return self._numbers().get(self._mark(name), "")

    def learn(self, name: str) -> None:
        """Have the answer tell the browser that it is known for a name from now on."""
        mark, numbers = self._mark(name), dict(self._numbers())
        own = numbers.pop(mark, "") or token_urlsafe(NUMBER_BYTES)
        kept = dict([*numbers.items()][1 - MOST_NAMES :])
        signed = self._signer.dumps(kept | {mark: own})
        after_this_request(lambda answer: self._tell(answer, signed))

    def _tell(self, answer: Response, signed: str | bytes) -> Response:
        answer.set_cookie(
            COOKIE, signed if isinstance(signed, str) else signed.decode(), KEPT_SECONDS,
            path="/login", secure=self._is_secure, httponly=True, samesite="Lax",
        )  # fmt: skip
        return answer

    def _numbers(self) -> Mapping[str, str]:
        try:
            found = self._signer.loads(request.cookies.get(COOKIE, ""), max_age=KEPT_SECONDS)
        except BadData:
            return {}
        return found if isinstance(found, dict) else {}

    def _mark(self, name: str) -> str:
        typed = f"{PURPOSE} {name}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._secret, typed, sha256).hex()[:MARK]
