"""Counting whistles and directives from their rows: how the live counts start, how they are proved.
"""

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, case, func, select, text

from commandcenter.cases import veil
from commandcenter.domain.cases import OPEN, Mark
from commandcenter.domain.clocks import Millis
from commandcenter.domain.coordination import CallState
from commandcenter.domain.whistles import LATE
from commandcenter.store.coordination_tables import (
    acts,
    calls,
    directive_cells,
    directives,
    whistles,
)
from commandcenter.store.tables import cases


class OpenCall(NamedTuple):
    """A called unit of an open whistle; `standing` is its state, `late` where it has not come
    though its time is over.
    """

    whistle: int
    unit: str
    depth: int
    standing: str


class OpenDirective(NamedTuple):
    """A directive that has not ended."""

    id: int
    title: str
    cell: int
    depth_from: int
    depth_to: int
    issued_at: Millis
    deadline: Millis


class Judged(NamedTuple):
    """Report-ins of a cell that had a time, and those of them that were in it."""

    cell: int
    judged: int
    on_time: int


def open_whistles(connection: Connection) -> dict[int, int]:
    """Return the cells of open whistles by id."""
    query = select(whistles.c.id, whistles.c.cell).where(whistles.c.ended_at.is_(None))
    return {number: cell for number, cell in connection.execute(query)}


def open_calls(connection: Connection) -> list[OpenCall]:
    """Return the calls of all open whistles."""
    is_late = (calls.c.state == CallState.CALLED.value) & calls.c.late_at.is_not(None)
    standing = case((is_late, LATE), else_=calls.c.state)
    query = (
        select(calls.c.whistle_id, calls.c.unit, calls.c.depth, standing)
        .join(whistles, whistles.c.id == calls.c.whistle_id)
        .where(whistles.c.ended_at.is_(None))
    )
    return [OpenCall(*row) for row in connection.execute(query)]


OPEN_DIRECTIVE = select(*(directives.c[name] for name in OpenDirective._fields))


def open_directives(connection: Connection) -> list[OpenDirective]:
    """Return all directives that have not ended, the oldest first."""
    query = OPEN_DIRECTIVE.where(directives.c.ended_at.is_(None)).order_by(directives.c.id)
    return [_open_directive(row) for row in connection.execute(query)]


def directives_of(connection: Connection, ids: Collection[int]) -> list[OpenDirective]:
    """Return directives by their ids, ended or not."""
    if not ids:
        return []
    query = OPEN_DIRECTIVE.where(directives.c.id.in_(ids))
    return [_open_directive(row) for row in connection.execute(query)]


def _open_directive(row: Row[Any]) -> OpenDirective:
    return OpenDirective._make(row)._replace(title=veil.text(row.title))


def gone_on(connection: Connection, number: int) -> list[Row[Any]]:
    """Return cell and state of all cells of a directive that have said anything."""
    query = select(directive_cells.c.cell, directive_cells.c.state).where(
        directive_cells.c.directive_id == number, directive_cells.c.state > 0
    )
    return list(connection.execute(query))


def judged(connection: Connection, start: Millis, end: Millis) -> list[Judged]:
    """Count the report-ins that were judged from `start` until before `end`."""
    in_time = func.sum(case((acts.c.on_time, 1), else_=0))
    query = (
        select(acts.c.cell, func.count(), in_time)
        .where(acts.c.on_time.is_not(None), acts.c.at >= start, acts.c.at < end)
        .group_by(acts.c.cell)
    )
    return [Judged(*row) for row in connection.execute(query)]


class Inconsistency(NamedTuple):
    """A whistle or directive whose rows contradict each other."""

    what: str
    id: int
    rows: int
    acts: int


def contradictions(connection: Connection) -> list[Inconsistency]:
    """Compare whistles and directives with what their acts say; returns where they differ."""
    return [
        *_whistles(connection),
        *_calls(connection),
        *_directives(connection),
        *_cells(connection),
        *_marks(connection),
    ]


def _last_states(connection: Connection, kind: str) -> dict[tuple[int, str | None], str]:
    """Return where whistles and calls, or directives, stand by their last acts."""
    newest = (
        select(func.max(acts.c.seq))
        .where(acts.c.kind == kind, acts.c.act.not_in(("receive", "act", "done"))
               if kind == "directive" else acts.c.kind == kind)
        .group_by(acts.c.subject, acts.c.unit)
    )  # fmt: skip
    query = select(acts.c.subject, acts.c.unit, acts.c.state_to).where(acts.c.seq.in_(newest))
    return {(number, unit): state for number, unit, state in connection.execute(query)}


