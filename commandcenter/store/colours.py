"""Changes of colour of cells, kept with their reasons."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from commandcenter.domain.clocks import Millis
from commandcenter.domain.colours import Colour
from commandcenter.host.panel import ColourChange
from commandcenter.store.tables import colour_changes


def record(connection: Connection, changes: Sequence[ColourChange]) -> None:
    """Append changes of colour."""
    rows = [
        {
            "cell": change.cell,
            "at": change.at,
            "before": int(change.before),
            "after": int(change.after),
            "rule": change.rule,
            "words": change.words,
            "owner": change.owner,
            "next_check": change.next_check,
        }
        for change in changes
    ]
    if rows:
        connection.execute(insert(colour_changes), rows)


def latest(connection: Connection) -> list[ColourChange]:
    """Return the last change of every cell that ever changed."""
    last = select(func.max(colour_changes.c.id)).group_by(colour_changes.c.cell)
    return _read(connection, colour_changes.c.id.in_(last))


def since(connection: Connection, at: Millis) -> list[ColourChange]:
    """Return the changes since an instant, oldest first."""
    return _read(connection, colour_changes.c.at >= at)


def forget_before(connection: Connection, at: Millis) -> None:
    """Drop changes before an instant, but for the last one of each cell."""
    last = select(func.max(colour_changes.c.id)).group_by(colour_changes.c.cell)
    old = colour_changes.c.at < at
    connection.execute(delete(colour_changes).where(old, colour_changes.c.id.not_in(last)))


def _read(connection: Connection, condition: ColumnElement[bool]) -> list[ColourChange]:
    query = select(colour_changes).where(condition).order_by(colour_changes.c.id)
    return [
        ColourChange(
            row.cell,
            row.at,
            Colour(row.before),
            Colour(row.after),
            row.rule,
            row.words,
            row.owner,
            row.next_check,
        )
        for row in connection.execute(query)
    ]
