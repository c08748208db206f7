"""Leases: of several processes one holds a name, and only that one may write in the name's behalf.

No clocks are compared. A contender takes over when it has seen the same beat for TTL seconds of
its own; the holder counts itself out when its last good beat began TTL seconds of its own ago.
Rather than on that, correctness rests on the fence: a transaction of a term locks the lease's
row against takeovers until it commits, and finds there whether the term has ended.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from time import CLOCK_BOOTTIME, clock_gettime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, create_engine, event, insert, select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from commandcenter.errors import CommandCenterError
from commandcenter.store.away import StoreAway, answered
from commandcenter.store.holders import is_gone, session_name, this_process
from commandcenter.store.tables import leases

log = logging.getLogger(__name__)

TTL_SECONDS = 2.0
BEAT_SECONDS = 0.5
LOOK_SECONDS = 0.2
LIVE = "live"
"""The lease of the worker that counts, grades and publishes."""

Fence = Callable[[Connection], None]
Clock = Callable[[], float]


class LeaseLost(CommandCenterError):
    """Another process holds the lease: nothing may be written under this term any more."""


def unfenced(_connection: Connection) -> None:
    """Let everything pass: for what runs alone, as commands that prepare a store."""


def source_lease(key: str) -> str:
    """Return the name of the lease of a source."""
    return f"source:{key}"


def boot_seconds() -> float:
    """Return seconds that go on while the machine sleeps, and jump with no clock."""
    return clock_gettime(CLOCK_BOOTTIME)


@dataclass(frozen=True, slots=True)
class Term:
    """One time of holding a lease; its token is higher than those of all terms before it."""

    name: str
    token: int

    def fence(self, connection: Connection) -> None:
        """Keep the term from ending before this transaction does; raises LeaseLost if it has.

        The lock bars a takeover, which locks the row for update, but none of the holder's beats.
        """
        token = select(leases.c.token).where(leases.c.name == self.name)
        if connection.scalar(token.with_for_update(read=True, key_share=True)) != self.token:
            raise LeaseLost(f"lease {self.name}: another process took it after term {self.token}")


class Row(NamedTuple):
    """A lease as it stands in the database."""

    holder: str
    token: int
    beats: int


NOBODY = Row("", 0, 0)
"""A lease that was never held has no row."""


class Table:
    """The leases of a store, over connections of their own that give up soon.

    Those of the store may all be busy, and its patience is longer than a lease.
    """

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        self.is_one_machine = self._engine.dialect.name == "sqlite"

    def read(self, name: str) -> Row:
        """Return a lease as it stands."""
        query = select(leases.c.holder, leases.c.token, leases.c.beats)
        with answered(), self._engine.connect() as connection:
            row = connection.execute(query.where(leases.c.name == name)).first()
        return Row(*row) if row else NOBODY

    def take(self, name: str, seen: Row, holder: str) -> bool:
        """Take a lease that still stands as it was seen; False if it does not."""
        with answered(), self._engine.connect() as connection:
            if seen == NOBODY:
                return _insert(connection, name, holder)
            if seen.holder and not self.is_one_machine:
                _end_sessions(connection, seen.holder)
            unchanged = (
                select(leases.c.name)
                .where(leases.c.name == name, leases.c.holder == seen.holder)
                .where(leases.c.token == seen.token, leases.c.beats == seen.beats)
                .with_for_update()
                .cte("unchanged")
            )
            taken = (
                update(leases)
                .where(leases.c.name == unchanged.c.name)
                .values(holder=holder, token=seen.token + 1, beats=0)
                .returning(leases.c.token)
            )
            return connection.execute(taken).first() is not None

    def beat(self, term: Term) -> bool:
        """Say that a term goes on; False if it has ended."""
        return self._change(term, beats=leases.c.beats + 1)

    def give_back(self, term: Term) -> bool:
        """End a term, so that the next holder need not wait; False if it had ended."""
        return self._change(term, holder="")

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _change(self, term: Term, **values: Any) -> bool:
        mine = (leases.c.name == term.name) & (leases.c.token == term.token)
        with answered(), self._engine.connect() as connection:
            return connection.execute(update(leases).where(mine).values(**values)).rowcount == 1


class Lease:
    """One process's part in a lease; `tend` belongs to one thread, the rest to any."""

    def __init__(
        self, table: Table, name: str, holder: str | None = None, clock: Clock = boot_seconds
    ) -> None:
        self.name = name
        self.holder = this_process() if holder is None else holder
        self._table = table
        self._clock = clock
        self._term: Term | None = None
        self._until = 0.0
        self._beat_due = 0.0
        self._seen: Row | None = None
        self._seen_at = 0.0
        self._stands_by = False

    @property
    def term(self) -> Term | None:
        """The term that this process has, whether or not it could beat of late."""
        return self._term

    @property
    def held(self) -> Term | None:
        """The term, while nobody else can have taken over by this process's own clock."""
        term = self._term
        return term if self._clock() < self._until else None

    def tend(self, is_well: bool = True, patience: float = 0.0) -> float:
        """Beat if it is held and its holder `is_well`, else look whether it can be had.

        Leaves a free lease to others for `patience` seconds. Returns the seconds until it should
        be called again; raises StoreAway.
        """
        if self._term is None:
            return self._contend(patience)
        if is_well and self._clock() >= self._beat_due:
            self._beat(self._term)
        return LOOK_SECONDS

    def doubt(self) -> None:
        """Count the term out until the next beat: a fence has said that it has ended."""
        self._until = self._beat_due = 0.0

    def release(self) -> None:
        """Give it back, as far as the database can be told."""
        term, self._term = self._term, None
        self._seen = None
        if term is None:
            return
        try:
            self._table.give_back(term)
        except StoreAway as error:
            log.warning("lease %s could not be given back and runs out: %s", self.name, error)

    def _contend(self, patience: float) -> float:
        row = self._table.read(self.name)
        now = self._clock()
        if row != self._seen:
            self._seen, self._seen_at = row, now
        is_free = not row.holder or is_gone(row.holder)
        if not is_free and not self._stands_by:
            self._stands_by = True
            log.info("stands by for lease %s, held by %s", self.name, row.holder)
        left = self._seen_at + (patience if is_free else TTL_SECONDS) - now
        if left > 0:
            return min(left, LOOK_SECONDS)
        if self._table.take(self.name, row, self.holder):
            self._begin(Term(self.name, row.token + 1), now)
        return LOOK_SECONDS

    def _begin(self, term: Term, at: float) -> None:
        self._until, self._beat_due = at + TTL_SECONDS, at + BEAT_SECONDS
        self._term, self._seen, self._stands_by = term, None, False
        log.info("holds lease %s, term %d", self.name, term.token)

    def _beat(self, term: Term) -> None:
        began = self._clock()
        try:
            goes_on = self._table.beat(term)
        except StoreAway:
            # Busy writers of one SQLite file keep contenders waiting too: reading is as good.
            if not self._table.is_one_machine:
                raise
            goes_on = self._table.read(self.name).token == term.token
        if goes_on:
            self._until, self._beat_due = began + TTL_SECONDS, began + BEAT_SECONDS
            return
        self._term = None
        log.warning("lost lease %s, term %d, to another process", self.name, term.token)


