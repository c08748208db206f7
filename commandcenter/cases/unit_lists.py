"""The four lists (四单制) of one unit, counted by the indexes of what is with it now."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, select

from commandcenter.domain.clocks import Millis
from commandcenter.domain.coordination import CallState
from commandcenter.domain.viewers import Viewer
from commandcenter.host.coordination import LIST_STATES, OPEN_LISTS, FourLists, Listed
from commandcenter.store.coordination_tables import calls, whistles
from commandcenter.store.tables import cases


def of_unit(connection: Connection, viewer: Viewer, unit: str, day: Millis) -> FourLists:
    """Return what stands on a unit's lists in the viewer's scope; `day` is when today began.

    Its parts in cross cases that another unit has are no cases of its own: they have their queue.
    """
    held = _held(connection, viewer, unit)
    called = _called(connection, viewer, unit)
    open_ = {key: sum(held.get(state.value, 0) for state in LIST_STATES[key]) for key in OPEN_LISTS}
    come = called.get(CallState.REPORTED_IN.value, 0) + called.get(CallState.ACTING.value, 0)
    closed = _closed(connection, viewer, unit, day)
    return FourLists(
        listed=Listed(open_["listed"], 0, 0),
        handed_over=Listed(open_["handed_over"], called.get(CallState.CALLED.value, 0), 0),
        being_done=Listed(open_["being_done"], come, 0),
        cleared=Listed(closed, called.get(CallState.DONE.value, 0), 0),
    )


def _within(viewer: Viewer, column: Any) -> list[Any]:
    """Return what cuts to the scope; position 0 is the city itself, which holds every case."""
    return [(column + 0).between(viewer.first, viewer.last)] if viewer.first else []


def _held(connection: Connection, viewer: Viewer, unit: str) -> Mapping[str, int]:
    states = [state.value for key in OPEN_LISTS for state in LIST_STATES[key]]
    query = select(cases.c.state, func.count()).where(
        cases.c.unit == unit, cases.c.state.in_(states), *_within(viewer, cases.c.cell)
    )
    return {state: n for state, n in connection.execute(query.group_by(cases.c.state))}


def _closed(connection: Connection, viewer: Viewer, unit: str, day: Millis) -> int:
    query = select(func.count()).where(
        cases.c.closed_at.is_not(None), cases.c.closed_at >= day, cases.c.unit == unit,
        *_within(viewer, cases.c.cell),
    )  # fmt: skip
    return connection.execute(query).scalar_one()


def _called(connection: Connection, viewer: Viewer, unit: str) -> Mapping[str, int]:
    """Count the calls of a unit by state, in whistles that are open."""
    open_ = select(whistles.c.id).where(whistles.c.ended_at.is_(None))
    query = select(calls.c.state, func.count()).where(
        calls.c.unit == unit, calls.c.whistle_id.in_(open_), *_within(viewer, calls.c.cell)
    )
    return {state: n for state, n in connection.execute(query.group_by(calls.c.state))}
