"""Facts of a case as columns of its row, and back."""

from typing import Any

from sqlalchemy import Row

from commandcenter.domain.cases import Facts, State
from commandcenter.domain.clocks import Clock, ClockKind

NO_CLOCK = (None, None, None, None, None)


def columns(facts: Facts) -> dict[str, Any]:
    """Return the columns that a move can change."""
    kind, limit, _, warn, left = facts.clock or NO_CLOCK
    return {
        "cell": facts.cell,
        "state": facts.state._value_,
        "depth": facts.depth,
        "since": facts.since,
        "due": facts.due,
        "deadline": facts.deadline,
        "unit": facts.unit,
        "supervised": facts.supervised,
        "marks": facts.marks,
        "clock": kind and kind._value_,
        "limit_ms": limit,
        "warn": warn,
        "left_ms": left,
    }


def facts_of(row: Row[Any]) -> Facts:
    """Read the facts from a row of the table of cases."""
    return Facts(
        row.cell,
        State(row.state),
        row.depth,
        row.since,
        row.due,
        row.deadline,
        row.unit,
        row.supervised,
        row.marks,
        clock_of(row),
    )


def clock_of(row: Row[Any]) -> Clock | None:
    """Read the clock from a row; None where none runs or stands, or from before clocks were."""
    if row.clock is None:
        return None
    return Clock(ClockKind(row.clock), row.limit_ms, row.due, row.warn, row.left_ms)
