"""What was pushed to remote panels: one row for each panel and cell."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import orjson
from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, select, update

from commandcenter.domain.clocks import Millis
from commandcenter.errors import CommandCenterError
from commandcenter.store.plugin_tables import remote_values
from commandcenter.store.upsert import dialect_insert

MOST_CELLS = 5000
"""Cells that one panel may have values for."""
LONGEST_REFUSAL = 500
Status = Literal["accepted", "unchanged", "outdated"]


class TooManyCells(CommandCenterError):
    """A panel has values for as many cells as it may."""


@dataclass(frozen=True, slots=True)
class Place:
    """A remote panel at a cell, by the cell's position."""

    panel: str
    cell: int


@dataclass(frozen=True, slots=True)
class Part:
    """The last value of a part as JSON, and the instant for which it holds."""

    at: Millis
    value: bytes


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a panel has at a cell; `at` is None before the first put that was taken.

    `refusal` says why the last put was refused; it is empty after one that was taken.
    """

    at: Millis | None
    version: int
    refusal: str = ""
    parts: Mapping[str, Part] = field(default_factory=dict)


def put(connection: Connection, place: Place, values: Mapping[str, bytes], at: Millis) -> Status:
    """Set parts that hold for `at`; a part that has a later value keeps it.

    The same put once more changes nothing. Raises TooManyCells.
    """
    row = _locked(connection, place)
    parts = _parts(row.payload)
    newer = {
        name: Part(at, value)
        for name, value in values.items()
        if name not in parts or parts[name].at <= at
    }
    if values and not newer:
        return "outdated"
    if row.refusal is None and all(parts.get(name) == part for name, part in newer.items()):
        return "unchanged"
    parts |= newer
    latest = max((part.at for part in parts.values()), default=at)
    _change(connection, place, payload=_payload(parts), at=latest, refused_at=None, refusal=None)
    return "accepted"


def refuse(connection: Connection, place: Place, reason: str, now: Millis) -> None:
    """Keep why a put was refused, beside the values there are; raises TooManyCells."""
    _locked(connection, place)
    _change(connection, place, refused_at=now, refusal=reason[:LONGEST_REFUSAL])


def read(connection: Connection, place: Place) -> Pushed | None:
    """Return what a panel has at a cell, None where nothing was ever put."""
    row = connection.execute(select(remote_values).where(*_here(place))).first()
    if row is None:
        return None
    return Pushed(row.at, row.version, row.refusal or "", _parts(row.payload))


def versions(connection: Connection, places: Collection[Place]) -> dict[Place, int]:
    """Return the versions of what there is at some places."""
    table = remote_values
    query = select(table.c.panel, table.c.cell, table.c.version).where(
        table.c.panel.in_({place.panel for place in places}),
        # One parameter that is spread late: thousands of them take long to be made.
        table.c.cell.in_(bindparam("cells", expanding=True)),
    )
    rows = connection.execute(query, {"cells": list({place.cell for place in places})})
    found = ((Place(panel, cell), version) for panel, cell, version in rows)
    return {place: version for place, version in found if place in places}


def states(connection: Connection, panels: Iterable[str]) -> dict[Place, Pushed]:
    """Return how all that some panels have stands, without the values."""
    table = remote_values
    query = select(table.c.panel, table.c.cell, table.c.at, table.c.version, table.c.refusal)
    query = query.where(table.c.panel.in_(list(panels))).order_by(table.c.panel, table.c.cell)
    return {
        Place(row.panel, row.cell): Pushed(row.at, row.version, row.refusal or "")
        for row in connection.execute(query)
    }


def _locked(connection: Connection, place: Place) -> Row[str, str | None]:
    """Return the row of a place, made if it is missing, and keep others from changing it."""
    table = remote_values
    query = select(table.c.payload, table.c.refusal).where(*_here(place))
    if connection.dialect.name == "postgresql":
        query = query.with_for_update()
    row = connection.execute(query).first()
    if row is None:
        _make(connection, place)
        row = connection.execute(query).one()
    return row


def _make(connection: Connection, place: Place) -> None:
    table = remote_values
    count = select(func.count()).select_from(table).where(table.c.panel == place.panel)
    if connection.execute(count).scalar_one() >= MOST_CELLS:
        raise TooManyCells(
            f"panel {place.panel} has values for {MOST_CELLS:,} cells, which is the most it may"
        )
    row = {"panel": place.panel, "cell": place.cell, "payload": "{}", "version": 0}
    # Another process may make it at this very moment: both go on with the one row.
    statement = dialect_insert(connection, table).on_conflict_do_nothing()
    connection.execute(statement, row)


def _change(connection: Connection, place: Place, **values: object) -> None:
    table = remote_values
    change = update(table).where(*_here(place))
    connection.execute(change.values(version=table.c.version + 1, **values))


def _here(place: Place) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return remote_values.c.panel == place.panel, remote_values.c.cell == place.cell


def _payload(parts: Mapping[str, Part]) -> str:
    known = {name: [part.at, orjson.Fragment(part.value)] for name, part in parts.items()}
    return orjson.dumps(known).decode()


def _parts(payload: str) -> dict[str, Part]:
    known = orjson.loads(payload)
    return {name: Part(at, orjson.dumps(value)) for name, (at, value) in known.items()}
