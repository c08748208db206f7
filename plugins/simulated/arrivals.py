"""When cases are reported: the curve of the day and the week, or a storm."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from commandcenter.api import DAY, MINUTE, SECOND, Calendar, History, Millis, PluginError

from .chance import Floats, Ints

BIN = 10 * MINUTE
RATE, SEED = 10_000.0, 1
HOURS = (
    0.15, 0.10, 0.08, 0.08, 0.10, 0.25, 0.60, 1.20, 1.90, 2.10, 2.05, 1.75, 1.15, 1.25, 1.75, 1.85,
    1.75, 1.50, 1.15, 0.95, 0.80, 0.65, 0.45, 0.25,
)  # fmt: skip
"""How busy each hour is: patrols and citizens are out by day, and rest at noon."""
WEEKDAYS = (1.10, 1.08, 1.05, 1.05, 1.04, 0.88, 0.80)
_BUSY = np.outer(WEEKDAYS, HOURS)
_BUSY /= _BUSY.mean()


@dataclass(frozen=True)
class Options:
    """The options of the simulation: cases a day, or cases a second in a storm; the seed."""

    rate: float
    per_second: float
    seed: int

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Options":
        """Read the options; raises PluginError for a value that cannot be used."""
        return cls(
            _number(given, "rate", RATE, 100_000_000),
            _number(given, "per_second", 0, 1_000),
            int(_number(given, "seed", SEED, 2**53)),
        )


def _number(given: Mapping[str, Any], name: str, usual: float, most: float) -> float:
    value = given.get(name)
    try:
        number = usual if value in (None, "") else float(str(value))
    except ValueError as error:
        raise PluginError(f"simulated.city: {name} = {value}: give a number") from error
    if not 0 <= number <= most:
        raise PluginError(f"simulated.city: {name} = {value}: give a number from 0 to {most:.0f}")
    return number


@dataclass(frozen=True)
class Arrivals:
    """Draws the instants at which cases are reported."""

    calendar: Calendar
    options: Options

    def busy(self, at: Millis) -> float:
        """Return how busy the city is at an instant; over a week the mean is 1."""
        local = self.calendar.local(at)
        return float(_BUSY[local.weekday(), local.hour])

    @property
    def slot(self) -> Millis:
        """For how long cases are drawn at a time."""
        return SECOND if self.options.per_second else MINUTE

    def in_slot(self, number: int) -> Ints:
        """Return the instants in a slot, in order; the same for the same seed and rate."""
        options, slot = self.options, self.slot
        expected = options.per_second * slot / SECOND
        if not expected:
            expected = options.rate * slot / DAY * self.busy(number * slot)
        chance = np.random.default_rng((options.seed, number))
        offsets = chance.integers(0, slot, chance.poisson(expected))
        return number * slot + np.sort(offsets)

    def in_history(self, asked: History, size: int) -> Iterator[tuple[Ints, Ints]]:
        """Yield instants and numbers of `size` cases at a time, spread over the days asked for."""
        edges = np.arange(asked.until - asked.days * DAY, asked.until + 1, BIN)
        weights = [self.busy(int(edge)) for edge in edges[:-1]]
        grown: Floats = np.concatenate([[0.0], np.cumsum(weights)])
        chance = np.random.default_rng((self.options.seed, asked.cases))
        for first in range(0, asked.cases, size):
            number = np.arange(first, min(first + size, asked.cases))
            share = (number + chance.random(len(number))) / asked.cases * grown[-1]
            at = np.interp(share, grown, edges).astype(np.int64)
            yield np.minimum(at, asked.until - 1), number
