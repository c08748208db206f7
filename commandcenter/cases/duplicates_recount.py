"""Proves what is known of duplicates: marks, masters and places agree with the cases."""

from typing import NamedTuple

from sqlalchemy import Connection, text

from commandcenter.domain.cases import OPEN, Mark

STANDING = ", ".join(f"'{state.value}'" for state in sorted(OPEN))
SHOWN = 5
"""Of one kind so many are named at most."""


class Fault(NamedTuple):
    """A case that does not agree with what is known of its duplicates; `cell` is its position."""

    what: str
    case_id: int
    cell: int


LIKELY = Mark.LIKELY.value
ASKED = LIKELY | Mark.REOPENED.value
"""A case that was closed before the desk said anything is not asked about again."""
FAULTS = {
    "looked at though it has ended": (
        f"SELECT id, cell FROM cases WHERE near IS NOT NULL AND state NOT IN ({STANDING})"
    ),
    "has a master though it is not merged": (
        "SELECT id, cell FROM cases WHERE merged_into IS NOT NULL AND state <> 'merged'"
    ),
    "has a master that does not exist": (
        "SELECT c.id, c.cell FROM cases AS c WHERE c.merged_into IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM cases AS m WHERE m.id = c.merged_into)"
    ),
    "marked as likely though the desk has said all": (
        f"SELECT c.id, c.cell FROM cases AS c WHERE c.marks <> 0 AND (c.marks & {LIKELY}) <> 0 "
        "AND NOT EXISTS (SELECT 1 FROM likely AS l WHERE l.case_id = c.id AND l.decision IS NULL)"
    ),
    "not marked as likely though the desk has not said": (
        "SELECT c.id, c.cell FROM likely AS l JOIN cases AS c ON c.id = l.case_id "
        f"WHERE l.decision IS NULL AND (c.marks & {ASKED}) = 0 AND c.state IN ({STANDING})"
    ),
}


def faults(connection: Connection) -> list[Fault]:
    """Return cases that do not agree; each kind is looked up in an index of open or marked ones."""
    return [
        Fault(what, row.id, row.cell)
        for what, query in FAULTS.items()
        for row in connection.execute(text(f"{query} LIMIT {SHOWN}"))
    ]
