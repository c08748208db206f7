"""Queries on directives: how far which cells are, and which are late, within the viewer's scope."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, Select, func, select

from commandcenter.cases import veil
from commandcenter.cases.whistle_queries import Step
from commandcenter.domain.cells import Tree
from commandcenter.domain.clocks import Millis
from commandcenter.domain.coordination import CellProgress
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.errors import NotFound
from commandcenter.host.coordination import DirectiveLine, LateCell, ProgressCounts
from commandcenter.store.acts import Kind
from commandcenter.store.coordination_tables import acts, directive_cells, directives
from commandcenter.store.tables import cells

PAGE_LIMIT = 200
LATE_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Directive:
    """A directive as its page shows it; the issuer is for staff."""

    line: DirectiveLine
    body: str
    issuer: str
    cells: int
    late: int | None
    """How many of all its cells were late at the deadline; None before."""
    ended_at: Millis | None
    version: int
    acts: tuple[Step, ...]


class LevelProgress(NamedTuple):
    """How many cells of a level are how far; each is as far as the least far one in it."""

    depth: int
    counts: ProgressCounts


class CellCounts(NamedTuple):
    """How far the cells of a directive in one cell are."""

    position: int
    counts: ProgressCounts


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a directive is in a cell: by level, and by the cell's children."""

    position: int
    levels: tuple[LevelProgress, ...]
    children: tuple[CellCounts, ...]


class LatePage(NamedTuple):
    """Late cells by position; `cursor` asks for the next ones, None at the end."""

    cells: list[LateCell]
    cursor: int | None


class DirectivePage(NamedTuple):
    """A page of directives, newest first; `cursor` asks for the next one, None at the end."""

    lines: list[DirectiveLine]
    cursor: int | None


def directive(connection: Connection, viewer: Viewer, number: int, now: Millis) -> Directive:
    """Return one directive; raises NotFound where it is missing or has no cell in the scope."""
    row = _row(connection, viewer, number)
    staff = viewer.clearance >= Clearance.STAFF
    whole = select(acts).where(acts.c.kind == Kind.DIRECTIVE.value, acts.c.subject == number)
    # What cells say is tens of thousands of acts; those of the directive itself name its own cell.
    told = connection.execute(
        whole.where(acts.c.act.in_(("issue", "late", "recall", "end"))).order_by(acts.c.seq)
    )
    steps = [
        Step(act.act, act.at, act.actor if staff else "", veil.text(act.note) if staff else "",
             None, act.state_to, None)
        for act in told
    ]  # fmt: skip
    (line,) = _lines(connection, viewer, [row], now)
    return Directive(
        line, veil.text(row.body), row.issuer if staff else "", row.cells, row.late, row.ended_at,
        row.version, tuple(steps),
    )  # fmt: skip


def page(
    connection: Connection, viewer: Viewer, is_open: bool | None, cursor: int | None, limit: int,
    now: Millis,
) -> DirectivePage:  # fmt: skip
    """Return the page of directives with cells in the scope and ids below `cursor`."""
    query = _overlapping(viewer)
    if is_open is not None:
        ended = directives.c.ended_at
        query = query.where(ended.is_(None) if is_open else ended.is_not(None))
    if cursor is not None:
        query = query.where(directives.c.id < cursor)
    size = max(1, min(limit, PAGE_LIMIT))
    rows = connection.execute(query.order_by(directives.c.id.desc()).limit(size + 1)).all()
    lines = _lines(connection, viewer, rows[:size], now)
    return DirectivePage(lines, lines[-1].id if len(rows) > size else None)


def open_directives(
    connection: Connection, viewer: Viewer, limit: int, now: Millis
) -> list[DirectiveLine]:
    """Return the live directives with cells in the scope, the newest first."""
    return page(connection, viewer, True, None, limit, now).lines


