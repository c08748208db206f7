"""Who may open a stream, and what those hear who may not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import randint

import orjson

from commandcenter.errors import CommandCenterError, NotFound
from commandcenter.live.topics import Topic


@dataclass(frozen=True)
class StreamGrant:
    """What a screen is shown: the topics of its layout for its viewer."""

    topics: tuple[Topic, ...]
    language: str = "zh"
    holder: str = ""
    """Whom it was given to, as `key:7` or `user:7 session:12`: its streams end with any of them."""


Authorise = Callable[[Mapping[str, str], Mapping[str, str]], StreamGrant | None]
"""Gets the request's headers (names in lower case) and query; None for a viewer it knows not."""


@dataclass(frozen=True)
class Refusal:
    """An answer instead of a stream, in the one shape of errors."""

    status: int
    code: str
    message: str
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def body(self) -> bytes:
        """The error as JSON."""
        return orjson.dumps({"error": {"code": self.code, "message": self.message}})

    def all_headers(self) -> list[tuple[str, str]]:
        """Return the headers of the answer."""
        return [
            ("content-type", "application/json"),
            ("content-length", str(len(self.body))),
            ("cache-control", "no-store"),
            *self.headers,
        ]


STREAM_HEADERS = [
    ("content-type", "text/event-stream; charset=utf-8"),
    ("cache-control", "no-cache, no-transform"),
    ("x-accel-buffering", "no"),
    ("x-content-type-options", "nosniff"),
]


def unknown_viewer() -> Refusal:
    """Return the answer to somebody who has not logged in."""
    return Refusal(401, "unauthorised", "log in, or open the wall by its link, before its stream")


def wrong_method() -> Refusal:
    """Return the answer to anything but GET."""
    return Refusal(405, "method_not_allowed", "a stream is read with GET", (("allow", "GET"),))


def too_many(limit: int) -> Refusal:
    """Return the answer when the server is full; the pauses differ so that not all come at once."""
    return Refusal(
        503,
        "too_many_streams",
        f"this server carries {limit} streams and has no room for another; "
        "set COMMANDCENTER_MAX_STREAMS or start another server",
        (("retry-after", str(randint(3, 15))),),
    )


def failed(error: CommandCenterError) -> Refusal:
    """Return the answer when the grant could not be given."""
    if isinstance(error, NotFound):
        return Refusal(404, "not_found", str(error))
    return Refusal(503, "unavailable", str(error), (("retry-after", str(randint(3, 15))),))
