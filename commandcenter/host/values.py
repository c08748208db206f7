"""What a panel's render may answer: the shape of each part's value, checked before it is sent."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

import numpy as np
import orjson

from commandcenter.errors import PluginError
from commandcenter.host.kit import Board, Part, Tone
from commandcenter.host.panel import Panel

MAX_BYTES = 256 * 1024
MAX_WORDS = 2000
MAX_DEPTH = 12
TONES = frozenset(get_args(Tone))
COLOURS = re.compile(r"(?:[1-9][0-9]{0,8}+[nbyr])*+")
ENCODE = orjson.OPT_SERIALIZE_NUMPY
Fault = Iterator[str]
Test = Callable[[Any], bool]
Shape = Mapping[str, tuple[Test, str]]


def check_values(panel: Panel, values: object) -> dict[str, bytes]:
    """Check what a panel rendered and return each part's value as JSON.

    Raises PluginError for an unknown part, a wrong shape, a number that is none, a string over
    2,000 characters, or a part over 256 KB.
    """
    if not isinstance(values, Mapping):
        raise PluginError(f"panel {panel.key}: render returned {_type(values)}, not a mapping")
    parts = {part.name: part for part in panel.parts}
    return {name: _checked(panel, parts, name, value) for name, value in values.items()}


def _checked(panel: Panel, parts: Mapping[str, Part], name: object, value: Any) -> bytes:
    part = parts.get(name) if isinstance(name, str) else None
    if part is None:
        raise PluginError(f"panel {panel.key}: no part {name!r}; there are {', '.join(parts)}")
    where = f"panel {panel.key}: part {part.name} ({part.kind})"
    for fault in _faults(part, value):
        raise PluginError(f"{where}: {fault}")
    try:
        encoded = orjson.dumps(value, option=ENCODE)
    except TypeError as error:
        raise PluginError(f"{where}: is no JSON: {error}") from error
    if len(encoded) > MAX_BYTES:
        raise PluginError(f"{where}: {len(encoded):,} bytes, at most {MAX_BYTES:,} may be sent")
    return encoded


def _faults(part: Part, value: Any) -> Fault:
    if value is None:
        return
    yield from _SHAPES[part.kind](part, value)


def _number(_: Part, value: Any) -> Fault:
    yield from _record(value, "value", NUMBER, ("value",))


def _bars(_: Part, value: Any) -> Fault:
    yield from _records(value, BAR, ("label", "value"))


def _flow(_: Part, value: Any) -> Fault:
    yield from _records(value, STEP, ("label", "value"))


def _board(part: Board, value: Any) -> Fault:
    yield from _record(value, "value", ROWS, ("rows",))
    shape = {**ROW, **{column.key: _FORMS[column.form] for column in part.columns}}
    if isinstance(value, Mapping):
        yield from _records(value.get("rows"), shape, ())


def _chart(_: Part, value: Any) -> Fault:
    yield from _record(value, "value", FIGURE, ("data",))
    yield from _plain(value, "value", MAX_DEPTH)


def _map(_: Part, value: Any) -> Fault:
    yield from _record(value, "value", MAP, ("first", "colours"))
    if isinstance(value, Mapping):
        yield from _records(value.get("labels") or [], LABEL, ("code", "name", "lng", "lat"))


def _legend(_: Part, value: Any) -> Fault:
    yield from _record(value, "value", LEGEND, tuple(LEGEND))


def _note(_: Part, value: Any) -> Fault:
    if not _is_text(value):
        yield f"value = {_short(value)} is not {A_TEXT[1]}"


def _records(value: Any, shape: Shape, needed: tuple[str, ...]) -> Fault:
    if not isinstance(value, (list, tuple)):
        yield f"value is {_type(value)}, a list is needed"
        return
    for at, record in enumerate(value):
        if not _fits(record, shape, needed):
            yield from _record(record, f"[{at}]", shape, needed)


def _fits(value: Any, shape: Shape, needed: tuple[str, ...]) -> bool:
    """Tell quickly what `_record` explains: a board has hundreds of values."""
    if not isinstance(value, Mapping):
        return False
    for key, item in value.items():
        expected = shape.get(key)
        if expected is None or not expected[0](item):
            return False
    return all(key in value for key in needed)


def _record(value: Any, path: str, shape: Shape, needed: tuple[str, ...]) -> Fault:
    if not isinstance(value, Mapping):
        yield f"{path} is {_type(value)}, a dict with {', '.join(shape)} is needed"
        return
    for key in needed:
        if key not in value:
            yield f"{path} lacks {key}"
    for key, item in value.items():
        if key not in shape:
            yield f"{path} has {key!r}, it may have {', '.join(shape)}"
            continue
        test, expected = shape[key]
        if not test(item):
            yield f"{path}.{key} = {_short(item)} is not {expected}"


def _plain(value: Any, path: str, depth: int) -> Fault:
    """Find what may be in no value, at any depth: it would be lost or refused on its way."""
    if depth == 0:
        yield f"{path} lies over {MAX_DEPTH} levels deep"
    elif isinstance(value, str):
        if len(value) > MAX_WORDS:
            yield f"{path} has {len(value):,} characters, at most {MAX_WORDS:,} may be sent"
    elif isinstance(value, (float, np.floating)):
        if not math.isfinite(value):
            yield f"{path} = {value}, only finite numbers may be sent; None is not known"
    elif isinstance(value, np.ndarray):
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            yield f"{path} has numbers that are not finite; None is not known"
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                yield f"{path} has the key {key!r}, which is no str"
            yield from _plain(inner, f"{path}.{key}", depth - 1)
    elif isinstance(value, (list, tuple)):
        for at, inner in enumerate(value):
            if type(inner) is not int and inner is not None:
                yield from _plain(inner, f"{path}[{at}]", depth - 1)


def _is_number(value: Any) -> bool:
    if isinstance(value, (float, np.floating)):
        return math.isfinite(value)
    return _is_int(value)


def _is_int(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MAX_WORDS


def _is_tone(value: Any) -> bool:
    return isinstance(value, str) and value in TONES


def _is_toned(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and set(value) == {"tone", "text"}
        and _is_tone(value["tone"])
        and _is_text(value["text"])
    )


def _is_path(value: Any) -> bool:
    # Only places of this server: "//host" and "javascript:" lead elsewhere.
    return _is_text(value) and value.startswith("/") and not value.startswith(("//", "/\\"))


def _is_colours(value: Any) -> bool:
    return isinstance(value, str) and COLOURS.fullmatch(value) is not None


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def _is_mapping(value: Any) -> bool:
    return isinstance(value, Mapping)


def _or_none(test: Test) -> Test:
    return lambda value: value is None or test(value)


A_NUMBER = (_or_none(_is_number), "a finite number or None")
A_COUNT = (_or_none(_is_int), "a whole number or None")
A_TEXT = (_is_text, f"a str of at most {MAX_WORDS:,} characters")
SOME_TEXT = (_or_none(_is_text), f"a str of at most {MAX_WORDS:,} characters or None")
A_TONE = (_is_tone, f"one of {', '.join(sorted(TONES))}")
A_LIST = (_is_list, "a list")
AN_INT = (_is_int, "a whole number")
A_DEGREE = (_is_number, "a number of degrees")

NUMBER: Shape = {"value": A_NUMBER, "tone": A_TONE, "note": A_TEXT}
BAR: Shape = {"label": A_TEXT, "value": A_NUMBER, "tone": A_TONE, "note": A_TEXT}
STEP: Shape = {"label": A_TEXT, "value": A_COUNT, "tone": A_TONE, "note": A_TEXT}
ROWS: Shape = {"rows": A_LIST}
ROW: Shape = {"key": A_TEXT, "href": (_is_path, "a path of this server"), "tone": A_TONE}
FIGURE: Shape = {"data": A_LIST, "layout": (_is_mapping, "a dict")}
MAP: Shape = {
    "first": AN_INT,
    "colours": (_is_colours, "run-length coded colours as 12b1r300b"),
    "labels": A_LIST,
}
LABEL: Shape = {
    "code": A_TEXT, "name": A_TEXT, "lng": A_DEGREE, "lat": A_DEGREE, "value": A_NUMBER,
    "tone": A_TONE,
}  # fmt: skip
LEGEND: Shape = {"red": A_COUNT, "yellow": A_COUNT, "blue": A_COUNT}
_FORMS: Mapping[str, tuple[Test, str]] = {
    "text": SOME_TEXT,
    "number": A_NUMBER,
    "percent": A_NUMBER,
    "clock": (_or_none(_is_int), "an instant in milliseconds or None"),
    "age": (_or_none(_is_int), "an instant in milliseconds or None"),
    "tone": (_or_none(_is_toned), '{"tone": ..., "text": ...} or None'),
}

_SHAPES: Mapping[str, Callable[[Any, Any], Fault]] = {
    "Number": _number, "Bars": _bars, "Flow": _flow, "Board": _board, "Chart": _chart,
    "CityMap": _map, "Legend": _legend, "Note": _note,
}  # fmt: skip


def _short(value: object) -> str:
    words = repr(value)
    return words if len(words) <= 60 else words[:59] + "…"


def _type(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"

