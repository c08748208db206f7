"""What a proof of counts finds: a count that is not what counting gives."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commandcenter.domain.cells import Tree

SHOWN = 5
"""Of one metric so many cells are named at most."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A count that is not what counting gives."""

    what: str
    metric: str
    cell: str
    shown: int
    counted: int

    def __str__(self) -> str:
        return f"{self.what}: {self.metric} of {self.cell} is {self.shown}, counted {self.counted}"


def differences(
    tree: Tree, what: str, metric: str, one: NDArray[np.int32], other: NDArray[np.int32]
) -> list[Difference]:
    """Compare two counts of all cells."""
    return [
        Difference(what, metric, tree.cells[at].code, int(one[at]), int(other[at]))
        for at in np.flatnonzero(one != other)[:SHOWN].tolist()
    ]
