"""The months of the log on PostgreSQL: each (of UTC) is a partition, made when it is needed."""

from collections.abc import Iterable, Sequence
from time import monotonic, sleep
from typing import NamedTuple

import numpy as np
from sqlalchemy import Connection

from commandcenter.domain.clocks import Millis
from commandcenter.store.engines import beside

FIRST_YEAR, END_YEAR = 2000, 2100
"""Instants of other years share two partitions: a wrong clock must not make thousands."""
PREFIX = "moves_"
ROOM_LOCK = 0x726F6F6D
PLAN_SECONDS = 0.002
LONGEST_PLAN_SECONDS = 1.5
"""What goes on for longer has its plan and its snapshot long since, and reads."""
TELL_ANEW = "GRANT SELECT ON moves TO CURRENT_USER"
"""It has that right; but all sessions then look anew what partitions there are.

One that was told of a new partition just as it listed those there are keeps its list without it.
"""
AT_THE_LOG = """
    SELECT virtualtransaction FROM pg_locks AS l
    WHERE relation = 'moves'::regclass AND pid <> pg_backend_pid()
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND NOT EXISTS (
        SELECT FROM pg_locks AS w WHERE w.pid = l.pid AND NOT w.granted AND w.locktype = 'advisory'
    )
"""
"""The transactions that have locked the log, so that what they plan by may be older than now."""


class Month(NamedTuple):
    """A month of UTC."""

    year: int
    month: int

    @classmethod
    def of(cls, at: Millis) -> "Month":
        """Return the month of an instant."""
        return cls._numbered(int(np.datetime64(at, "ms").astype("datetime64[M]").astype(int)))

    @classmethod
    def _numbered(cls, months: int) -> "Month":
        return cls(1970 + months // 12, months % 12 + 1)

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02}"

    @property
    def start(self) -> Millis:
        """The instant at which the month begins."""
        return int(np.datetime64(str(self), "ms").astype(int))

    @property
    def next(self) -> "Month":
        """The month after this one."""
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    @property
    def partition(self) -> str:
        """The name of the month's partition."""
        return f"{PREFIX}{self.year}_{self.month:02}"


def months_of(instants: Iterable[Millis]) -> list[Month]:
    """Return the months that instants lie in, in order."""
    at = np.fromiter(instants, np.int64).astype("datetime64[ms]").astype("datetime64[M]")
    return [Month._numbered(number) for number in np.unique(at.astype(int)).tolist()]


def make_room(connection: Connection, instants: Iterable[Millis]) -> None:
    """Make the partitions of instants, and those of the months after them: before they are needed.

    The caller holds the append lock. Nobody else waits: a partition is attached beside readers
    and writers, where one that is made in its place would shut them all out. It is attached before
    the caller's transaction ends, and this returns when all queries are over that may not know it:
    PostgreSQL plans a query before it takes the snapshot that the query reads, so that one could
    see what the caller commits, but for what lies there, and a follower would miss that.
    """
    if connection.dialect.name != "postgresql":
        return
    wanted = {each for month in months_of(instants) for each in (month, month.next)}
    names = {m.partition: m for m in sorted(wanted) if FIRST_YEAR <= m.year < END_YEAR}
    missing = _missing(connection, names)
    if not missing:
        return
    with beside(connection) as other:
        # Who had the append lock before may have lost its connection while it made room.
        other.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ROOM_LOCK})")
        for name in _missing(other, names):
            _make(other, names[name])
    for name in missing:  # to lock something new is how a transaction comes to know of it
        connection.exec_driver_sql(f"LOCK TABLE {name} IN ROW EXCLUSIVE MODE")
    reading = _outwait_plans(connection, set())
    with beside(connection) as other:
        other.exec_driver_sql(TELL_ANEW)
    _outwait_plans(connection, reading)


def _outwait_plans(connection: Connection, reading: set[str]) -> set[str]:
    """Wait until each transaction has ended that has a lock on the log by now, but those `reading`.

    Returns those that go on for so long that they read. Who waits for the append lock waits for
    the caller, and is at no plan.
    """
    until = monotonic() + LONGEST_PLAN_SECONDS
    planned = _at_the_log(connection) - reading
    while planned and monotonic() < until:
        sleep(PLAN_SECONDS)
        planned &= _at_the_log(connection)
    return planned


def _at_the_log(connection: Connection) -> set[str]:
    return set(connection.exec_driver_sql(AT_THE_LOG).scalars())


def _missing(connection: Connection, names: Iterable[str]) -> Sequence[str]:
    query = "SELECT name FROM unnest(%s::text[]) AS name WHERE to_regclass(name) IS NULL"
    return connection.exec_driver_sql(query, (list(names),)).scalars().all()


def shut(connection: Connection, month: Month) -> None:
    """Let nobody write to a month, until the end of the transaction."""
    connection.exec_driver_sql(f"LOCK TABLE {month.partition} IN SHARE ROW EXCLUSIVE MODE")


def has_only(connection: Connection, month: Month, count: int) -> bool:
    """Tell whether a month has a partition of its own with so many moves in it."""
    name = month.partition
    if connection.exec_driver_sql("SELECT to_regclass(%s)", (name,)).scalar() is None:
        return False
    return connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar() == count


def drop(connection: Connection, month: Month) -> None:
    """Drop a month with all its moves; readers wait for the end of the transaction."""
    connection.exec_driver_sql(f"DROP TABLE {month.partition}")


def _make(connection: Connection, month: Month) -> None:
    name = month.partition
    connection.exec_driver_sql(
        f"CREATE TABLE {name} (LIKE moves INCLUDING DEFAULTS INCLUDING INDEXES)"
    )
    connection.exec_driver_sql(
        f"ALTER TABLE moves ATTACH PARTITION {name} "
        f"FOR VALUES FROM ({month.start}) TO ({month.next.start})"
    )