def _whistles(connection: Connection) -> list[Inconsistency]:
    told = _last_states(connection, "whistle")
    rows = connection.execute(select(whistles.c.id, whistles.c.state, whistles.c.ended_at))
    return [
        Inconsistency(f"whistle is {state}, acts say", number, 1, 0)
        for number, state, ended in rows
        if told.get((number, None)) != state or (ended is None) != (state == "open")
    ]


def _calls(connection: Connection) -> list[Inconsistency]:
    told = _last_states(connection, "whistle")
    found = []
    columns = calls.c.whistle_id, calls.c.unit, calls.c.state, calls.c.late_at
    for number, unit, state, late_at in connection.execute(select(*columns)):
        is_late = state == CallState.CALLED and late_at is not None
        if told.get((number, unit)) != (LATE if is_late else state):
            found.append(Inconsistency(f"call of {unit} is {state}", number, 1, 0))
    judged_twice = (
        select(acts.c.subject, func.count())
        .where(acts.c.kind == "whistle", acts.c.on_time.is_not(None))
        .group_by(acts.c.subject, acts.c.unit)
        .having(func.count() > 1)
    )
    rows = connection.execute(judged_twice)
    return found + [Inconsistency("call judged", number, 1, count) for number, count in rows]


def _directives(connection: Connection) -> list[Inconsistency]:
    told = _last_states(connection, "directive")
    columns = (directives.c[name] for name in ("id", "state", "cells", "ended_at"))
    rows = connection.execute(select(*columns))
    counted: dict[int, int] = {
        number: count
        for number, count in connection.execute(
            select(directive_cells.c.directive_id, func.count()).group_by(
                directive_cells.c.directive_id
            )
        )
    }
    found = []
    for number, state, asked, ended in rows:
        if told.get((number, None)) != state or (ended is None) != (state == "open"):
            found.append(Inconsistency(f"directive is {state}, acts say", number, 1, 0))
        if counted.get(number, 0) != asked:
            found.append(Inconsistency("directive's cells", number, asked, counted.get(number, 0)))
    return found


def _cells(connection: Connection) -> list[Inconsistency]:
    """Compare how many cells of each directive are how far with what the acts add up to."""
    names = {0: "issued", 1: "received", 2: "acting", 3: "done"}
    keys = directive_cells.c.directive_id, directive_cells.c.state
    query = select(*keys, func.count()).where(keys[1] > 0).group_by(*keys)
    rows = {(n, names[state]): count for n, state, count in connection.execute(query)}
    sums: dict[tuple[int, str], int] = {}
    moved = acts.c.kind == "directive", acts.c.act.in_(("receive", "act", "done"))
    for column, sign in ((acts.c.state_to, 1), (acts.c.state_from, -1)):
        grouped = select(acts.c.subject, column, func.count()).where(*moved)
        for number, state, count in connection.execute(grouped.group_by(acts.c.subject, column)):
            sums[number, state] = sums.get((number, state), 0) + sign * count
    return [
        Inconsistency(f"cells {state} of directive", number, rows.get((number, state), 0), count)
        for number, state in sorted(rows.keys() | sums.keys())
        if state != "issued"
        and rows.get((number, state), 0) != (count := sums.get((number, state), 0))
    ]


def _marks(connection: Connection) -> list[Inconsistency]:
    """Compare which open cases bear the mark of a whistle with those that have an open one."""
    whistled = text(f"marks <> 0 AND marks & {int(Mark.WHISTLED)} <> 0")
    marked = set(connection.scalars(select(cases.c.id).where(whistled)))
    called = set(
        connection.scalars(
            select(cases.c.id)
            .join(whistles, whistles.c.case_id == cases.c.id)
            .where(whistles.c.ended_at.is_(None))
            .where(cases.c.state.in_([state.value for state in OPEN]))
        )
    )
    return [
        Inconsistency("mark of a whistle on case", number, int(number in marked),
                      int(number in called))
        for number in sorted(marked ^ called)
    ]  # fmt: skip
