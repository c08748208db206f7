"""Inspections as their rows have them: whose they are, and their routes."""

from sqlalchemy import Connection, select

from commandcenter.domain.inspections import InspectionAct, Point
from commandcenter.domain.viewers import Viewer
from commandcenter.store.field_tables import inspection_routes

PLACES = (InspectionAct.START.value, InspectionAct.VISIT.value)
"""Acts by which a cell counts as visited."""


def owner_of(viewer: Viewer) -> str:
    """Return the name by which an inspection knows who made it."""
    return f"{viewer.kind}:{viewer.name}"[:80]


def route_of(connection: Connection, number: int) -> tuple[Point, ...]:
    """Return the whole route of an inspection, whoever looks: the callers narrow it."""
    query = select(inspection_routes.c.points).where(inspection_routes.c.inspection_id == number)
    return tuple(Point(*point) for point in connection.execute(query).scalar() or ())
