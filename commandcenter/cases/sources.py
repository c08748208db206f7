"""What a source may ask of the store: its own open cases and how far it came."""

from sqlalchemy import Connection, select

from commandcenter.domain.cases import OPEN
from commandcenter.domain.clocks import Millis
from commandcenter.domain.viewers import Viewer
from commandcenter.store.coordination_tables import acts
from commandcenter.store.tables import cases, moves


def open_cases(
    connection: Connection, viewer: Viewer, source: str
) -> list[tuple[str, str, str, int, Millis]]:
    """Return a source's open cases: external id, state, matter, position, state since."""
    query = select(
        cases.c.external_id, cases.c.state, cases.c.matter, cases.c.cell, cases.c.since
    ).where(
        cases.c.source == source,
        cases.c.state.in_([state.value for state in OPEN]),
        cases.c.cell.between(viewer.first, viewer.last),
    )
    rows = connection.execute(query.order_by(cases.c.id))
    return [
        (external, state, matter or "", cell, since)
        for external, state, matter, cell, since in rows
    ]


def last_move_at(connection: Connection, viewer: Viewer) -> Millis | None:
    """Return the instant of the last move this actor made, None if there is none."""
    query = select(moves.c.at).where(moves.c.actor == viewer.name)
    return connection.execute(query.order_by(moves.c.seq.desc()).limit(1)).scalar()


def last_act_at(connection: Connection, viewer: Viewer) -> Millis | None:
    """Return the instant of this actor's last act on a whistle or directive, None for none."""
    query = select(acts.c.at).where(acts.c.actor == viewer.name)
    return connection.execute(query.order_by(acts.c.seq.desc()).limit(1)).scalar()


def any_case(connection: Connection, viewer: Viewer) -> bool:
    """Tell whether the viewer's scope holds any case."""
    query = select(cases.c.id).where(cases.c.cell.between(viewer.first, viewer.last)).limit(1)
    return connection.execute(query).first() is not None
