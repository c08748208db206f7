"""Frames: what a worker rendered for one topic, with each part's value already serialised."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from commandcenter.domain.clocks import Millis
from commandcenter.errors import CommandCenterError

CHANNEL = "frame"


class FrameError(CommandCenterError):
    """A message on the frame channel is not a frame."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The parts of a topic that changed, or all of them where it is `full`.

    `parts` holds JSON bytes by part name; `at` is the real instant up to which all that was
    committed is in them, of rendering unless the worker lags; `state` is `ok` or `failed` with a
    short `reason`. `pushed` is the instant for which values hold that came from
    elsewhere, 0 while none came.
    """

    topic: str
    at: Millis
    parts: Mapping[str, bytes] = field(default_factory=dict)
    full: bool = False
    state: str = "ok"
    reason: str = ""
    pushed: Millis | None = None


def serialised(value: object) -> bytes:
    """Return a part's value as JSON; numpy arrays and numbers are understood."""
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)


def encode(frame: Frame) -> bytes:
    """Return a frame as bytes: a line of JSON, then one line `name TAB json` for each part.

    JSON from orjson holds neither line breaks nor tabs, so nothing needs escaping.
    """
    head = orjson.dumps(
        {
            "t": frame.topic,
            "at": frame.at,
            "state": frame.state,
            "reason": frame.reason,
            "full": frame.full,
            **({} if frame.pushed is None else {"pushed": frame.pushed}),
        }
    )
    lines = [name.encode() + b"\t" + value for name, value in frame.parts.items()]
    return b"\n".join([head, *lines])


def join(encoded: Sequence[bytes]) -> bytes:
    """Return one message of several frames, with an empty line between two.

    What was rendered in one go is written to the screens in one go.
    """
    return b"\n\n".join(encoded)


def stamped(token: int, message: bytes) -> bytes:
    """Put the number of the sender's term before a message."""
    return b"%d\n\n%b" % (token, message)


def unstamped(payload: bytes) -> tuple[int, bytes]:
    """Return the number of the sender's term, 0 where none was put, and the message."""
    if not payload[:1].isdigit():
        return 0, payload
    token, _, message = payload.partition(b"\n\n")
    if not token.isdigit():
        raise FrameError(f"not the number of a term: {token[:20]!r}")
    return int(token), message


def split(payload: bytes) -> list[Frame]:
    """Read all frames of a message; raises FrameError."""
    return [decode(encoded) for encoded in payload.split(b"\n\n")]


def decode(payload: bytes) -> Frame:
    """Read a frame without looking into the values; raises FrameError."""
    first, *lines = payload.split(b"\n")
    try:
        head = orjson.loads(first)
        parts = {}
        for line in lines:
            name, tab, value = line.partition(b"\t")
            if not tab:
                raise FrameError(f"frame of {head['t']}: a line without a part's name")
            parts[name.decode()] = value
        return Frame(
            head["t"], head["at"], parts, head["full"], head["state"], head["reason"],
            head.get("pushed"),
        )  # fmt: skip
    except (orjson.JSONDecodeError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise FrameError(f"not a frame: {payload[:80]!r}; it is made by frames.encode") from error
