"""Numbers for every metric of a city, the same each time: what a view shows where none are given.

They fit each other: no more is overdue than open, no more is in time than was judged.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from commandcenter.domain.cells import Tree
from commandcenter.domain.metrics import (
    REPORT_INS,
    WINDOW,
    coordination_metrics,
    flow_metrics,
    stock_metrics,
)

SHARES: Mapping[str, float] = {
    "total": 40.0, "open": 1.0, "overdue": 0.25, "supervised": 0.1, "held": 0.5, "waiting": 0.2,
    "state": 0.3, "channel": 0.3, "soon": 0.1, "new": 0.3, "whistles": 0.1, "calls": 0.1,
    "called": 0.1, "called_late": 0.04,
}  # fmt: skip
DAYS = 20


def metric_names(levels: int, channels: tuple[str, ...]) -> frozenset[str]:
    """Return the names of all metrics that a city counts."""
    flows = (*flow_metrics(channels, levels), *REPORT_INS)
    stock = (*stock_metrics(levels), *coordination_metrics(levels))
    return frozenset((*stock, *flows, *(f"{name}{WINDOW}" for name in flows)))


@dataclass
class Plenty(Mapping[str, NDArray[np.int32]]):
    """Counts of all cells by metric; `most` is what a leaf may have open.

    Cells outside `kept` (first and last position) have other numbers for another `outside`. A
    metric that no city counts raises KeyError, as the live counts do.
    """

    tree: Tree
    names: frozenset[str]
    most: int = 9
    kept: tuple[int, int] | None = None
    outside: int = 0
    _made: dict[str, NDArray[np.int32]] = field(default_factory=dict, repr=False)

    def __getitem__(self, metric: str) -> NDArray[np.int32]:
        if metric not in self.names:
            raise KeyError(f"no metric {metric!r} is counted")
        if metric not in self._made:
            self._made[metric] = self._make(metric)
        return self._made[metric]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self.names))

    def __len__(self) -> int:
        return len(self.names)

    def get(self, metric: str, default: object = None) -> NDArray[np.int32]:
        """Return the counts of a metric; nothing stands for one that is not counted."""
        return self[metric]

    def _make(self, metric: str) -> NDArray[np.int32]:
        name = metric.removesuffix(WINDOW)
        share = SHARES.get(name, SHARES.get(name.partition(".")[0], 0.8))
        if name.endswith((".judged", ".on_time", ".satisfied")):
            share = 0.7 if name.endswith(".judged") else 0.5
        if metric.endswith(WINDOW):
            share *= DAYS
        return self._added_up((self._leaves() * share).astype(np.int64))

    def _leaves(self) -> NDArray[np.int64]:
        cells = len(self.tree)
        made = np.random.default_rng(7).integers(0, self.most + 1, cells)
        if self.kept is not None and self.outside:
            other = np.random.default_rng(7 + self.outside).integers(0, self.most + 1, cells)
            inside = np.zeros(cells, bool)
            inside[self.kept[0] : self.kept[1] + 1] = True
            made = np.where(inside, made, other + 1)
        return np.where(self.tree.last == np.arange(cells), made, 0)

    def _added_up(self, leaves: NDArray[np.int64]) -> NDArray[np.int32]:
        sums = np.concatenate(([0], np.cumsum(leaves)))
        total = sums[self.tree.last + 1] - sums[np.arange(len(leaves))]
        bounded: NDArray[np.int32] = np.minimum(total, np.iinfo(np.int32).max).astype(np.int32)
        return bounded
