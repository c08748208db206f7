"""Directives in the store: issue to tens of thousands of cells, acknowledgements in lists, recall.

A directive's own row is locked by whoever changes it or its cells: acknowledgements and a recall
come one after the other, and none is taken after it was recalled. Long: for the statements of both
databases, which are to be read beside each other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Row, case, func, insert, literal, select, update

from commandcenter.domain import directives as rules
from commandcenter.domain.clocks import Millis
from commandcenter.domain.coordination import CellProgress
from commandcenter.domain.directives import Acknowledgement, Act, DirectiveState, Order
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Viewer
from commandcenter.domain.whistles import Ground
from commandcenter.errors import Invalid, NotFound
from commandcenter.store import acts
from commandcenter.store.coordination_tables import directive_cells, directives
from commandcenter.store.tables import cells
from commandcenter.store.upsert import dialect_insert

STATES = tuple(progress.name.lower() for progress in CellProgress)
"""How far a cell is, in the words of the log of acts, by number."""
ACTS = {state: act.value for act, state in rules.TARGETS.items()}


@dataclass(frozen=True, slots=True)
class Recall:
    """Which directive is recalled, and why."""

    directive: int
    note: str = ""


class Taken(NamedTuple):
    """What came of a list: cells that went on, those that said what was known, others."""

    changed: int
    unchanged: int
    unknown: tuple[int, ...]
    """Positions that are none of the directive's in the viewer's scope."""


def issue(
    connection: Connection, viewer: Viewer, ground: Ground, given: Order, at: Millis
) -> int:
    """Order all cells of a level; returns the directive's id, of the one there is where the key is
    known. Raises Invalid, Forbidden or NotFound.
    """
    order = rules.checked(ground, viewer, given, at)
    depth = int(ground.tree.depth[order.cell])
    depth_from = depth if viewer.role is Role.SOURCE else min(depth, ground.depth_of(viewer))
    first, last = order.cell, int(ground.tree.last[order.cell])
    count = len(rules.cells_of(ground.tree, order.cell, order.depth_to))
    row = {
        "cell": order.cell, "depth_from": depth_from, "depth_to": order.depth_to,
        "title": order.title, "body": order.body, "issuer": viewer.name, "issued_at": at,
        "deadline": order.deadline, "cells": count, "state": DirectiveState.OPEN.value,
        "version": 1, "source": viewer.name if order.key is not None else None,
        "external_id": order.key,
    }  # fmt: skip
    made = connection.execute(
        dialect_insert(connection, directives).values(row).on_conflict_do_nothing(
            index_elements=["source", "external_id"],
            index_where=directives.c.external_id.is_not(None),
        ).returning(directives.c.id)
    ).scalar()  # fmt: skip
    if made is None:
        return find(connection, viewer, [order.key or ""])[order.key or ""]
    ordered = select(literal(made), cells.c.position, literal(0)).where(
        cells.c.depth == order.depth_to, cells.c.position.between(first, last)
    )
    names = ["directive_id", "cell", "state"]
    connection.execute(insert(directive_cells).from_select(names, ordered))
    entry = _entry(made, Act.ISSUE, at, viewer.name)
    acts.append(connection, [entry._replace(
        note=order.title, cell=order.cell, depth=order.depth_to, state_to=DirectiveState.OPEN.value,
    )])  # fmt: skip
    return int(made)


def acknowledge(
    connection: Connection, viewer: Viewer, number: int, given: Sequence[Acknowledgement],
    at: Millis,
) -> Taken:  # fmt: skip
    """Take in how far cells are, each by its furthest word; repeats change nothing.

    Raises NotFound, Forbidden, Invalid for too many at once, or IllegalMove once the directive has
    been recalled or has ended.
    """
    if len(given) > rules.MOST_ACTS:
        raise Invalid(f"{len(given)} in one list: send at most {rules.MOST_ACTS}", "acts")
    rules.require_answerer(viewer)
    row = _locked(connection, viewer, number)
    rules.require_open(DirectiveState(row.state))
    furthest = _furthest(given, viewer, row.issued_at, at)
    standing = _standing(connection, number, furthest)
    moved = [(said, standing[cell]) for cell, said in furthest.items()
             if standing.get(cell, CellProgress.DONE) < said.state]  # fmt: skip
    _write_cells(connection, viewer, number, [said for said, _ in moved])
    kind = acts.Kind.DIRECTIVE.value
    entries = [
        acts.Entry(kind, number, ACTS[said.state], said.at, viewer.name,
                   said.note, said.cell, row.depth_to, None, STATES[before], STATES[said.state])
        for said, before in moved
    ]  # fmt: skip
    is_done = any(said.state is CellProgress.DONE for said, _ in moved)
    if is_done and _all_done(connection, number):
        last = max(said.at for said, _ in moved)
        entries.append(_end(connection, row, DirectiveState.DONE, last, "rule"))
    acts.append(connection, entries)
    unknown = tuple(sorted({ack.cell for ack in given} - standing.keys()))
    return Taken(len(moved), len(standing) - len(moved), unknown)


def recall(
    connection: Connection, viewer: Viewer, ground: Ground, given: Recall, at: Millis
) -> None:
    """Take a directive back; raises NotFound, Forbidden, or IllegalMove where it has ended."""
    row = _locked(connection, viewer, given.directive)
    rules.require_recall(ground, viewer, row.depth_from)
    rules.require_open(DirectiveState(row.state))
    entry = _end(connection, row, DirectiveState.RECALLED, at, viewer.name)
    acts.append(connection, [entry._replace(act=Act.RECALL.value, note=given.note)])


def mark_late(connection: Connection, now: Millis) -> int:
    """Say of each directive whose deadline was over before `now` how many cells were late, at the
    very deadline; returns how many directives there were.
    """
    is_over = directives.c.ended_at.is_(None), directives.c.late.is_(None)
    query = select(directives).where(*is_over, directives.c.deadline < now)
    rows = connection.execute(query.with_for_update(skip_locked=True)).all()
    entries = []
    for row in rows:
        late = _late_count(connection, row)
        changed = {"late": late, "version": directives.c.version + 1}
        connection.execute(update(directives).where(directives.c.id == row.id).values(changed))
        entries.append(_entry(row.id, Act.LATE, row.deadline, "rule")._replace(
            note=str(late), cell=row.cell, depth=row.depth_to, state_from=row.state,
            state_to=row.state,
        ))  # fmt: skip
    acts.append(connection, entries)
    return len(rows)


def end_lapsed(connection: Connection, now: Millis) -> int:
    """End the directives whose deadline is long over; returns how many there were."""
    is_over = directives.c.ended_at.is_(None), directives.c.deadline + rules.LAPSE < now
    query = select(directives).where(*is_over).with_for_update(skip_locked=True)
    rows = connection.execute(query).all()
    acts.append(connection, [
        _end(connection, row, DirectiveState.LAPSED, row.deadline + rules.LAPSE, "rule")
        for row in rows
    ])  # fmt: skip
    return len(rows)


def next_deadline(connection: Connection) -> Millis | None:
    """Return the next deadline that nobody has spoken of yet, None where there is none."""
    waiting = directives.c.ended_at.is_(None), directives.c.late.is_(None)
    return connection.execute(select(func.min(directives.c.deadline)).where(*waiting)).scalar()


def next_lapse(connection: Connection) -> Millis | None:
    """Return when the next directive ends by itself, None where none is open."""
    query = select(func.min(directives.c.deadline)).where(directives.c.ended_at.is_(None))
    first = connection.execute(query).scalar()
    return None if first is None else int(first + rules.LAPSE)


def find(connection: Connection, viewer: Viewer, keys: Sequence[str]) -> dict[str, int]:
    """Return the ids of the viewer's own directives by the names it gave them."""
    query = select(directives.c.external_id, directives.c.id).where(
        directives.c.source == viewer.name, directives.c.external_id.in_(keys)
    )
    return {key: number for key, number in connection.execute(query)}


