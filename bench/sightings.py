"""When screens showed which totals, and how long that was after the events were sent."""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

TENTHS = 10_000
"""Tenths of a millisecond in a second, to which times are counted together."""
PERCENTILES = (50, 95, 99)


class Sightings:
    """The totals that one screen showed, each with its instant; small, as there are thousands."""

    __slots__ = ("at", "totals")

    def __init__(self) -> None:
        self.at = array("d")
        self.totals = array("q")

    def note(self, total: int) -> None:
        """Note that the screen shows a total now."""
        self.at.append(perf_counter())
        self.totals.append(total)

    def clear(self) -> None:
        """Forget all but the last, which is still shown."""
        del self.at[:-1], self.totals[:-1]

    def first_shown(self, totals: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return when each of these rising totals, or more, was shown; infinite for never."""
        at = np.append(np.array(self.at), np.inf)
        seen = np.maximum.accumulate(np.array(self.totals, dtype=np.int64))
        return np.asarray(at[np.searchsorted(seen, totals)])


class Spread:
    """How often which time occurred."""

    def __init__(self, tenths: Iterable[tuple[int, int]] = ()) -> None:
        self._count: Counter[int] = Counter()
        for time, number in tenths:
            self._count[time] += number

    @classmethod
    def of(cls, seconds: NDArray[np.float64]) -> "Spread":
        """Count times; an infinite one is left out."""
        finite = seconds[np.isfinite(seconds)]
        times, numbers = np.unique(np.rint(finite * TENTHS).astype(int), return_counts=True)
        return cls(zip(times.tolist(), numbers.tolist(), strict=True))

    def add(self, other: "Spread") -> None:
        """Take in the times of another one."""
        self._count.update(other._count)

    def pairs(self) -> list[tuple[int, int]]:
        """Return each time in tenths of a millisecond with how often it occurred."""
        return sorted(self._count.items())

    @property
    def samples(self) -> int:
        """How many times were counted."""
        return self._count.total()

    def percentiles(self, suffix: str = "_ms") -> dict[str, float]:
        """Return p50, p95 and p99 in milliseconds; nothing where nothing was counted."""
        if not self._count:
            return {}
        times, numbers = (np.array(column) for column in zip(*self.pairs(), strict=True))
        shares = np.cumsum(numbers) / numbers.sum()
        found = {p: float(times[np.searchsorted(shares, p / 100)]) / 10 for p in PERCENTILES}
        return {f"p{p}{suffix}": round(value, 1) for p, value in found.items()}


def spreads(screens: Sequence[Sightings], sendings: Mapping[str, Any]) -> dict[str, Any]:
    """Return how long all sendings took to all screens: from sending, from the answer; unseen."""
    totals = np.array(sendings["totals"], dtype=np.int64)
    sent, answered = (np.array(sendings[name]) for name in ("sent", "answered"))
    from_sending, from_answer, unseen = Spread(), Spread(), 0
    for screen in screens:
        shown = screen.first_shown(totals)
        unseen += int(np.isinf(shown).sum())
        from_sending.add(Spread.of(shown - sent))
        # A screen may show what is committed before the sender has its answer.
        from_answer.add(Spread.of(np.maximum(shown - answered, 0.0)))
    return {
        "from_sending": from_sending.pairs(),
        "from_answer": from_answer.pairs(),
        "unseen": unseen,
        "updates": sum(len(screen.at) for screen in screens),
    }
