"""Chance that can be asked again: every draw is a function of the seed and the case."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Words = NDArray[np.uint64]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def mix(words: Words) -> Words:
    """Scatter 64-bit words (the finaliser of SplitMix64, Steele, Lea and Flood 2014)."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


@dataclass(frozen=True)
class Chance:
    """Draws for many cases at once; a case is known by its instant and its number."""

    root: Words

    @classmethod
    def of(cls, seed: int, at: Ints, number: Ints) -> "Chance":
        """Return the draws of the cases reported at `at` with the numbers `number`."""
        start = np.full(at.shape, seed & 0xFFFFFFFFFFFFFFFF, np.uint64)
        return cls(mix(mix(mix(start + GOLDEN) ^ at.astype(np.uint64)) ^ number.astype(np.uint64)))

    def draw(self, which: int) -> Floats:
        """Return the draw number `which` of each case, in [0, 1)."""
        words = mix(self.root + np.full(self.root.shape, which + 1, np.uint64) * GOLDEN)
        return (words >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def between(self, which: int, low: float, high: float) -> Floats:
        """Return draw number `which`, spread evenly from `low` to `high`."""
        return low + (high - low) * self.draw(which)

    def pick(self, which: int, cumulative: Floats) -> Ints:
        """Return an index for each case, by cumulative weights."""
        found = np.searchsorted(cumulative, self.draw(which) * cumulative[-1], side="right")
        picked: Ints = np.minimum(found, len(cumulative) - 1).astype(np.int64)
        return picked
