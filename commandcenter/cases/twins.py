"""Likely duplicates as the desk has them: why, who reported them, and what it said."""

from typing import NamedTuple

from sqlalchemy import Connection, select, update

from commandcenter.cases import veil
from commandcenter.domain.clocks import Millis
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.errors import NotFound
from commandcenter.store.desk_tables import likely
from commandcenter.store.tables import cases

CHAIN = 20
"""Masters that were merged themselves are followed so far."""


class Reporter(NamedTuple):
    """One report of what a case is about; the person is covered, and None without the clearance."""

    case_id: int
    channel: str
    reported_at: Millis
    title: str
    name: str | None
    phone: str | None


class Twin(NamedTuple):
    """A case that another is likely the same as, with the reason and what the desk said of it."""

    case_id: int
    score: float
    reason: str
    decision: str | None
    decided_by: str | None


def decide(
    connection: Connection, viewer: Viewer, case_id: int, master: int | None, at: Millis
) -> None:
    """Write down what the desk said of what a case is likely the same as: `master`, or none."""
    table = likely.c
    for decision, which in (
        ("merge", table.other_id == master),
        ("distinct", table.other_id != (-1 if master is None else master)),
    ):
        connection.execute(
            update(likely)
            .where(table.case_id == case_id, table.decision.is_(None), which)
            .values(decision=decision, decided_at=at, decided_by=viewer.name)
        )


def twins(connection: Connection, viewer: Viewer, case_id: int) -> list[Twin]:
    """Return what a case is likely the same as, the likeliest first."""
    _must_see(connection, viewer, case_id)
    query = (
        select(likely, cases.c.cell)
        .join(cases, cases.c.id == likely.c.other_id)
        .where(likely.c.case_id == case_id)
        .order_by(likely.c.score.desc(), likely.c.other_id)
    )
    staff = viewer.clearance >= Clearance.STAFF
    return [
        Twin(row.other_id, row.score, veil.text(row.reason) if staff else "", row.decision,
             row.decided_by if staff else None)
        for row in connection.execute(query) if viewer.sees(row.cell)
    ]  # fmt: skip


def reporters(connection: Connection, viewer: Viewer, case_id: int) -> list[Reporter]:
    """Return all who reported what a case is about, the first one first: its own and those merged.

    Who stands in a case outside the scope is not told.
    """
    _must_see(connection, viewer, case_id)
    personal = viewer.clearance >= Clearance.PERSONAL
    columns = (
        cases.c.id, cases.c.channel, cases.c.reported_at, cases.c.title, cases.c.cell,
        cases.c.reporter_name, cases.c.reporter_phone,
    )  # fmt: skip
    rows = list(connection.execute(select(*columns).where(cases.c.id == case_id)))
    newest, known = [case_id], {case_id}
    for _ in range(CHAIN):
        merged = cases.c.merged_into.in_(newest) & cases.c.merged_into.is_not(None)
        found = connection.execute(select(*columns).where(merged))
        fresh = [row for row in found if row.id not in known]
        if not fresh:
            break
        newest = [row.id for row in fresh]
        known |= set(newest)
        rows += fresh
    rows.sort(key=lambda row: (row.reported_at, row.id))
    return [
        Reporter(row.id, row.channel, row.reported_at,
                 veil.text(row.title, veil.reporter(row, viewer)),
                 veil.name(row.reporter_name) if personal else None,
                 veil.phone(row.reporter_phone) if personal else None)
        for row in rows if viewer.sees(row.cell)
    ]  # fmt: skip


def _must_see(connection: Connection, viewer: Viewer, case_id: int) -> None:
    cell = connection.execute(select(cases.c.cell).where(cases.c.id == case_id)).scalar()
    if cell is None or not viewer.sees(cell):
        raise NotFound(f"case {case_id} does not exist")
