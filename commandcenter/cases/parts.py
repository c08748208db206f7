"""Parts of cross cases (三跨): several units share one, each with its own clock; one leads."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from commandcenter.domain.clocks import Millis
from commandcenter.domain.permits import Part, PartState
from commandcenter.host.coordination import PartLine
from commandcenter.store.desk_tables import parts


def of_case(connection: Connection, case_id: int) -> tuple[Part, ...]:
    """Return the parts of a case, the lead's first."""
    query = select(parts.c.unit, parts.c.is_lead, parts.c.state).where(parts.c.case_id == case_id)
    rows = connection.execute(query.order_by(parts.c.is_lead.desc(), parts.c.unit))
    return tuple(Part(row.unit, bool(row.is_lead), PartState(row.state)) for row in rows)


def lines(connection: Connection, case_id: int) -> tuple[PartLine, ...]:
    """Return the parts of a case as they are shown, the lead's first."""
    query = select(parts).where(parts.c.case_id == case_id)
    rows = connection.execute(query.order_by(parts.c.is_lead.desc(), parts.c.unit))
    return tuple(
        PartLine(row.unit, row.state, bool(row.is_lead), row.due, row.done_at) for row in rows
    )


class Plan(NamedTuple):
    """Which units are to do what, and who leads them; each has until its own instant."""

    units: Sequence[tuple[str, Millis | None]]
    lead: str
    task: str


def engage(connection: Connection, case_id: int, plan: Plan, at: Millis) -> None:
    """Give units their parts; those who have one keep it, and the lead may change."""
    known = {part.unit for part in of_case(connection, case_id)}
    fresh = [
        {"case_id": case_id, "unit": unit, "is_lead": False, "task": plan.task,
         "state": PartState.CALLED.value, "since": at, "due": due, "note": ""}
        for unit, due in plan.units if unit not in known
    ]  # fmt: skip
    if fresh:
        connection.execute(insert(parts), fresh)
    mine = parts.c.case_id == case_id
    connection.execute(update(parts).where(mine).values(is_lead=parts.c.unit == plan.lead))


def advance(connection: Connection, case_id: int, unit: str, state: PartState, at: Millis) -> None:
    """Say how far a unit is with its part."""
    values: dict[str, Any] = {"state": state.value, "since": at}
    if state is PartState.DONE:
        values["done_at"] = at
    which = (parts.c.case_id == case_id, parts.c.unit == unit)
    connection.execute(update(parts).where(*which).values(values))


def drop(connection: Connection, case_id: int) -> None:
    """Take the parts away: the case is at a desk again."""
    connection.execute(delete(parts).where(parts.c.case_id == case_id))
