"""How far the counts are behind the logs: for the screens and for /metrics from one source."""

from collections import deque
from collections.abc import Iterator
from time import monotonic

from commandcenter.domain.figures import Figure

USUAL_SECONDS = 1.5
"""The log is read each second though nobody calls: an age below this is no lag."""
SECONDS_OF = {"moves": "lag_seconds", "acts": "acts_lag_seconds"}


class Lag:
    """How far one log is ahead of the counts, by this process's steady clock alone.

    No row says when it was committed, and no two machines have the same time; so it is noted when
    a look at the log began. All that was committed before that instant is in the counts once they
    hold what the look has seen. One thread counts, another one may look at where the log ends.
    """

    def __init__(self, log: str) -> None:
        self._log = log
        self._counted = 0
        self._last = 0
        self._whole = monotonic()
        self._ends: deque[tuple[int, float]] = deque()
        """Ends of the log beyond the counts, and when the look began that found each."""

    def saw(self, last: int, at: float) -> None:
        """Note that a look that began at `at` has found the log's end."""
        self._last = last
        self._ends.append((last, at))

    def reached(self, seq: int, at: float | None = None) -> None:
        """Note the last number in the counts; `at` is when a look began that ended there."""
        self._counted = seq
        while self._ends and self._ends[0][0] <= seq:
            self._whole = max(self._whole, self._ends.popleft()[1])
        if at is not None:
            self._whole = max(self._whole, at)

    def seconds(self, now: float) -> float:
        """Return how long ago everything that was committed was in the counts for sure."""
        return max(0.0, now - self._whole)

    def figures(self, now: float) -> Iterator[Figure]:
        """Yield the lag; in seconds it is at most so, 0 where nothing is known to be missing."""
        missing = max(0, self._last - self._counted)
        yield Figure(f"commandcenter_rollup_counted_{self._log}", self._counted)
        yield Figure(f"commandcenter_rollup_lag_{self._log}", missing)
        seconds = self.seconds(now) if missing else 0.0
        yield Figure(f"commandcenter_rollup_{SECONDS_OF[self._log]}", seconds)


class Lags:
    """The lags behind both logs."""

    def __init__(self) -> None:
        self.moves = Lag("moves")
        self.acts = Lag("acts")

    @property
    def seconds(self) -> float:
        """By how much what is shown is behind, 0 for what is usual."""
        now = monotonic()
        behind = max(self.moves.seconds(now), self.acts.seconds(now))
        return behind if behind > USUAL_SECONDS else 0.0
