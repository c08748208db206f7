"""What a chart's figure may hold: known traces, plain words, nothing that is fetched or runs on."""

import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np

from commandcenter.host.pictures import picture_fault
from commandcenter.host.shapes import (
    A_DICT,
    A_LIST,
    MAX_WORDS,
    Fault,
    Shape,
    is_text,
    record,
    short,
    type_of,
)

MAX_DEPTH = 12
MAX_TRACES = 40
MAX_VALUES = 5_000
"""Values in all lists of a figure: more take a browser longer than the pause between two."""
MAX_ORNAMENTS = 100
TRACES = frozenset({
    "bar", "barpolar", "box", "funnel", "heatmap", "pie", "scatter", "scatterpolar", "sunburst",
    "treemap", "waterfall",
})  # fmt: skip
"""Traces that are drawn as SVG, fetch nothing and whose work is bounded by their data."""
ORNAMENTS = ("annotations", "shapes", "images")
LAYOUT = re.compile(r"(?:[xy]axis|polar|coloraxis|legend)[1-9]?[0-9]?")
LAYOUT_KEYS = frozenset({
    "annotations", "bargap", "bargroupgap", "barmode", "barnorm", "barcornerradius", "boxgap",
    "boxgroupgap", "boxmode", "colorscale", "colorway", "funnelgap", "funnelgroupgap",
    "funnelmode", "hovermode", "images", "margin", "piecolorway", "shapes", "showlegend",
    "sunburstcolorway", "title", "treemapcolorway", "uniformtext", "waterfallgap",
    "waterfallgroupgap", "waterfallmode",
})  # fmt: skip
# Keys by which plotly fetches, links, runs on without end, or reaches into the page.
REFUSED_KEYS = frozenset({
    "accesstoken", "constructor", "href", "prototype", "rangebreaks", "rangeselector",
    "rangeslider", "sliders", "stream", "template", "tickformatstops", "transforms",
    "updatemenus", "__proto__",
})  # fmt: skip
# plotly looks into these without asking what they are.
CONTAINERS = frozenset({
    "colorbar", "connector", "decreasing", "error_x", "error_y", "hoverlabel", "increasing",
    "insidetextfont", "legendgrouptitle", "line", "margin", "marker", "outsidetextfont", "pathbar",
    "textfont", "tickfont", "tiling", "totals", "uniformtext",
})  # fmt: skip
TAG = re.compile(r"<[^<>]*>")
PLAIN_TAG = re.compile(r"</?(?:b|i|em|strong|sub|sup|s|u|br) ?/?>", re.IGNORECASE)
SUSPECT = re.compile(r"<|://|script:|data:[a-z]+/|url\s*\(|^\s*[/\\]{2}", re.IGNORECASE)
WIDE = re.compile(r"\d{3}")
FORMAT = re.compile(r"(?:format|template)(?:\[\d+\])?$")
SHORT = 80
UNUSUAL = re.compile(r"[^\w\s.:+-]|script|data:", re.IGNORECASE)
"""What short words seldom hold; all that is suspect does."""
FIGURE: Shape = {"data": A_LIST, "layout": A_DICT}


def chart_faults(value: Any) -> Fault:
    """Give what is wrong with the value of a chart."""
    yield from record(value, "value", FIGURE, ("data",))
    yield from _plain(value, "value", MAX_DEPTH)
    yield from _size_faults(value)
    for at, trace in enumerate(value["data"]):
        yield from _trace(trace, f"value.data[{at}]")
    yield from _layout(value.get("layout") or {})


def _size_faults(value: Mapping[str, Any]) -> Fault:
    if len(value["data"]) > MAX_TRACES:
        yield f"value.data has {len(value['data'])} traces, at most {MAX_TRACES} are drawn"
    count = _count(value)
    if count > MAX_VALUES:
        yield (
            f"value has {count:,} values in its lists, at most {MAX_VALUES:,} are drawn: "
            "send fewer points"
        )


def _trace(trace: Any, path: str) -> Fault:
    if not isinstance(trace, Mapping):
        yield f"{path} is {type_of(trace)}, a dict is needed"
        return
    kind = trace.get("type", "scatter")
    if not isinstance(kind, str) or kind not in TRACES:
        yield f"{path}.type = {short(kind)} is none of {', '.join(sorted(TRACES))}"


