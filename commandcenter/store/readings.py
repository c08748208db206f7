"""The latest readings of sources, one row for each thing they watch."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, select

from commandcenter.domain.clocks import Millis
from commandcenter.store.plugin_tables import readings
from commandcenter.store.upsert import upsert


class Row(NamedTuple):
    """One reading as it is kept; `cell` is a position, `body` JSON."""

    source: str
    key: str
    plugin: str
    at: Millis
    cell: int
    lng: float | None
    lat: float | None
    body: str
    written_at: Millis

    def says_what(self, other: "Row | None") -> bool:
        """Tell whether another row says the same, whenever it was written."""
        return other is not None and self[:-1] == other[:-1]


def keep(connection: Connection, rows: Sequence[Row]) -> None:
    """Keep readings in place of the former ones of the same keys."""
    upsert(connection, readings, [row._asdict() for row in rows], ("source", "key"))


def forget(connection: Connection, source: str, keys: Sequence[str]) -> None:
    """Forget readings of things that are gone."""
    if keys:
        gone = delete(readings).where(readings.c.source == source, readings.c.key.in_(keys))
        connection.execute(gone)


def stamps(connection: Connection) -> dict[str, tuple[int, Millis]]:
    """Return, by source, how many readings there are and when the newest was written."""
    newest = select(readings.c.source, func.count(), func.max(readings.c.written_at))
    rows = connection.execute(newest.group_by(readings.c.source))
    return {source: (count, at) for source, count, at in rows}


def load(connection: Connection, source: str | None = None) -> list[Row]:
    """Return all readings, or those of one source, by source and key."""
    query = select(readings).order_by(readings.c.source, readings.c.key)
    if source is not None:
        query = query.where(readings.c.source == source)
    return [Row(*row) for row in connection.execute(query)]
