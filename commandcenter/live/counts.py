"""Arrays of counts over the tree: what is added at a cell is added up its line of ancestors."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from commandcenter.domain.cases import OPEN, WAITING, Facts, Mark, State
from commandcenter.domain.cells import Tree
from commandcenter.domain.clocks import SECOND
from commandcenter.domain.metrics import (
    held,
    mark_metric,
    overdue,
    soon,
    state_metric,
    stock_metrics,
    waiting,
)

Places = NDArray[np.int64]
Change = tuple[int, int, int]
"""Row, position, how many."""
Lapse = tuple[int, int, int]
"""Position, depth of the level that holds the case, +1 or -1."""


def climb(
    tree: Tree, array: NDArray[np.int32] | NDArray[np.int64], changes: Sequence[Change]
) -> None:
    """Add changes to the rows of `array` [rows, cells] at their cells and all ancestors."""
    flat = array.reshape(-1, copy=False)  # numpy adds at one index in a tenth of the time of two
    for rows, cells, amounts in _steps(tree, changes):
        np.add.at(flat, rows * len(tree) + cells, amounts.astype(array.dtype))


def climbed(tree: Tree, changes: Sequence[Change]) -> tuple[Places, Places]:
    """Return where an empty array [rows, cells] is not zero once changes have climbed in it.

    The places are those of the flat array, in order; with them what stands there. It takes time
    with the changes, where a search of the array takes time with all cells.
    """
    steps = list(_steps(tree, changes))
    if not steps:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    keys = np.concatenate([rows * len(tree) + cells for rows, cells, _ in steps])
    places, which = np.unique(keys, return_inverse=True)
    sums = np.zeros(len(places), np.int64)
    np.add.at(sums, which, np.concatenate([amounts for _, _, amounts in steps]))
    left = np.flatnonzero(sums)
    return places[left], sums[left]


def _steps(tree: Tree, changes: Sequence[Change]) -> Iterator[tuple[Places, Places, Places]]:
    """Go up the tree with changes: rows, positions and amounts of each step."""
    plain = np.fromiter(chain.from_iterable(changes), np.int64, 3 * len(changes))
    table = plain.reshape(-1, 3)
    rows, cells, amounts = table[:, 0], table[:, 1], table[:, 2]
    while len(cells):
        yield rows, cells, amounts
        cells = tree.parent[cells].astype(np.int64)
        inside = cells >= 0
        rows, cells, amounts = rows[inside], cells[inside], amounts[inside]


def _stance(facts: Facts) -> tuple[State, int, bool, int]:
    return facts.state, facts.depth, facts.supervised, facts.marks


class Stock:
    """How many cases stand how, for every cell: int32 [metrics, cells].

    `ages` [states, cells] adds up the seconds since 1970 at which the cases of a state entered it.
    """

    def __init__(self, tree: Tree, levels: int) -> None:
        self.tree = tree
        self.names = stock_metrics(levels)
        self.row = {name: index for index, name in enumerate(self.names)}
        self.counts = np.zeros((len(self.names), len(tree)), np.int32)
        self.states = {state: index for index, state in enumerate(State)}
        self.ages = np.zeros((len(self.states), len(tree)), np.int64)
        self._rows: dict[tuple[State, int, bool, int], tuple[int, ...]] = {}

    def standing(self, state: State, depth: int, supervised: bool, marks: int) -> tuple[int, ...]:
        """Return the rows in which a case that stands so is counted."""
        key = state, depth, supervised, marks
        if key not in self._rows:
            names = [state_metric(state), "total"]
            if state in OPEN:
                names += ["open", held(depth)]
                names += ["supervised"] if supervised else []
                names += [mark_metric(mark) for mark in Mark if marks & mark]
            if state in WAITING:
                names.append(waiting(depth))
            self._rows[key] = tuple(self.row[name] for name in names)
        return self._rows[key]

    def changes(self, before: Facts | None, after: Facts) -> list[Change]:
        """Return what a move changes, apart from clocks."""
        found = []
        if before is not None:
            rows = self.standing(*_stance(before))
            found += [(row, before.cell, -1) for row in rows]
        rows = self.standing(*_stance(after))
        return found + [(row, after.cell, 1) for row in rows]

    def age_changes(self, before: Facts | None, after: Facts) -> list[Change]:
        """Return what a move changes in the ages."""
        found = []
        if before is not None:
            found.append((self.states[before.state], before.cell, -(before.since // SECOND)))
        return [*found, (self.states[after.state], after.cell, after.since // SECOND)]

    def clock_changes(self, lapses: Iterable[Lapse], ahead: Iterable[Lapse]) -> list[Change]:
        """Turn clocks that ran out, and those that will have in an hour, into changes.

        Each is (cell, depth, +1 or -1); what is overdue runs out soon no more.
        """
        late, close = self.row["overdue"], self.row["soon"]
        found = [(close, cell, amount) for cell, _, amount in ahead]
        found += [(self.row[soon(depth)], cell, amount) for cell, depth, amount in ahead]
        for cell, depth, amount in lapses:
            found += [
                (late, cell, amount),
                (self.row[overdue(depth)], cell, amount),
                (close, cell, -amount),
                (self.row[soon(depth)], cell, -amount),
            ]
        return found

    def of(self, name: str) -> NDArray[np.int32]:
        """Return one metric for all cells; raises KeyError for a name that is not counted."""
        line: NDArray[np.int32] = self.counts[self.row[name]]
        return line
