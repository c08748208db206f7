"""Checks in the store: each is a row, and an act in the log that the live counts follow."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, true

from commandcenter.cases import photos, veil
from commandcenter.domain.checks import (
    CHECK_HOURS,
    Check,
    Checked,
    Finding,
    checked,
    require_checker,
)
from commandcenter.domain.clocks import Millis
from commandcenter.domain.colours import Colour
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.errors import Invalid
from commandcenter.store import acts
from commandcenter.store.photo_tables import risk_checks
from commandcenter.store.tables import colour_changes

ACT = "check"
MOST = 50


class Standing(NamedTuple):
    """The colour of a cell as it was last recorded, by which rule."""

    colour: Colour
    rule: str


def check(
    connection: Connection, viewer: Viewer, given: Check, hours: Mapping[str, float], at: Millis
) -> int:
    """Keep a check and return its number; `hours` are the pauses of rules, by key.

    Appends to the log of acts, so it comes last in its transaction. Raises NotFound, Forbidden,
    IllegalMove where there is nothing to check, or Invalid.
    """
    require_checker(viewer, given.cell)
    colour, rule = standing(connection, viewer, given.cell)
    said = checked(given, colour, hours.get(rule, CHECK_HOURS), at)
    if said.photo is not None and not photos.by_number(connection, viewer, [said.photo]):
        raise Invalid(f"there is no photo {said.photo}: send it first", "photo")
    row = {
        "cell": said.cell, "at": at, "by": viewer.name, "colour": int(colour), "rule": rule,
        "finding": said.finding.value, "note": said.note, "next_check": said.next_check,
        "photo": said.photo,
    }  # fmt: skip
    made = connection.execute(insert(risk_checks).values(row).returning(risk_checks.c.id))
    number: int = made.scalar_one()
    entry = acts.Entry(
        acts.Kind.CHECK.value, number, ACT, at, viewer.name, said.note, said.cell, 0, None,
        colour.shown, said.finding.value,
    )  # fmt: skip
    acts.append(connection, [entry])
    return number


def standing(connection: Connection, viewer: Viewer, cell: int) -> Standing:
    """Return the colour of a cell in the scope; one that never changed is blue."""
    query = select(colour_changes.c.after, colour_changes.c.rule)
    newest = query.where(colour_changes.c.cell == cell).order_by(colour_changes.c.id.desc())
    row = connection.execute(newest.limit(1)).first() if viewer.sees(cell) else None
    return Standing(Colour(row.after), row.rule) if row else Standing(Colour.BLUE, "")


def of_cell(connection: Connection, viewer: Viewer, cell: int, limit: int = MOST) -> list[Checked]:
    """Return the checks of a cell in the scope, the newest first.

    Who, note and photo are for staff.
    """
    if not viewer.sees(cell):
        return []
    query = select(risk_checks).where(risk_checks.c.cell == cell)
    rows = connection.execute(query.order_by(risk_checks.c.id.desc()).limit(min(limit, MOST)))
    staff = viewer.clearance >= Clearance.STAFF
    return [_checked(row, staff) for row in rows]


def latest(connection: Connection, cells: Iterable[int] | None = None) -> dict[int, Checked]:
    """Return the last check of each cell, or of some cells, for the server's own counts."""
    wanted: ColumnElement[bool] = true()
    if cells is not None:
        wanted = risk_checks.c.cell.in_(sorted(cells))
    last = select(func.max(risk_checks.c.id)).where(wanted).group_by(risk_checks.c.cell)
    rows = connection.execute(select(risk_checks).where(risk_checks.c.id.in_(last)))
    return {row.cell: _checked(row, staff=True) for row in rows}


def _checked(row: Row[Any], staff: bool) -> Checked:
    by, note, photo = (row.by, veil.text(row.note), row.photo) if staff else ("", "", None)
    return Checked(row.at, by, Finding(row.finding), note, row.next_check, photo)
