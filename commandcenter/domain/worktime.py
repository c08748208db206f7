"""Working time as one running total, so that it is counted by two looks into a table."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Worktime:
    """All spans that are worked from `first` to before `last`; instants are milliseconds.

    `totals` holds for each span the working time up to its beginning, and at its end the whole.
    """

    first: int
    last: int
    begins: tuple[int, ...]
    ends: tuple[int, ...]
    totals: tuple[int, ...]

    @classmethod
    def of(cls, first: int, spans: Iterable[tuple[int, int]], last: int) -> "Worktime":
        """Return the table of some spans, given in their order."""
        begins, ends, totals = [], [], [0]
        for begin, end in spans:
            begins.append(begin)
            ends.append(end)
            totals.append(totals[-1] + end - begin)
        return cls(first, last, tuple(begins), tuple(ends), tuple(totals))

    def passed(self, at: int) -> int:
        """Return the working time from the table's beginning to an instant in it."""
        span = bisect_right(self.begins, at) - 1
        if span < 0:
            return 0
        return self.totals[span] + min(at, self.ends[span]) - self.begins[span]

    def at(self, total: int) -> int | None:
        """Return the first instant at which so much has passed, None if it is not in the table."""
        span = bisect_left(self.totals, total) - 1
        if not 0 <= span < len(self.begins):
            return None
        return self.begins[span] + total - self.totals[span]
