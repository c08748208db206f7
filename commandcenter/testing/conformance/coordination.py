"""Whistles and directives of the views over which a plugin is tried."""

from typing import Any

from commandcenter.domain.cells import Tree
from commandcenter.domain.clocks import HOUR, MINUTE
from commandcenter.domain.coordination import CallState, CellProgress
from commandcenter.host.coordination import (
    CallLine,
    DirectiveLine,
    ProgressCounts,
    WhistleLine,
)
from commandcenter.testing.view import NOW

FAR = (CellProgress.DONE, CellProgress.ACTING, CellProgress.RECEIVED, CellProgress.ISSUED)


def made_coordination(tree: Tree, at: str) -> dict[str, Any]:
    """Return what a view is given of whistles and directives: waiting, late, done, past and live.
    """
    first, last = tree.range_of(at)
    below = [cell for cell in tree.cells[first : last + 1] if cell.depth == tree.deepest]
    far = {cell.code: FAR[n % len(FAR)] for n, cell in enumerate(below)}
    return {
        "whistled": [_whistle(number, first, last) for number in range(1, 4)],
        "directed": [_directive(1, tree, NOW + HOUR), _directive(2, tree, NOW - HOUR)],
        "progressed": {1: far, 2: far},
    }


def _whistle(number: int, first: int, last: int) -> WhistleLine:
    called = NOW - number * 20 * MINUTE
    calls = (
        CallLine("sample-late", CallState.CALLED, NOW - MINUTE, late=True),
        CallLine("sample-waiting", CallState.CALLED, NOW + MINUTE),
        CallLine("sample-done", CallState.DONE, NOW, reported_in_at=called + MINUTE),
    )
    return WhistleLine(
        number, "夜市占道", last if number % 2 else first, 2, "", "东门口", NOW + MINUTE, called,
        "open", calls=calls[:number],
    )  # fmt: skip


def _directive(number: int, tree: Tree, deadline: int) -> DirectiveLine:
    return DirectiveLine(
        number, "入户走访", 0, 0, tree.deepest, NOW - 2 * HOUR, deadline, "open",
        ProgressCounts(0, 0, 0, 0), 0, 0,
    )  # fmt: skip
