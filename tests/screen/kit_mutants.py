"""Values that are nearly right: a good one of each part with something else somewhere in it."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

from commandcenter.host.charts import TRACES
from tests.screen.kit_gallery import PANELS
from tests.screen.kit_values import values

NOW = 1_795_246_000_000
ODD = [
    None, True, "", "a", "<b>x</b>", "99", " " * 50, "😀" * 40, "\u202e", 0, -1, 1, 7.5, 1e-9, 1e21,
    1e308, -1e308, 2**53, 253_402_300_799_000, [], [None], {}, [[]], "red", "2026-11-21", "--red",
]  # fmt: skip
anything = st.sampled_from(ODD) | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False)


def figures() -> Iterator[dict[str, Any]]:
    """Give a figure of each kind of trace."""
    given = {
        "x": [1, 2, 3], "y": [4, None, 5], "z": [[1, 2], [3, None]], "r": [1, 2], "theta": [0, 90],
        "labels": ["a", "b", "c"], "parents": ["", "a", "a"], "values": [3, 1, 1], "text": ["t"],
        "marker": {"color": "--red", "size": 5}, "name": "n", "texttemplate": "%{text}",
    }  # fmt: skip
    axis = {"title": {"text": "h"}, "dtick": 1, "range": [0, 5], "type": "linear", "nticks": 4}
    layout = {
        "xaxis": axis, "yaxis": axis | {"tickformat": ".1f", "tickvals": [1, 2]}, "title": "t",
        "annotations": [{"text": "a", "x": 1, "y": 1}], "shapes": [{"type": "line", "x0": 0}],
        "margin": {"l": 5}, "barmode": "stack", "legend": {"x": 0}, "showlegend": True,
    }  # fmt: skip
    for kind in sorted(TRACES):
        yield {"data": [{"type": kind} | given], "layout": layout}


def samples() -> list[tuple[str, str, Any]]:
    """Return good values as (panel, part, value)."""
    found = [
        (panel, part, value)
        for panel, parts in values(NOW).items()
        for part, value in parts.items()
    ]
    return found + [("chart", "chart", figure) for figure in figures()]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the path of each place in a value, but those of long lists only at their ends."""
    yield path
    keys: list[Any] = []
    if isinstance(value, Mapping):
        keys = list(value)
    elif isinstance(value, list):
        keys = sorted({0, 1, len(value) - 1} & set(range(len(value))))
    for key in keys:
        yield from places(value[key], (*path, key))


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Return a value with something else at a place."""
    if not path:
        return new
    made = copy.deepcopy(value)
    inner = made
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = new
    return made


@st.composite
def mutants(draw: st.DrawFn) -> tuple[str, str, Any]:
    """Return a value with one or two odd things in it, as (panel, part, value)."""
    panel, part, value = draw(st.sampled_from(samples()))
    for _ in range(draw(st.sampled_from([1, 1, 1, 2]))):
        path = draw(st.sampled_from(list(places(value))))
        value = replaced(value, path, draw(anything))
    return panel, part, value


__all__ = ["NOW", "PANELS", "mutants", "samples"]
