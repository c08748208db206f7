"""The log of moves: append-only, read in the order in which it was committed."""

from collections.abc import Iterator, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from commandcenter.domain.cases import Command, Facts, State
from commandcenter.domain.clocks import Millis
from commandcenter.store import partitions
from commandcenter.store.bulk import FEW, copy, insert_json, insert_rows, named
from commandcenter.store.engines import be_patient
from commandcenter.store.store import MOVES_WRITTEN
from commandcenter.store.tables import archives, moves

# Any constant: names the lock under which moves get their numbers on PostgreSQL.
APPEND_LOCK = 0x6D6F766573


class Move(NamedTuple):
    """One move with the facts before and after it, all that counting needs."""

    seq: int
    case_id: int
    command: Command
    at: Millis
    channel: str
    on_time: bool | None
    before: Facts | None
    after: Facts


COLUMNS = tuple(column.name for column in moves.columns if column.name != "seq")
"""The columns of a move in the order of `Entry.row`."""


class Entry(NamedTuple):
    """A move that is to be appended."""

    case_id: int
    command: Command
    at: Millis
    actor: str
    channel: str
    on_time: bool | None
    before: Facts | None
    after: Facts
    note: str = ""

    def row(self) -> tuple[Any, ...]:
        """Return the entry as a row, in the order of COLUMNS."""
        case_id, command, at, actor, channel, on_time, old, new, note = self
        # `_value_` is what `value` looks up, at a tenth of its price.
        head = (case_id, command._value_, at, actor, note, new.cell, channel, on_time)
        state, unit = new.state._value_, new.unit
        if old is None:
            return (*head, None, state, None, new.depth, None, new.since, None, new.due,
                    None, unit, None, new.supervised, None, new.marks)  # fmt: skip
        return (*head, old.state._value_, state, old.depth, new.depth, old.since, new.since,
                old.due, new.due, old.unit, unit, old.supervised, new.supervised,
                old.marks, new.marks)  # fmt: skip


def append(connection: Connection, entries: Sequence[Entry]) -> None:
    """Append moves; call it last in a write transaction.

    On PostgreSQL numbers are given under a lock that is held until the commit, so that whoever
    reads a number has all smaller ones: transactions that commit out of order cannot hide a move.
    """
    if not entries:
        return
    rows = [entry.row() for entry in entries]
    if connection.dialect.name == "postgresql":
        is_few = len(rows) <= FEW
        if not is_few:
            _stage(connection, rows)
        take_append_lock(connection)
        partitions.make_room(connection, {entry.at for entry in entries})
        if is_few:
            connection.exec_driver_sql(TAKE_GIVEN, (named(COLUMNS, rows),))
        else:
            connection.exec_driver_sql(TAKE_STAGED)
    else:
        insert_rows(connection, moves, COLUMNS, rows)
    connection.info[MOVES_WRITTEN] = True


def take_append_lock(connection: Connection) -> None:
    """Wait until no other transaction is appending moves (SQLite has one writer anyway)."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({APPEND_LOCK})")


def take_turn(connection: Connection) -> None:
    """Take the same lock, however long that and all that follows in the transaction lasts."""
    be_patient(connection)
    take_append_lock(connection)


STAGE = (
    "CREATE TEMP TABLE IF NOT EXISTS staged_moves ON COMMIT DELETE ROWS "
    f"AS SELECT {', '.join(COLUMNS)} FROM moves WITH NO DATA"
)
TAKE_GIVEN = insert_json(moves, COLUMNS)
"""The rows come with the statement: who stands still in the middle is held to the limit of doing
nothing, which a COPY is not."""
TAKE_STAGED = (
    f"INSERT INTO moves ({', '.join(COLUMNS)}) SELECT {', '.join(COLUMNS)} FROM staged_moves"
)


def _stage(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Bring moves to the server before the lock is taken.

    A COPY waits for its client, and no time limit ends it: one that stands still in the middle of
    it must not hold the lock. It is much quicker than an INSERT.
    """
    if connection.info.get(MOVES_WRITTEN):
        connection.exec_driver_sql("TRUNCATE staged_moves")
    else:
        connection.exec_driver_sql(STAGE)
    copy(connection, "staged_moves", COLUMNS, rows)


COUNTED = select(
    moves.c.seq, moves.c.case_id, moves.c.command, moves.c.at, moves.c.channel, moves.c.on_time,
    moves.c.cell, moves.c.state_from, moves.c.state_to, moves.c.depth_from, moves.c.depth_to,
    moves.c.since_from, moves.c.since_to, moves.c.due_from, moves.c.due_to,
    moves.c.unit_from, moves.c.unit_to, moves.c.supervised_from, moves.c.supervised_to,
    moves.c.marks_from, moves.c.marks_to,
)  # fmt: skip


BATCH = 5000
"""Moves are read in lists of so many at most; a shorter list has the end of the log."""


def read_after(connection: Connection, seq: int, limit: int = BATCH) -> list[Move]:
    """Return the next moves after number `seq`, at most `limit`, in order."""
    query = COUNTED.where(moves.c.seq > seq).order_by(moves.c.seq).limit(limit)
    return [_move(row) for row in connection.execute(query).all()]


def follow(connection: Connection, seq: int) -> Iterator[list[Move]]:
    """Yield all moves after number `seq` in lists."""
    while batch := read_after(connection, seq):
        yield batch
        if len(batch) < BATCH:
            return
        seq = batch[-1].seq


def last_seq(connection: Connection) -> int:
    """Return the number of the last move that this transaction sees, 0 if there was none yet."""
    newest = select(func.max(moves.c.seq)).scalar_subquery()
    archived = select(func.max(archives.c.last_seq)).scalar_subquery()
    return max(number or 0 for number in connection.execute(select(newest, archived)).one())


STATES = MappingProxyType({state.value: state for state in State})
COMMANDS = MappingProxyType({command.value: command for command in Command})
"""A look-up costs a fifth of a call of the enumeration."""


def _move(row: Any) -> Move:
    (
        seq, case_id, command, at, channel, on_time, cell, state_from, state_to, depth_from,
        depth_to, since_from, since_to, due_from, due_to, unit_from, unit_to, sup_from, sup_to,
        marks_from, marks_to,
    ) = row  # fmt: skip
    before = None
    if state_from is not None:
        before = Facts(
            cell, STATES[state_from], depth_from, since_from, due_from, None, unit_from, sup_from,
            marks_from or 0,
        )
    after = Facts(
        cell, STATES[state_to], depth_to, since_to, due_to, None, unit_to, sup_to, marks_to
    )
    return Move(seq, case_id, COMMANDS[command], at, channel, on_time, before, after)