def _insert(connection: Connection, name: str, holder: str) -> bool:
    try:
        connection.execute(insert(leases).values(name=name, holder=holder, token=1, beats=0))
    except IntegrityError:  # another contender was quicker
        return False
    return True


def _end_sessions(connection: Connection, holder: str) -> None:
    """End the transactions that a silent holder left open: their locks would outlast its term.

    All of them: one that waits for another one's lock would get it now, and in the middle of a COPY
    or of several statements under way at once PostgreSQL takes it for active, which no time limit
    of being idle ends.
    """
    connection.execute(
        text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user"
            " AND application_name = :name AND xact_start IS NOT NULL"
        ),
        {"name": session_name(holder)},
    )


def _engine(url: str) -> Engine:
    """Each statement is a transaction of its own, and none may take as long as a lease."""
    pool: dict[str, Any] = {"pool_size": 1, "max_overflow": 2, "pool_timeout": 1.0}
    if url.startswith("sqlite"):
        engine = create_engine(
            url, isolation_level="AUTOCOMMIT", connect_args={"timeout": 0.25}, **pool
        )
        event.listen(engine, "connect", _prepare_sqlite)
        return engine
    given = make_url(url).query.get("options", "")
    patience = {
        "connect_timeout": 2,
        "tcp_user_timeout": 2000,
        "options": f"-c statement_timeout=1500 -c lock_timeout=1000 {given}".strip(),
    }
    return create_engine(url, isolation_level="AUTOCOMMIT", connect_args=patience, **pool)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous=NORMAL")  # a beat need not survive a loss of power
