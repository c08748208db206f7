"""Counts that climb the tree."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.live.counts import Change, climb, climbed
from commandcenter.testing import small_tree

TREE = small_tree()
ROWS = 4
changes = st.lists(
    st.tuples(st.integers(0, ROWS - 1), st.integers(0, len(TREE) - 1), st.integers(-2, 2)),
    max_size=60,
)


@given(changes)
def test_what_has_climbed_is_what_a_search_of_the_whole_array_finds(given: list[Change]) -> None:
    array = np.zeros((ROWS, len(TREE)), np.int32)
    climb(TREE, array, given)
    places, values = climbed(TREE, given)
    assert places.tolist() == np.flatnonzero(array).tolist()
    assert values.tolist() == array.ravel()[places].tolist()
