"""Counting from the rows themselves: how counts start, and how they are proved."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Label, case, func, literal_column, or_, select

from commandcenter.domain.cases import OPEN, Command, Facts, State
from commandcenter.domain.clocks import HOUR, Millis
from commandcenter.domain.metrics import RETURNING
from commandcenter.store.tables import archived_standings, cases, moves
from commandcenter.store.upsert import dialect_insert


@dataclass(frozen=True, slots=True)
class Group:
    """So many cases of one cell that stand alike; `since_sum` adds up when they began to."""

    cell: int
    state: State
    depth: int
    supervised: bool
    marks: int
    count: int
    since_sum: int


Standings = dict[tuple[int, str, int, bool, int], tuple[int, int]]
"""Count and `since_sum` by cell, state, depth, supervision and marks, as in a Group."""


@dataclass(frozen=True, slots=True)
class FlowGroup:
    """So many moves of one cell and hour that are counted alike."""

    cell: int
    command: Command
    channel: str
    on_time: bool | None
    hour: int
    level: int | None
    """The level that came to hold the case by the move."""
    count: int


class Handled(NamedTuple):
    """A case that a unit handled; `on_time` is None where it was not judged."""

    cell: int
    unit: str | None
    on_time: bool | None


class RunningClock(NamedTuple):
    """A case with a clock that runs or has run out: who holds it, and when that is."""

    case_id: int
    cell: int
    depth: int
    due: Millis
    unit: str | None


def groups_of_cases(connection: Connection) -> list[Group]:
    """Count all cases by where and how they stand: one GROUP BY over the table."""
    keys = (cases.c.cell, cases.c.state, cases.c.depth, cases.c.supervised, cases.c.marks)
    query = select(*keys, func.count(), _total(cases.c.since)).group_by(*keys)
    return [
        Group(cell, State(state), depth, bool(supervised), marks, count, int(since))
        for cell, state, depth, supervised, marks, count, since in connection.execute(query)
    ]


def groups_of_moves(connection: Connection) -> list[Group]:
    """Count the same from log and archive alone: what entered a standing less what left it."""
    entered = _standing(connection, "to", 1)
    left = _standing(connection, "from", -1)
    return [*entered, *left, *_archived(connection)]


def add_archived(connection: Connection, counted: Standings) -> None:
    """Keep what moves count that leave the log."""
    names = ("cell", "state", "depth", "supervised", "marks", "count", "since_sum")
    rows = [
        dict(zip(names, row, strict=True))
        for row in sorted((*key, *sums) for key, sums in counted.items() if any(sums))
    ]
    if not rows:
        return
    table = archived_standings
    statement = dialect_insert(connection, table)
    new = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=list(names[:5]),
        set_={"count": table.c["count"] + new["count"],
              "since_sum": table.c.since_sum + new.since_sum},
    )  # fmt: skip
    connection.execute(statement, rows)


def _archived(connection: Connection) -> list[Group]:
    """Return what the moves of the archive count."""
    return [
        Group(cell, State(state), depth, bool(supervised), marks, count, since_sum)
        for cell, state, depth, supervised, marks, count, since_sum in connection.execute(
            select(archived_standings)
        )
    ]


def _standing(connection: Connection, side: str, sign: int) -> list[Group]:
    names = ("state", "depth", "since", "supervised", "marks")
    column = {name: moves.c[f"{name}_{side}"] for name in names}
    # Moves that were made before there were marks say nothing of them.
    marks = func.coalesce(column["marks"], 0)
    keys = (moves.c.cell, column["state"], column["depth"], column["supervised"], marks)
    query = (
        select(*keys, func.count(), _total(column["since"]))
        .where(column["state"].is_not(None))
        .group_by(*keys)
    )
    return [
        Group(cell, State(state), depth, bool(supervised), marks, sign * count, sign * int(since))
        for cell, state, depth, supervised, marks, count, since in connection.execute(query)
    ]


def _total(column: Any) -> Any:
    # In seconds: the sum of two million instants in milliseconds nears the end of 64 bits.
    return func.sum(column // 1000)


def flows(connection: Connection, start: Millis, end: Millis) -> list[FlowGroup]:
    """Count the moves made from `start` until before `end`, by hours since `start`."""
    since_start = (moves.c.at - start) // HOUR
    reported = moves.c.command == Command.REPORT.value
    hour = case((reported, since_start), else_=0).label("hour")
    channel = case((reported, moves.c.channel), else_="").label("channel_key")
    keys = (moves.c.cell, moves.c.command, channel, moves.c.on_time, hour, _new_level())
    query = select(*keys, func.count()).where(moves.c.at >= start, moves.c.at < end)
    rows = connection.execute(query.group_by(*keys))
    return [
        FlowGroup(cell, Command(command), key, on_time, int(since_hour), level, count)
        for cell, command, key, on_time, since_hour, level, count in rows
    ]


def new_level(command: Command, before: Facts | None, after: Facts) -> int | None:
    """Return the level that came to hold a case by a move, None where the same one went on."""
    is_new = before is None or before.depth != after.depth or command in RETURNING
    return after.depth if is_new else None


def _new_level() -> Label[int | None]:
    """Say the same of a row of moves."""
    is_new = or_(
        moves.c.depth_from.is_(None),
        moves.c.depth_from != moves.c.depth_to,
        moves.c.command.in_([command.value for command in RETURNING]),
    )
    return case((is_new, moves.c.depth_to)).label("new_level")


def running_clocks(connection: Connection) -> Iterable[RunningClock]:
    """Return every case whose clock runs or has run out."""
    query = select(cases.c.id, cases.c.cell, cases.c.depth, cases.c.due, cases.c.unit)
    rows = connection.execute(query.where(cases.c.due.is_not(None)))
    return [RunningClock(*row) for row in rows]


def held_by_units(connection: Connection) -> dict[str, int]:
    """Return how many open cases each unit holds."""
    is_open = cases.c.state.in_([state.value for state in OPEN])
    query = select(cases.c.unit, func.count()).where(is_open, cases.c.unit.is_not(None))
    return {unit: count for unit, count in connection.execute(query.group_by(cases.c.unit))}


def handled(connection: Connection, start: Millis, end: Millis) -> list[Handled]:
    """Return what units handled from `start` until before `end`, read from an index alone."""
    # Written out: SQLite takes the index of these moves for a constant only.
    is_handled = moves.c.command == literal_column(f"'{Command.HANDLE.value}'")
    query = select(moves.c.cell, moves.c.unit_to, moves.c.on_time)
    rows = connection.execute(query.where(is_handled, moves.c.at >= start, moves.c.at < end))
    return list(map(Handled._make, rows))
