"""A tree in pre-order: everything under a cell is one range; a wrong tree is refused by name."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.domain.cells import Cell, Tree
from commandcenter.errors import CityError


def cell(code: str, parent: str | None, depth: int) -> Cell:
    return Cell(code, code, depth, parent, 0.0, 0.0)


def tree_of(parents: list[int]) -> list[Cell]:
    """Return cells of which number n + 1 lies under the cell number `parents[n] % (n + 1)`."""
    cells = [cell("c", None, 0)]
    for number, pick in enumerate(parents, 1):
        up = cells[pick % number]
        cells.append(cell(f"{up.code}.{number:03d}", up.code, up.depth + 1))
    return cells


CELLS = st.lists(st.integers(0, 1000), max_size=40).map(tree_of)


@given(CELLS, st.data())
def test_what_two_cells_have_in_common_is_the_last_that_both_lines_pass(
    cells: list[Cell], data: st.DataObject
) -> None:
    tree = Tree.of(cells)
    places = st.integers(0, len(tree) - 1)
    first, last = sorted((data.draw(places), data.draw(places)))
    one, other = tree.ancestors(first), tree.ancestors(last)
    assert tree.common(first, last) == max(set(one) & set(other), key=one.index)


@given(CELLS, st.randoms())
def test_ranges_hold_exactly_what_lies_under_a_cell(cells: list[Cell], chance: Random) -> None:
    up = {c.code: c.parent for c in cells}
    shuffled = cells.copy()
    chance.shuffle(shuffled)
    tree = Tree.of(shuffled)
    assert [c.code for c in tree.cells] == [c.code for c in Tree.of(cells).cells]
    for position, here in enumerate(tree.cells):
        line: list[str] = []
        code: str | None = here.code
        while code is not None:
            line.insert(0, code)
            code = up[code]
        assert [tree.cells[a].code for a in tree.ancestors(position)] == line
        first, last = tree.range_of(here.code)
        inside = {c.code for c in tree.cells[first : last + 1]}
        assert inside == {c.code for c in cells if _under(c.code, here.code, up)}
        assert [tree.cells[c].code for c in tree.children(position)] == sorted(
            c.code for c in cells if c.parent == here.code
        )


def _under(code: str | None, ancestor: str, up: dict[str, str | None]) -> bool:
    while code is not None and code != ancestor:
        code = up[code]
    return code is not None


@given(CELLS)
def test_levels_share_out_all_cells(cells: list[Cell]) -> None:
    tree = Tree.of(cells)
    levels = [tree.at_depth(depth) for depth in range(tree.deepest + 1)]
    assert sorted(np.concatenate(levels).tolist()) == list(range(len(tree)))
    assert all((tree.depth[level] == depth).all() for depth, level in enumerate(levels))


def test_cells_are_found_by_code() -> None:
    tree = Tree.of([cell("a", None, 0), cell("b", "a", 1)])
    assert "b" in tree and "c" not in tree and tree["b"].parent == "a" and len(tree) == 2


GOOD = [cell("a", None, 0), cell("b", "a", 1), cell("c", "b", 2)]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([], "one root cell, found none"),
        ([*GOOD, cell("d", None, 0)], "one root cell, found a, d"),
        ([*GOOD, cell("d", "x", 1)], "cell d names parent x, which does not exist"),
        ([*GOOD, cell("d", "a", 2)], "cell d has depth 2 under a of depth 0"),
        ([*GOOD, cell("c", "a", 1)], "cell c is given twice"),
        ([*GOOD, cell("b", "a", 1)], "cell b is given twice"),
        ([*GOOD, cell("a", "c", 3)], "cell a is given twice"),
        ([one._replace(depth=one.depth + 1) for one in GOOD], "root cell a has depth 1"),
    ],
)
def test_what_is_no_tree_is_refused_with_the_cell_at_fault(
    cells: list[Cell], message: str
) -> None:
    with pytest.raises(CityError, match=message):
        Tree.of(cells)


def test_a_ring_beside_the_tree_is_refused() -> None:
    with pytest.raises(CityError, match=r"cell [de] names parent"):
        Tree.of([*GOOD, cell("d", "e", 1), cell("e", "d", 2)])
