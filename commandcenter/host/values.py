"""What a panel's render may answer: the shape of each part's value, checked before it is sent."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import orjson

from commandcenter.domain.cells import Tree
from commandcenter.errors import PluginError
from commandcenter.host.charts import chart_faults
from commandcenter.host.kit import Board, Gauge, MapLayer, Part, Table
from commandcenter.host.panel import Panel
from commandcenter.host.pictures import picture_fault
from commandcenter.host.shapes import (
    A_BAND,
    A_COUNT,
    A_DICT,
    A_LATITUDE,
    A_LIMIT,
    A_LIST,
    A_LONGITUDE,
    A_NUMBER,
    A_PATH,
    A_TEXT,
    A_TONE,
    AN_INSTANT,
    AN_INT,
    MOST_RECORDS,
    SOME_INSTANT,
    SOME_TEXT,
    SOME_TONED,
    Expected,
    Fault,
    Shape,
    is_path,
    is_text,
    record,
    records,
    short,
    type_of,
)

MAX_BYTES = 256 * 1024
MAX_CELLS = 1_000_000
MAX_HEAT = 5000
COLOURS = re.compile(r"(?:[1-9][0-9]{0,6}+[nbyr])*+")
ENCODE = orjson.OPT_SERIALIZE_NUMPY


def check_values(panel: Panel, values: object, tree: Tree | None = None) -> dict[str, bytes]:
    """Check what a panel rendered and return each part's value as JSON.

    With the city's `tree` the cells of a map layer are sent as positions, as the map knows them.
    Raises PluginError for an unknown part, a wrong shape, a number that is none, a string over
    2,000 characters, a cell that is not there, what a chart may not hold, or a part over 256 KB.
    """
    if not isinstance(values, Mapping):
        raise PluginError(f"panel {panel.key}: render returned {type_of(values)}, not a mapping")
    parts = {part.name: part for part in panel.parts}
    return {name: _checked(panel, parts, name, values[name], tree) for name in values}


def _checked(
    panel: Panel, parts: Mapping[str, Part], name: object, value: Any, tree: Tree | None
) -> bytes:
    part = parts.get(name) if isinstance(name, str) else None
    if part is None:
        raise PluginError(f"panel {panel.key}: no part {name!r}; there are {', '.join(parts)}")
    where = f"panel {panel.key}: part {part.name} ({part.kind})"
    for fault in _faults(part, value):
        raise PluginError(f"{where}: {fault}")
    if tree and value and isinstance(part, MapLayer):
        value = _placed(value, tree, where)
    try:
        encoded = orjson.dumps(value, option=ENCODE)
    except TypeError as error:
        raise PluginError(f"{where}: is no JSON: {error}") from error
    if len(encoded) > MAX_BYTES:
        raise PluginError(f"{where}: {len(encoded):,} bytes, at most {MAX_BYTES:,} may be sent")
    return encoded


def _placed(value: Mapping[str, Any], tree: Tree, where: str) -> dict[str, Any]:
    """Return the value of a layer with its cells by tone, as {"fill": {tone: [position]}}."""
    fill: dict[str, list[int]] = {}
    for code, tone in value.get("cells", {}).items():
        at = tree.position.get(code)
        if at is None:
            raise PluginError(f"{where}: value.cells has {short(code)}, which is no cell here")
        fill.setdefault(tone, []).append(at)
    return {"fill": fill} | {name: item for name, item in value.items() if name != "cells"}


def _faults(part: Part, value: Any) -> Fault:
    if value is None:
        return
    yield from _SHAPES[part.kind](part, value)


def _record_of(shape: Shape, *needed: str) -> Callable[[Part, Any], Fault]:
    return lambda _, value: record(value, "value", shape, needed)


def _records_of(shape: Shape, *needed: str) -> Callable[[Part, Any], Fault]:
    return lambda _, value: records(value, shape, needed)


def _board(part: Board | Table, value: Any) -> Fault:
    yield from record(value, "value", ROWS, ("rows",))
    shape = {**ROW, **{column.key: _FORMS[column.form] for column in part.columns}}
    yield from records(value["rows"], shape, (), "value.rows")


def _chart(_: Part, value: Any) -> Fault:
    yield from chart_faults(value)


def _map(_: Part, value: Any) -> Fault:
    yield from record(value, "value", MAP, ("first", "colours"))
    if (cells := _cells(value["colours"])) > MAX_CELLS:
        yield f"value.colours names {cells:,} cells, at most {MAX_CELLS:,} are drawn"
    labels = value.get("labels") or []
    yield from records(labels, LABEL, ("code", "name", "lng", "lat"), "value.labels")


def _cells(colours: str) -> int:
    """Count the cells of run-length coded colours, all runs at once."""
    signs = np.frombuffer(colours.encode("ascii"), np.uint8)
    ends = np.flatnonzero(signs > ord("9"))
    places = np.repeat(ends, np.diff(ends, prepend=-1)) - 1 - np.arange(signs.size)
    is_digit = places >= 0
    digits = signs[is_digit].astype(np.int64) - ord("0")
    return int((digits * 10 ** places[is_digit]).sum())


def _note(_: Part, value: Any) -> Fault:
    if not is_text(value):
        yield f"value = {short(value)} is not {A_TEXT[1]}"


def _sparkline(_: Part, value: Any) -> Fault:
    yield from record(value, "value", SPARKLINE, ("values",))
    values = value["values"]
    if len(values) > MOST_RECORDS:
        yield f"value.values has {len(values):,} numbers, at most {MOST_RECORDS:,} are drawn"
    for at, item in enumerate(values):
        if type(item) is not int and not A_NUMBER[0](item):
            yield f"value.values[{at}] = {short(item)} is not {A_NUMBER[1]}"


def _gauge(part: Gauge, value: Any) -> Fault:
    yield from record(value, "value", GAUGE, ("value",))
    low, high = value.get("low", part.low), value.get("high", part.high)
    if not low < high:
        yield f"value.low = {low} is not below value.high = {high}"


def _timeline(_: Part, value: Any) -> Fault:
    yield from record(value, "value", TIMELINE, ("items",))
    if value.get("from", 0) >= value.get("to", float("inf")):
        yield f"value.from = {value['from']} is not before value.to = {value['to']}"
    yield from records(value["items"], ITEM, ("at", "label"), "value.items")


def _layer(_: Part, value: Any) -> Fault:
    yield from record(value, "value", LAYER, ())
    for code, tone in value.get("cells", {}).items():
        if not isinstance(code, str):
            yield f"value.cells has the key {short(code)}, which is no code of a cell"
        if not A_TONE[0](tone):
            yield f"value.cells[{short(code)}] = {short(tone)} is not {A_TONE[1]}"
    yield from records(value.get("points", ()), POINT, ("lng", "lat"), "value.points")
    heat = value.get("heat", ())
    if len(heat) > MAX_HEAT:
        yield f"value.heat has {len(heat):,} places, at most {MAX_HEAT:,} are drawn"
    for at, place in enumerate(heat):
        if not _is_weighed(place):
            yield f"value.heat[{at}] = {short(place)} is not [lng, lat, weight from 0 up]"


def _is_weighed(place: Any) -> bool:
    return (
        isinstance(place, (list, tuple))
        and len(place) == 3
        and A_LONGITUDE[0](place[0])
        and A_LATITUDE[0](place[1])
        and A_LIMIT[0](place[2])
        and place[2] >= 0
    )


def _picture(_: Part, value: Any) -> Fault:
    yield from record(value, "value", PICTURE, ("src",))
    if not is_path(value["src"]) and (fault := picture_fault(value["src"])):
        yield f"value.src {fault}"


def _is_series(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.ndim == 1 and value.dtype.kind in "iuf"
    return isinstance(value, (list, tuple))


NUMBER: Shape = {"value": A_NUMBER, "tone": A_TONE, "note": A_TEXT}
BAR: Shape = {"label": A_TEXT, "value": A_NUMBER, "tone": A_TONE, "note": A_TEXT}
STEP: Shape = {"label": A_TEXT, "value": A_COUNT, "tone": A_TONE, "note": A_TEXT}
ROWS: Shape = {"rows": A_LIST}
ROW: Shape = {"key": A_TEXT, "href": A_PATH, "tone": A_TONE}
MAP: Shape = {
    "first": AN_INT,
    "colours": (
        lambda value: isinstance(value, str) and COLOURS.fullmatch(value) is not None,
        "run-length coded colours as 12b1r300b",
    ),
    "labels": A_LIST,
}
LABEL: Shape = {
    "code": A_TEXT, "name": A_TEXT, "lng": A_LONGITUDE, "lat": A_LATITUDE, "value": A_NUMBER,
    "tone": A_TONE,
}  # fmt: skip
LEGEND: Shape = {"red": A_COUNT, "yellow": A_COUNT, "blue": A_COUNT}
DELTA: Shape = {"value": A_NUMBER, "change": A_NUMBER, "note": A_TEXT}
SPARKLINE: Shape = {
    "values": (_is_series, "a list of numbers and None"),
    "value": A_NUMBER, "tone": A_TONE, "note": A_TEXT,
}  # fmt: skip
GAUGE: Shape = {
    "value": A_NUMBER, "low": A_LIMIT, "high": A_LIMIT, "yellow": A_BAND, "red": A_BAND,
    "note": A_TEXT,
}  # fmt: skip
TIMELINE: Shape = {"items": A_LIST, "from": AN_INSTANT, "to": AN_INSTANT}
ITEM: Shape = {
    "at": AN_INSTANT, "until": SOME_INSTANT, "label": A_TEXT, "note": A_TEXT, "tone": A_TONE,
    "href": A_PATH,
}  # fmt: skip
LAYER: Shape = {"cells": A_DICT, "points": A_LIST, "heat": A_LIST, "note": A_TEXT}
POINT: Shape = {
    "lng": A_LONGITUDE, "lat": A_LATITUDE, "tone": A_TONE, "label": A_TEXT, "value": A_NUMBER,
}  # fmt: skip
PICTURE: Shape = {
    "src": (lambda value: isinstance(value, str), "a str made by encode_picture or a path"),
    "caption": A_TEXT, "at": SOME_INSTANT,
}  # fmt: skip
_FORMS: Mapping[str, Expected] = {
    "text": SOME_TEXT,
    "number": A_NUMBER,
    "percent": A_NUMBER,
    "clock": SOME_INSTANT,
    "age": SOME_INSTANT,
    "tone": SOME_TONED,
}

_SHAPES: Mapping[str, Callable[[Any, Any], Fault]] = {
    "Number": _record_of(NUMBER, "value"),
    "Bars": _records_of(BAR, "label", "value"),
    "Flow": _records_of(STEP, "label", "value"),
    "Board": _board,
    "Chart": _chart,
    "CityMap": _map,
    "Legend": _record_of(LEGEND, *LEGEND),
    "Note": _note,
    "Delta": _record_of(DELTA, "value", "change"),
    "Sparkline": _sparkline,
    "Table": _board,
    "Gauge": _gauge,
    "Timeline": _timeline,
    "MapLayer": _layer,
    "Picture": _picture,
}
