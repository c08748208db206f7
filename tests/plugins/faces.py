"""What the tests of the built-in panels share: views with samples, and values as they are sent."""

from collections.abc import Callable
from functools import cache
from time import perf_counter
from typing import Any

import orjson

from commandcenter.api import (
    HOUR,
    MINUTE,
    CallLine,
    CallState,
    CaseLine,
    Cell,
    DirectiveLine,
    Panel,
    ProgressCounts,
    State,
    Tree,
    UnitLoad,
    View,
    WhistleLine,
)
from commandcenter.host.discovery import (
    discover,
    import_code,
    locale_folders,
    manifest_of,
    prepare,
)
from commandcenter.host.plugin import Plugin
from commandcenter.host.words import Words
from commandcenter.settings import ROOT
from commandcenter.testing import FakeView, check_values, small_data
from commandcenter.testing.view import NOW

PLUGINS = ROOT / "plugins"
MICRO = "990102001001001001"
"""A micro-grid: the first of everything in 东湖区."""


@cache
def english() -> Words:
    return Words.load("en", locale_folders(PLUGINS))


def in_english(**given: Any) -> FakeView:
    return FakeView(language="en", words=english(), **given)


def shown(panel: Panel, view: View) -> dict[str, Any]:
    """Render a panel and return its values as a screen gets them; raises for a wrong shape."""
    sent = check_values(panel, panel.render(view))
    return {name: orjson.loads(value) for name, value in sent.items()}


def case(number: int, **given: Any) -> CaseLine:
    """Make a case in the first micro-grid, reported `number` hours ago."""
    good: dict[str, Any] = {
        "title": "张三家门口有垃圾",
        "channel": "app",
        "matter": "E0101",
        "cell": FakeView().tree.position[MICRO],
        "unit": "990102001-hw",
        "state": State.HANDLING,
        "reported_at": NOW - number * HOUR,
        "since": NOW - number * HOUR,
        "due": NOW + HOUR,
        "supervised": False,
    }
    return CaseLine(id=number, **{**good, **given})


def call(
    unit: str, state: CallState = CallState.CALLED, minutes: int = 30, **given: Any
) -> CallLine:
    """Make a call that must be answered within `minutes` from now."""
    return CallLine(unit, state, NOW + minutes * MINUTE, **given)


def whistle(number: int, *calls: CallLine, **given: Any) -> WhistleLine:
    """Make a whistle of 东湖1街道 for the first micro-grid, blown `number` hours ago."""
    good: dict[str, Any] = {
        "title": "夜市占道",
        "cell": FakeView().tree.position[MICRO],
        "depth": 2,
        "caller": "张三",
        "place": "东门口",
        "due": NOW + HOUR,
        "created_at": NOW - number * HOUR,
        "state": "open",
        "calls": calls,
    }
    return WhistleLine(id=number, **{**good, **given})


def directive(number: int, **given: Any) -> DirectiveLine:
    """Make a directive of the city to all grids, issued `number` hours ago, due in an hour."""
    good: dict[str, Any] = {
        "title": "防汛巡查",
        "cell": 0,
        "depth_from": 0,
        "depth_to": 4,
        "issued_at": NOW - number * HOUR,
        "deadline": NOW + HOUR,
        "state": "open",
        "counts": ProgressCounts(0, 0, 0, 0),
        "total": 0,
        "late": 0,
    }
    return DirectiveLine(id=number, **{**good, **given})


def loads(*numbers: tuple[int, int]) -> list[UnitLoad]:
    """Make loads of the first units of the small city from (held, overdue)."""
    units = small_data().units
    return [UnitLoad(unit, held, late) for unit, (held, late) in zip(units, numbers, strict=False)]


def plugin(name: str) -> Plugin:
    """Load one plugin of the product."""
    found = next(c for c in discover(PLUGINS) if c.name == name and c.folder == PLUGINS / name)
    return import_code(prepare(found, manifest_of(found)), found)


@cache
def big_tree() -> Tree:
    """A tree as large as a big city: 15 districts and over 63,000 cells."""
    parents, cells = ["0"], [Cell("0", "市", 0, None, 113.6, 34.7, 2_500_000)]
    for depth, width in enumerate((15, 14, 16, 5, 3), start=1):
        below = [f"{parent}.{i:02d}" for parent in parents for i in range(width)]
        cells += [Cell(c, c, depth, c.rpartition(".")[0], 113.6, 34.7, 60) for c in below]
        parents = below
    return Tree.of(cells)


def seconds(panel: Panel, view: View) -> float:
    """Return the shortest time that rendering took."""
    return fastest(panel.render, view)


def fastest(function: Callable[[View], object], view: View, times: int = 7) -> float:
    """Return the shortest of several runs, so that a busy machine does not count."""
    taken = []
    for _ in range(times):
        start = perf_counter()
        function(view)
        taken.append(perf_counter() - start)
    return min(taken)