def _locked(connection: Connection, viewer: Viewer, number: int) -> Row[Any]:
    """Return a directive some of whose cells lie in the scope; nobody else changes it now."""
    query = select(directives, cells.c.last).join(cells, cells.c.position == directives.c.cell)
    row = connection.execute(
        query.where(directives.c.id == number).with_for_update(of=directives)
    ).first()
    if row is None or row.last < viewer.first or row.cell > viewer.last:
        raise NotFound(f"directive {number} does not exist")
    return row


@dataclass(slots=True)
class _Said:
    """All that one cell says in a list: how far it is, and since when it was as far as that."""

    cell: int
    state: CellProgress
    since: list[Millis | None]
    note: str = ""

    @property
    def at(self) -> Millis:
        return self.since[self.state - 1] or 0


def _furthest(
    given: Iterable[Acknowledgement], viewer: Viewer, issued_at: Millis, now: Millis
) -> dict[int, _Said]:
    found: dict[int, _Said] = {}
    for ack in given:
        state = rules.TARGETS.get(ack.act)
        if state is None:
            raise Invalid(f"a cell says {', '.join(rules.TARGETS)}", "act")
        if not viewer.sees(ack.cell):
            continue
        said = found.setdefault(ack.cell, _Said(ack.cell, state, [None] * len(rules.TARGETS)))
        said.state = max(said.state, state)
        at = max(now if ack.at is None else ack.at, issued_at)
        before = said.since[state - 1]
        said.since[state - 1] = at if before is None else min(before, at)
        said.note = ack.note or said.note
    return found


