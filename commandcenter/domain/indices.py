"""Indices of evaluation (评): formulas as data, rates that know when there is nothing to rate."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from commandcenter.domain.text import Text

GRADES = ((90.0, "A"), (75.0, "B"), (60.0, "C"), (40.0, "D"))


@dataclass(frozen=True, slots=True)
class Index:
    """A rate of two metrics: 100 * numerator / denominator, or 100 minus it when low is good.

    `weight` is its share in the composite; `formula` says the same in words.
    """

    key: str
    title: Text
    numerator: str
    denominator: str
    formula: Text
    weight: float = 1.0
    low_is_good: bool = False

    def value(self, count: Callable[[str], int]) -> float | None:
        """Return the rate in percent, None when the denominator counts nothing."""
        over = count(self.denominator)
        return None if over == 0 else 100.0 * count(self.numerator) / over

    def score(self, value: float | None) -> float | None:
        """Return 0 to 100, high is good."""
        if value is None:
            return None
        return 100.0 - value if self.low_is_good else value


def composite(indices: Mapping[Index, float | None]) -> float | None:
    """Return the weighted mean score of the indices that have data, None when none has."""
    known = [(index, index.score(value)) for index, value in indices.items()]
    scored = [(index.weight, score) for index, score in known if score is not None]
    total = sum(weight for weight, _ in scored)
    return sum(weight * score for weight, score in scored) / total if total else None


def grade(score: float | None) -> str | None:
    """Return A to E for a score, None for no data."""
    if score is None:
        return None
    return next((letter for least, letter in GRADES if score >= least), "E")
