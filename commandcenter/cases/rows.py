"""Facts of a case as columns of its row, and back."""

from typing import Any

from sqlalchemy import Row

from commandcenter.domain.cases import Facts, State


def columns(facts: Facts) -> dict[str, Any]:
    """Return the columns that a move can change."""
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
    )
