"""What units have to do in a place: open cases there by the unit that holds them."""

from typing import NamedTuple

from sqlalchemy import Connection, case, func, select

from commandcenter.cases.queries import WIDE_SCOPE
from commandcenter.domain.cases import OPEN
from commandcenter.domain.clocks import Millis
from commandcenter.domain.viewers import Viewer
from commandcenter.store.tables import cases

MOST = 100


class UnitWork(NamedTuple):
    """How many open cases of a place a unit holds, and how many of their clocks have run out."""

    unit: str
    held: int
    overdue: int


def unit_work(connection: Connection, viewer: Viewer, now: Millis, limit: int) -> list[UnitWork]:
    """Return the units with open cases in the viewer's scope, the most overdue first.

    Reads the cells of a small scope, and the open cases of the city for a wide one.
    """
    is_late = case((cases.c.due <= now, 1), else_=0)
    late, held = func.sum(is_late), func.count()
    is_open = cases.c.state.in_([state.value for state in OPEN])
    query = select(cases.c.unit, held, late).where(is_open, cases.c.unit.is_not(None))
    if viewer.first:  # position 0 is the city itself, which holds every case
        is_small = viewer.last - viewer.first < WIDE_SCOPE
        by_cell = is_small or connection.dialect.name == "postgresql"
        cell = cases.c.cell if by_cell else cases.c.cell + 0
        query = query.where(cell.between(viewer.first, viewer.last))
    query = query.group_by(cases.c.unit).order_by(late.desc(), held.desc(), cases.c.unit)
    rows = connection.execute(query.limit(max(0, min(limit, MOST))))
    return [UnitWork(unit, int(count), int(overdue)) for unit, count, overdue in rows]