def _layout(layout: Mapping[str, Any]) -> Fault:
    for key, item in layout.items():
        if key not in LAYOUT_KEYS and not LAYOUT.fullmatch(key):
            yield (
                f"value.layout has {key!r}, which is not the panel's: leave it out; "
                f"it may have axes, legends and {', '.join(sorted(LAYOUT_KEYS))}"
            )
        if LAYOUT.fullmatch(key) and not isinstance(item, Mapping):
            yield f"value.layout.{key} = {short(item)} is not a dict"
        if key in ORNAMENTS:
            yield from _ornaments(item, f"value.layout.{key}")


def _ornaments(items: Any, path: str) -> Fault:
    if not isinstance(items, (list, tuple)) or not all(isinstance(i, Mapping) for i in items):
        yield f"{path} = {short(items)} is not a list of dicts"
        return
    if len(items) > MAX_ORNAMENTS:
        yield f"{path} has {len(items):,} entries, at most {MAX_ORNAMENTS} are drawn"
    for at, item in enumerate(items):
        if path.endswith(".images") and (fault := picture_fault(item.get("source"))):
            yield f"{path}[{at}].source {fault}"


def _plain(value: Any, path: str, depth: int) -> Fault:
    """Find what may be in no figure, at any depth; the many numbers of a list go by quickly."""
    if depth == 0:
        yield f"{path} lies over {MAX_DEPTH} levels deep"
    elif isinstance(value, str):
        yield from _words(value, path)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _key(key, path)
            if key in CONTAINERS and not isinstance(inner, Mapping):
                yield f"{path}.{key} = {short(inner)} is not a dict"
            yield from _plain(inner, f"{path}.{key}", depth - 1)
    elif isinstance(value, (list, tuple)):
        for at, inner in enumerate(value):
            if not _is_usual(inner):
                yield from _plain(inner, f"{path}[{at}]", depth - 1)
    elif isinstance(value, np.ndarray):
        yield from _array(value, path)
    elif isinstance(value, (float, np.floating)):
        if not math.isfinite(value):
            yield f"{path} = {value}, only finite numbers may be sent; None is not known"
    elif not isinstance(value, (int, np.integer, np.bool_, date)) and value is not None:
        yield f"{path} = {short(value)} is no JSON"


def _is_usual(value: Any) -> bool:
    """Tell quickly what most values in lists are: numbers, instants and short words."""
    kind = type(value)
    if kind is float:
        return math.isfinite(value)
    if kind is str:
        return len(value) <= SHORT and (value.isalnum() or UNUSUAL.search(value) is None)
    return kind is int or value is None


def _key(key: Any, path: str) -> Fault:
    if not isinstance(key, str):
        yield f"{path} has the key {short(key)}, which is no str"
    elif key in REFUSED_KEYS:
        yield f"{path} has {key!r}, which charts may not have: leave it out"
    elif not is_text(key):
        yield f"{path} has a key of {len(key):,} characters, at most {MAX_WORDS:,} may be sent"


def _array(value: Any, path: str) -> Fault:
    if value.dtype.kind not in "biufM":
        yield f"{path} is an array of {value.dtype}, which is no JSON: use numbers or a list"
    elif value.dtype.kind == "f" and not np.isfinite(value).all():
        yield f"{path} has numbers that are not finite; None is not known"


def _words(value: str, path: str) -> Fault:
    # A picture is a long string: it is checked as a picture.
    if path.startswith("value.layout.images[") and path.endswith("].source"):
        return
    if len(value) > MAX_WORDS:
        yield f"{path} has {len(value):,} characters, at most {MAX_WORDS:,} may be sent"
    if FORMAT.search(path) and WIDE.search(value):
        yield f"{path} = {short(value)} asks for a width of hundreds: numbers up to 99 only"
    if SUSPECT.search(value) is None:
        return
    for tag in TAG.findall(value):
        if not PLAIN_TAG.fullmatch(tag):
            yield (
                f"{path} says {short(tag)}: words may have only <b> <i> <sub> <sup> <s> <u> <br>, "
                "without attributes; write &lt; for a sign <"
            )
    if SUSPECT.search(TAG.sub("", value).replace("<", "")):
        yield f"{path} = {short(value)} holds an address or a script: say it without"


def _count(value: Any) -> int:
    """Count the values in all lists of a figure."""
    if isinstance(value, np.ndarray):
        return int(value.size)
    if isinstance(value, Mapping):
        return sum(_count(inner) for inner in value.values())
    if isinstance(value, (list, tuple)):
        nested = (inner for inner in value if isinstance(inner, (list, tuple, Mapping, np.ndarray)))
        return len(value) + sum(_count(inner) for inner in nested)
    return 0
