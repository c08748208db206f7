"""Transactions on the one database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection as Connection  # the rooms above take it from here
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from commandcenter.errors import StoreError
from commandcenter.store.away import answered
from commandcenter.store.holders import session_name, this_process

BUSY_SECONDS = 20
MOVES_WRITTEN = "moves_written"


class Store:
    """Read and write transactions on SQLite or PostgreSQL.

    `announce` is called after each commit that wrote moves; it must not block. Transactions raise
    StoreAway when the database does not answer.
    """

    def __init__(self, url: str, announce: Callable[[], None] = lambda: None) -> None:
        self.url = url
        self.engine = _engine(url)
        self._announce = announce

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a read transaction in which every query sees the same moment."""
        with answered(), self.engine.connect() as connection:
            if self.is_postgresql:
                connection = connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            with connection.begin():
                yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a write transaction; it commits at the end or not at all."""
        with answered(), self.engine.connect() as plain:
            connection = plain.execution_options(writes=True)
            # The pool hands connections out again with their info: clear what the last use left.
            connection.info.pop(MOVES_WRITTEN, None)
            with connection.begin():
                yield connection
            if connection.info.pop(MOVES_WRITTEN, False):
                self._announce()

    @property
    def is_postgresql(self) -> bool:
        """Whether the database is PostgreSQL."""
        return self.engine.dialect.name == "postgresql"

    @property
    def connections_in_use(self) -> int:
        """How many connections of the pool are in use now."""
        pool = self.engine.pool
        return pool.checkedout() if isinstance(pool, QueuePool) else 0

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def answers(self) -> bool:
        """Tell whether the database answers now."""
        try:
            with self.engine.connect() as connection:
                connection.exec_driver_sql("SELECT 1")
        except DBAPIError:
            return False
        return True


def _engine(url: str) -> Engine:
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if url.startswith("postgresql+psycopg"):
        # Who takes over a lease ends the transactions that its last holder left open, by this name.
        named = {"application_name": session_name(this_process())}
        return create_engine(
            url, connect_args=named, pool_size=10, max_overflow=10, pool_pre_ping=True
        )
    raise StoreError(
        f"database_url {url.split(':', 1)[0]!r} is not known: use sqlite:///... "
        "or postgresql+psycopg://..."
    )


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the begin event below opens transactions
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-65536",
        "mmap_size=1073741824",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A write that begins as a read can fail with "database is locked" at once; IMMEDIATE waits.
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
