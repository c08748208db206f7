"""Shapes: what a record in a part's value may hold, and the words for what it does not."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

import numpy as np

from commandcenter.host.kit import Tone

MAX_WORDS = 2000
MOST_RECORDS = 2000
"""The longest list of records: each of them is drawn by the browser."""
TONES = frozenset(get_args(Tone))
# Browsers drop tabs and line breaks from an address and read "\\" as "/": both lead elsewhere.
PATH = re.compile(r"/(?![/\\])[^\s\\\x00-\x1f\x7f]*+")
FIRST_INSTANT, LAST_INSTANT = -2_208_988_800_000, 253_402_300_799_000

Fault = Iterator[str]
Test = Callable[[Any], bool]
Expected = tuple[Test, str]
Shape = Mapping[str, Expected]


def records(
    value: Any, shape: Shape, needed: tuple[str, ...], path: str = "value", most: int = MOST_RECORDS
) -> Fault:
    """Give what is wrong with a list of records."""
    if not isinstance(value, (list, tuple)):
        yield f"{path} is {type_of(value)}, a list is needed"
        return
    if len(value) > most:
        yield f"{path} has {len(value):,} entries, at most {most:,} are drawn: send fewer"
    for at, item in enumerate(value):
        if not fits(item, shape, needed):
            yield from record(item, f"{path}[{at}]", shape, needed)


def fits(value: Any, shape: Shape, needed: tuple[str, ...]) -> bool:
    """Tell quickly what `record` explains: a board has hundreds of values."""
    if not isinstance(value, Mapping):
        return False
    for key, item in value.items():
        expected = shape.get(key)
        if expected is None or not expected[0](item):
            return False
    return all(key in value for key in needed)


def record(value: Any, path: str, shape: Shape, needed: tuple[str, ...]) -> Fault:
    """Give what is wrong with a record."""
    if not isinstance(value, Mapping):
        yield f"{path} is {type_of(value)}, a dict with {', '.join(shape)} is needed"
        return
    for key in needed:
        if key not in value:
            yield f"{path} lacks {key}"
    for key, item in value.items():
        if key not in shape:
            yield f"{path} has {short(key)}, it may have {', '.join(shape)}"
            continue
        test, expected = shape[key]
        if not test(item):
            yield f"{path}.{key} = {short(item)} is not {expected}"


def short(value: object) -> str:
    """Return a value in at most 60 characters."""
    words = repr(value)
    return words if len(words) <= 60 else words[:59] + "…"


def type_of(value: object) -> str:
    """Return what kind of thing a value is, in words."""
    return "None" if value is None else f"a {type(value).__name__}"


def is_number(value: Any) -> bool:
    """Tell whether a value is a number, and a finite one."""
    if isinstance(value, (float, np.floating)):
        return math.isfinite(value)
    return is_int(value)


def is_int(value: Any) -> bool:
    """Tell whether a value is a whole number."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def is_text(value: Any) -> bool:
    """Tell whether a value is a string of no more than the allowed length."""
    return isinstance(value, str) and len(value) <= MAX_WORDS


def is_path(value: Any) -> bool:
    """Tell whether a value is a path of this server: "//host" and "javascript:" lead elsewhere."""
    return is_text(value) and PATH.fullmatch(value) is not None


def or_none(test: Test) -> Test:
    """Return a test that None passes too."""
    return lambda value: value is None or test(value)


def _is_tone(value: Any) -> bool:
    return isinstance(value, str) and value in TONES


def _is_toned(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and set(value) == {"tone", "text"}
        and _is_tone(value["tone"])
        and is_text(value["text"])
    )


def _is_instant(value: Any) -> bool:
    # A browser refuses to format an instant that is far beyond all calendars.
    return is_int(value) and FIRST_INSTANT <= value <= LAST_INSTANT


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def _is_mapping(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_longitude(value: Any) -> bool:
    return is_number(value) and -180 <= value <= 180


def _is_latitude(value: Any) -> bool:
    return is_number(value) and -90 <= value <= 90


def _is_band(value: Any) -> bool:
    return (
        isinstance(value, (list, tuple))
        and len(value) == 2
        and all(is_number(end) for end in value)
        and value[0] <= value[1]
    )


A_NUMBER: Expected = (or_none(is_number), "a finite number or None")
A_LIMIT: Expected = (is_number, "a finite number")
A_COUNT: Expected = (or_none(is_int), "a whole number or None")
A_TEXT: Expected = (is_text, f"a str of at most {MAX_WORDS:,} characters")
SOME_TEXT: Expected = (or_none(is_text), f"a str of at most {MAX_WORDS:,} characters or None")
A_TONE: Expected = (_is_tone, f"one of {', '.join(sorted(TONES))}")
SOME_TONED: Expected = (or_none(_is_toned), '{"tone": ..., "text": ...} or None')
A_LIST: Expected = (_is_list, "a list")
A_DICT: Expected = (_is_mapping, "a dict")
AN_INT: Expected = (is_int, "a whole number")
AN_INSTANT: Expected = (_is_instant, "an instant in milliseconds")
SOME_INSTANT: Expected = (or_none(_is_instant), "an instant in milliseconds or None")
A_LONGITUDE: Expected = (_is_longitude, "a number of degrees from -180 to 180")
A_LATITUDE: Expected = (_is_latitude, "a number of degrees from -90 to 90")
A_BAND: Expected = (
    or_none(_is_band),
    "[from, to], two finite numbers, the lower one first, or None",
)
A_PATH: Expected = (is_path, "a path of this server as /case/1")