STANDING = {
    "postgresql": (
        "SELECT d.cell, d.state FROM json_array_elements_text(%s::json) AS x JOIN directive_cells d"
        " ON d.directive_id = %s AND d.cell = x.value::int"
    ),
    "sqlite": (
        "SELECT d.cell, d.state FROM json_each(?) AS x CROSS JOIN directive_cells d"
        " ON d.directive_id = ? AND d.cell = x.value"
    ),
}


def _standing(
    connection: Connection, number: int, furthest: Iterable[int]
) -> dict[int, CellProgress]:
    asked = orjson.dumps(list(furthest)).decode()
    rows = connection.exec_driver_sql(STANDING[connection.dialect.name], (asked, number))
    return {cell: PROGRESS[state] for cell, state in rows}


PROGRESS = tuple(CellProgress)
SET = (
    "UPDATE directive_cells SET state = {said}state, "
    # Who says only that it is done has received it by then.
    "received_at = coalesce(received_at, {said}received, {said}acting, {said}done), "
    "acting_at = coalesce(acting_at, {said}acting, {said}done), done_at = {said}done, "
    "actor = {actor}, "
    "note = CASE WHEN {said}note = '' THEN directive_cells.note ELSE {said}note END "
)
WHERE = "WHERE directive_cells.directive_id = {number} AND directive_cells.cell = {said}cell"
WRITE_LIST = (
    SET.format(said="x.", actor="%(actor)s")
    + "FROM json_to_recordset(%(rows)s::json) AS x(cell int, state smallint, received bigint, "
    "acting bigint, done bigint, note text) " + WHERE.format(said="x.", number="%(number)s")
)
"""One statement for a list of any length, for PostgreSQL."""
WRITE_ROW = SET.format(said=":", actor=":actor") + WHERE.format(said=":", number=":number")
"""For SQLite, whose plan of the other would read the whole list for each cell of the directive."""


def _write_cells(
    connection: Connection, viewer: Viewer, number: int, told: Sequence[_Said]
) -> None:
    if not told:
        return
    rows = []
    # In the order in which they lie; `_value_` is what `value` looks up, at a tenth of its price.
    for said in sorted(told, key=_cell):
        received, acting, done = said.since
        rows.append({
            "cell": said.cell, "state": said.state._value_, "received": received, "acting": acting,
            "done": done, "note": said.note,
        })  # fmt: skip
    whose = {"actor": viewer.name, "number": number}
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(WRITE_LIST, whose | {"rows": orjson.dumps(rows).decode()})
    else:
        connection.exec_driver_sql(WRITE_ROW, [row | whose for row in rows])


_cell = attrgetter("cell")


def _all_done(connection: Connection, number: int) -> bool:
    behind = select(directive_cells.c.cell).where(
        directive_cells.c.directive_id == number, directive_cells.c.state < CellProgress.DONE.value
    )
    return connection.execute(behind.limit(1)).first() is None


def _late_count(connection: Connection, row: Row[Any]) -> int:
    """Count cells that were not done at the deadline, whenever it is looked at."""
    in_time = case((directive_cells.c.done_at <= row.deadline, 1), else_=0)
    query = select(func.sum(in_time)).where(directive_cells.c.directive_id == row.id)
    return int(row.cells - (connection.execute(query).scalar() or 0))


def _end(
    connection: Connection, row: Row[Any], state: DirectiveState, at: Millis, actor: str
) -> acts.Entry:
    changed = {"state": state.value, "ended_at": at, "version": directives.c.version + 1}
    if row.late is None and at > row.deadline:
        changed["late"] = _late_count(connection, row)
    connection.execute(update(directives).where(directives.c.id == row.id).values(changed))
    return _entry(row.id, Act.END, at, actor)._replace(
        cell=row.cell, depth=row.depth_to, state_from=row.state, state_to=state.value
    )


def _entry(number: int, act: Act, at: Millis, actor: str) -> acts.Entry:
    return acts.Entry(acts.Kind.DIRECTIVE.value, number, act.value, at, actor, "", 0, 0, None,
                      None, "")  # fmt: skip
