"""The log of moves: append-only, read in the order in which it was committed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select, text

from commandcenter.domain.cases import Command, Facts, State
from commandcenter.domain.clocks import Millis
from commandcenter.store.store import MOVES_WRITTEN
from commandcenter.store.tables import moves

# Any constant: names the lock under which moves get their numbers on PostgreSQL.
APPEND_LOCK = 0x6D6F766573


@dataclass(frozen=True, slots=True)
class Move:
    """One move with the facts before and after it, all that counting needs."""

    seq: int
    case_id: int
    command: Command
    at: Millis
    channel: str
    on_time: bool | None
    before: Facts | None
    after: Facts


@dataclass(frozen=True, slots=True)
class Entry:
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

    def row(self) -> dict[str, Any]:
        """Return the entry as a row of the table."""
        old, new = self.before, self.after
        return {
            "case_id": self.case_id,
            "command": self.command.value,
            "at": self.at,
            "actor": self.actor,
            "note": self.note,
            "cell": new.cell,
            "channel": self.channel,
            "on_time": self.on_time,
            "state_from": old.state.value if old else None,
            "state_to": new.state.value,
            "depth_from": old.depth if old else None,
            "depth_to": new.depth,
            "since_from": old.since if old else None,
            "since_to": new.since,
            "due_from": old.due if old else None,
            "due_to": new.due,
            "unit_from": old.unit if old else None,
            "unit_to": new.unit,
            "supervised_from": old.supervised if old else None,
            "supervised_to": new.supervised,
        }


def append(connection: Connection, entries: Sequence[Entry]) -> None:
    """Append moves; call it last in a write transaction.

    On PostgreSQL numbers are given under a lock that is held until the commit, so that whoever
    reads a number has all smaller ones: transactions that commit out of order cannot hide a move.
    """
    if not entries:
        return
    take_append_lock(connection)
    connection.execute(moves.insert(), [entry.row() for entry in entries])
    connection.info[MOVES_WRITTEN] = True


def take_append_lock(connection: Connection) -> None:
    """Wait until no other transaction is appending moves (SQLite has one writer anyway)."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": APPEND_LOCK})


COUNTED = select(
    moves.c.seq, moves.c.case_id, moves.c.command, moves.c.at, moves.c.channel, moves.c.on_time,
    moves.c.cell, moves.c.state_from, moves.c.state_to, moves.c.depth_from, moves.c.depth_to,
    moves.c.since_from, moves.c.since_to, moves.c.due_from, moves.c.due_to,
    moves.c.unit_from, moves.c.unit_to, moves.c.supervised_from, moves.c.supervised_to,
)  # fmt: skip


def read_after(connection: Connection, seq: int, limit: int = 5000) -> list[Move]:
    """Return the next moves after number `seq`, at most `limit`, in order."""
    query = COUNTED.where(moves.c.seq > seq).order_by(moves.c.seq).limit(limit)
    return [_move(row) for row in connection.execute(query)]


def follow(connection: Connection, seq: int) -> Iterator[list[Move]]:
    """Yield all moves after number `seq` in lists."""
    while batch := read_after(connection, seq):
        yield batch
        seq = batch[-1].seq


def last_seq(connection: Connection) -> int:
    """Return the number of the last move that this transaction sees, 0 if there is none."""
    return connection.execute(select(func.max(moves.c.seq))).scalar() or 0


def _move(row: Any) -> Move:
    (
        seq, case_id, command, at, channel, on_time, cell, state_from, state_to, depth_from,
        depth_to, since_from, since_to, due_from, due_to, unit_from, unit_to, sup_from, sup_to,
    ) = row  # fmt: skip
    before = None
    if state_from is not None:
        before = Facts(
            cell, State(state_from), depth_from, since_from, due_from, None, unit_from, sup_from
        )
    after = Facts(cell, State(state_to), depth_to, since_to, due_to, None, unit_to, sup_to)
    return Move(seq, case_id, Command(command), at, channel, on_time, before, after)
