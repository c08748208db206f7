"""The log of acts: what happened to whistles and directives, and checks of coloured cells.

It is read in the order of its commits, kept as the log of moves is, and its numbers are given under
the same lock.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from commandcenter.domain.clocks import Millis
from commandcenter.store.bulk import FEW, copy, insert_json, insert_rows, named
from commandcenter.store.coordination_tables import acts, directives, whistles
from commandcenter.store.log import take_append_lock
from commandcenter.store.store import ACTS_WRITTEN


class Kind(StrEnum):
    """What an act is of."""

    WHISTLE = "whistle"
    DIRECTIVE = "directive"
    CHECK = "check"
    """Somebody has looked at a coloured cell; the subject is the check."""


class Entry(NamedTuple):
    """An act that is to be appended, in the order of COLUMNS.

    `unit` is None for what happens to a whistle or a directive as a whole. `on_time` judges once
    whether a called unit reported in by its time.
    """

    kind: str
    subject: int
    act: str
    at: Millis
    actor: str
    note: str
    cell: int
    depth: int
    unit: str | None
    state_from: str | None
    state_to: str
    on_time: bool | None = None


class Act(NamedTuple):
    """One act, all that counting needs."""

    seq: int
    kind: str
    subject: int
    act: str
    at: Millis
    cell: int
    depth: int
    unit: str | None
    state_from: str | None
    state_to: str
    on_time: bool | None


COLUMNS = Entry._fields
COUNTED = select(*(acts.c[name] for name in Act._fields))
STAGE = (
    "CREATE TEMP TABLE IF NOT EXISTS staged_acts ON COMMIT DELETE ROWS "
    f"AS SELECT {', '.join(COLUMNS)} FROM acts WITH NO DATA"
)
TAKE_GIVEN = insert_json(acts, COLUMNS)
TAKE_STAGED = (
    f"INSERT INTO acts ({', '.join(COLUMNS)}) SELECT {', '.join(COLUMNS)} FROM staged_acts"
)


def append(connection: Connection, entries: Sequence[Entry]) -> None:
    """Append acts; call it last in a write transaction, after moves if there are any."""
    if not entries:
        return
    if connection.dialect.name == "postgresql":
        is_few = len(entries) <= FEW
        if not is_few:
            _stage(connection, entries)
        take_append_lock(connection)
        if is_few:
            connection.exec_driver_sql(TAKE_GIVEN, (named(COLUMNS, entries),))
        else:
            connection.exec_driver_sql(TAKE_STAGED)
    else:
        insert_rows(connection, acts, COLUMNS, entries)
    connection.info[ACTS_WRITTEN] = True


def _stage(connection: Connection, entries: Sequence[Entry]) -> None:
    """Bring acts to the server before the lock is taken, as moves are and for the same reason."""
    if connection.info.get(ACTS_WRITTEN):
        connection.exec_driver_sql("TRUNCATE staged_acts")
    else:
        connection.exec_driver_sql(STAGE)
    copy(connection, "staged_acts", COLUMNS, entries)


BATCH = 20_000
"""Acts are read in lists of so many at most; a shorter list has the end of the log."""


def read_after(connection: Connection, seq: int, limit: int = BATCH) -> list[Act]:
    """Return the next acts after number `seq`, at most `limit`, in order."""
    query = COUNTED.where(acts.c.seq > seq).order_by(acts.c.seq).limit(limit)
    return [Act._make(row) for row in connection.execute(query)]


def follow(connection: Connection, seq: int) -> Iterator[list[Act]]:
    """Yield all acts after number `seq` in lists."""
    while batch := read_after(connection, seq):
        yield batch
        if len(batch) < BATCH:
            return
        seq = batch[-1].seq


def last_seq(connection: Connection) -> int:
    """Return the number of the last act that this transaction sees, 0 if there was none yet."""
    return connection.execute(select(func.max(acts.c.seq))).scalar() or 0


def of_open(connection: Connection) -> Iterator[list[Act]]:
    """Yield all acts of the whistles and directives that have not ended, in lists and in order."""
    for kind, table in ((Kind.WHISTLE, whistles), (Kind.DIRECTIVE, directives)):
        ids = connection.scalars(select(table.c.id).where(table.c.ended_at.is_(None))).all()
        for number in ids:
            about = acts.c.kind == kind.value, acts.c.subject == number
            yield [Act._make(row) for row in connection.execute(
                COUNTED.where(*about).order_by(acts.c.seq)
            )]  # fmt: skip