def progress(
    connection: Connection, viewer: Viewer, tree: Tree, number: int, position: int
) -> Progress:
    """Return how far a directive is in a cell of the scope; raises NotFound."""
    row = _row(connection, viewer, number)
    if not viewer.sees(position):
        raise NotFound("no such cell")
    first, last = position, int(tree.last[position])
    query = select(directive_cells.c.cell, directive_cells.c.state).where(
        directive_cells.c.directive_id == number, directive_cells.c.cell.between(first, last)
    )
    found = connection.execute(query).all()
    counts = _counts_of(tree, first, last, found)
    depth = int(tree.depth[position])
    levels = tuple(
        LevelProgress(at, _by_least(tree, counts, first, at))
        for at in range(depth, row.depth_to + 1)
    )
    below = tuple(
        CellCounts(child, ProgressCounts(*counts[:, child - first].tolist()))
        for child in tree.children(position)
        if counts[:, child - first].any()
    )
    return Progress(position, levels, below)


def late_cells(
    connection: Connection, viewer: Viewer, number: int, cursor: int | None, limit: int,
    now: Millis,
) -> LatePage:  # fmt: skip
    """Return the cells of the scope after position `cursor` that are not done though the deadline
    has passed; none before it. Raises NotFound.
    """
    row = _row(connection, viewer, number)
    if now <= row.deadline:
        return LatePage([], None)
    first = viewer.first if cursor is None else max(viewer.first, cursor + 1)
    size = max(1, min(limit, LATE_LIMIT))
    query = select(directive_cells.c.cell, directive_cells.c.state).where(
        directive_cells.c.directive_id == number,
        directive_cells.c.state < CellProgress.DONE.value,
        directive_cells.c.cell.between(first, viewer.last),
    )
    rows = connection.execute(query.order_by(directive_cells.c.cell).limit(size + 1)).all()
    late = [LateCell(cell, CellProgress(state)) for cell, state in rows[:size]]
    return LatePage(late, late[-1].position if len(rows) > size else None)


def _overlapping(viewer: Viewer) -> Select[Any]:
    query = select(directives, cells.c.last).join(cells, cells.c.position == directives.c.cell)
    return query.where(cells.c.last >= viewer.first, directives.c.cell <= viewer.last)


def _row(connection: Connection, viewer: Viewer, number: int) -> Row[Any]:
    row = connection.execute(_overlapping(viewer).where(directives.c.id == number)).first()
    if row is None:
        raise NotFound(f"directive {number} does not exist")
    return row


def _lines(
    connection: Connection, viewer: Viewer, rows: Iterable[Row[Any]], now: Millis
) -> list[DirectiveLine]:
    rows = list(rows)
    counted: dict[int, list[int]] = {row.id: [0] * len(CellProgress) for row in rows}
    if counted:
        keys = directive_cells.c.directive_id, directive_cells.c.state
        query = select(*keys, func.count()).where(keys[0].in_(counted))
        if viewer.first > 0:
            between = directive_cells.c.cell.between(viewer.first, viewer.last)
            query = query.where(between)
        for number, state, count in connection.execute(query.group_by(*keys)):
            counted[number][state] = count
    return [_line_of(row, ProgressCounts(*counted[row.id]), now) for row in rows]


def _line_of(row: Row[Any], counts: ProgressCounts, now: Millis) -> DirectiveLine:
    """Return the line of a directive with what was counted of it."""
    total = sum(counts)
    return DirectiveLine(
        row.id, veil.text(row.title), row.cell, row.depth_from, row.depth_to, row.issued_at,
        row.deadline, row.state, counts, total, total - counts.done if now > row.deadline else 0,
    )  # fmt: skip


def _counts_of(
    tree: Tree, first: int, last: int, rows: Iterable[Any]
) -> NDArray[np.int32]:
    """Return how many cells are how far, [4, cells from `first` to `last`], added up the tree."""
    found = np.array([tuple(row) for row in rows], np.int64).reshape(-1, 2)
    counts = np.zeros((len(CellProgress), last - first + 1), np.int32)
    at, states = found[:, 0], found[:, 1]
    while len(at):
        np.add.at(counts, (states, at - first), 1)
        at = tree.parent[at].astype(np.int64)
        inside = at >= first
        at, states = at[inside], states[inside]
    return counts


def _by_least(
    tree: Tree, counts: NDArray[np.int32], first: int, depth: int
) -> ProgressCounts:
    at = np.flatnonzero(tree.depth[first : first + counts.shape[1]] == depth)
    least = (counts[:, at] > 0).argmax(axis=0)[counts[:, at].any(axis=0)]
    return ProgressCounts(*np.bincount(least, minlength=len(CellProgress)).tolist())
