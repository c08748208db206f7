"""Holds callers to a rate, counted in this process."""

import math
import time

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from commandcenter.web.errors import too_often


class Limiter:
    """Counts calls by who makes them; a caller over the rate is refused with a time to wait."""

    def __init__(self) -> None:
        self._windows = FixedWindowRateLimiter(MemoryStorage())

    def count(self, rate: str, *who: str) -> None:
        """Count a call; raises the refusal 429 for one over the rate."""
        if not self._windows.hit(parse(rate), *who):
            self._refuse(rate, *who)

    def check(self, rate: str, *who: str) -> None:
        """Raise the refusal 429 if the next call would be over the rate; counts nothing."""
        if not self._windows.test(parse(rate), *who):
            self._refuse(rate, *who)

    def forget(self, rate: str, *who: str) -> None:
        """Begin to count anew."""
        self._windows.clear(parse(rate), *who)

    def _refuse(self, rate: str, *who: str) -> None:
        ends = self._windows.get_window_stats(parse(rate), *who).reset_time
        raise too_often(max(1, math.ceil(ends - time.time())))
