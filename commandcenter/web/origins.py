"""Whether a request comes from a page of this server, or from one of another site."""

from urllib.parse import urlsplit

from flask import request
from flask_wtf.csrf import validate_csrf
from wtforms import ValidationError

from commandcenter.web.viewers import bearer

TOKEN = "X-CSRFToken"
NO_PROOF = (
    f"a browser's own requests say that they come from this server, others give the {TOKEN} of "
    "their session, programs a key: Authorization: Bearer KEY"
)


def is_keyed() -> bool:
    """Tell whether the caller gives a key: no page of another site can send that."""
    return bearer(request) is not None


def is_foreign() -> bool:
    """Tell whether the browser says that a page of another site sends this."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        return True
    return request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")


def is_own() -> bool:
    """Tell whether the browser says that a page of this server sends this."""
    return "Origin" in request.headers or request.headers.get("Sec-Fetch-Site") == "same-origin"


def has_token() -> bool:
    """Tell whether the caller knows the session's token, which only our own pages can read."""
    try:
        validate_csrf(request.headers.get(TOKEN))
    except ValidationError:
        return False
    return True
