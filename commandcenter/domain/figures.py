"""Figures that a process keeps of itself: numbers with labels, and how long things took."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import NamedTuple

NO_LABELS: Mapping[str, str] = {}
BOUNDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
"""Upper bounds in seconds of the classes in which durations are counted."""


class Figure(NamedTuple):
    """One number, named and labelled as Prometheus does it."""

    name: str
    value: float
    labels: Mapping[str, str] = NO_LABELS


class Durations:
    """How long things took, in classes; whoever adds from several threads holds a lock."""

    __slots__ = ("classes", "total")

    def __init__(self) -> None:
        self.classes = [0] * (len(BOUNDS) + 1)
        self.total = 0.0

    def add(self, seconds: float) -> None:
        """Count one duration."""
        self.classes[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds

    def figures(self, name: str, labels: Mapping[str, str] = NO_LABELS) -> Iterator[Figure]:
        """Yield the parts of a Prometheus histogram: each bucket holds the ones below it too."""
        so_far = 0
        for bound, count in zip((*map(str, BOUNDS), "+Inf"), self.classes, strict=True):
            so_far += count
            yield Figure(f"{name}_bucket", so_far, {**labels, "le": bound})
        yield Figure(f"{name}_sum", self.total, labels)
        yield Figure(f"{name}_count", so_far, labels)
