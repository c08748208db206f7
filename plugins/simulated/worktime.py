"""Working time as one axis, so that the limits of thousands of cases are counted at once."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from commandcenter.api import Calendar

from .chance import Ints


@dataclass(frozen=True)
class WorkingTime:
    """The working spans of a range of days: where each opens and closes, and what was before it.

    All in milliseconds; `before` is the working time ahead of a span, `after` with the span.
    """

    opens: Ints
    closes: Ints
    before: Ints
    after: Ints

    @classmethod
    def of(cls, calendar: Calendar, first: date, last: date) -> "WorkingTime":
        """Build the axis of the days `first` to `last`."""
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        spans = [
            (calendar.instant(day, begin), calendar.instant(day, end))
            for day in days
            if calendar.is_worked(day)
            for begin, end in calendar.spans
        ]
        opens, closes = np.array(spans, np.int64).reshape(-1, 2).T
        after = np.cumsum(closes - opens)
        return cls(opens, closes, after - (closes - opens), after)

    def add(self, start: Ints, length: Ints) -> Ints:
        """Return the instants `length` of working time after `start`, as `Calendar.due` does."""
        span = np.searchsorted(self.opens, start, side="right") - 1
        inside = np.minimum(start, self.closes[span]) - self.opens[span]
        worked = np.where(span >= 0, self.before[span] + inside, 0)
        goal = worked + length
        ends = np.searchsorted(self.after, goal, side="left")
        return self.opens[ends] + goal - self.before[ends]
