"""What units have to do in a place: open cases there by the unit that holds them."""

from typing import NamedTuple

from sqlalchemy import Connection, case, func, select

from commandcenter.domain.cases import OPEN
from commandcenter.domain.clocks import Millis
from commandcenter.domain.viewers import Viewer
from commandcenter.store.tables import cases

MOST = 100
FEW_CELLS = 100
"""Scopes of so many cells are read: communities, grids. A street has ten thousand cases."""


class UnitWork(NamedTuple):
    """How many open cases of a place a unit holds, and how many of their clocks have run out."""

    unit: str
    held: int
    overdue: int


def unit_work(connection: Connection, viewer: Viewer, now: Millis, limit: int) -> list[UnitWork]:
    """Return the units with open cases in the viewer's scope, the most overdue first.

    Reads all cases of the scope, so it is for a small one.
    """
    is_late = case((cases.c.due <= now, 1), else_=0)
    late, held = func.sum(is_late), func.count()
    # SQLite would walk all that is open in the city: it is told that the cells are fewer.
    is_open = (cases.c.state + "").in_([state.value for state in OPEN])
    inside = cases.c.cell.between(viewer.first, viewer.last)
    query = select(cases.c.unit, held, late).where(inside, is_open, cases.c.unit.is_not(None))
    query = query.group_by(cases.c.unit).order_by(late.desc(), held.desc(), cases.c.unit)
    rows = connection.execute(query.limit(max(0, min(limit, MOST))))
    return [UnitWork(unit, int(count), int(overdue)) for unit, count, overdue in rows]
