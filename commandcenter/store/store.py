"""Transactions on the one database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection as Connection  # the rooms above take it from here
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from commandcenter.store.away import answered
from commandcenter.store.engines import ALONE, Limits, make_engine

MOVES_WRITTEN = "moves_written"
ACTS_WRITTEN = "acts_written"


class Store:
    """Read and write transactions on SQLite or PostgreSQL.

    `announce` is called after each commit that wrote moves or acts; it must not block. Transactions
    raise StoreAway when the database does not answer.
    """

    def __init__(
        self,
        url: str,
        announce: Callable[[], None] = lambda: None,
        limits: Limits = Limits(),  # noqa: B008 - it is frozen
    ) -> None:
        self.url = url
        self.engine = make_engine(url, limits)
        self._announce = announce
        self.is_closed = False

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
    def glance(self) -> Iterator[Connection]:
        """Open a connection for one query, which is a transaction by itself.

        It goes to PostgreSQL and back once, where a read transaction does so three times.
        """
        alone: dict[str, Any] = (
            {"isolation_level": "AUTOCOMMIT"} if self.is_postgresql else {ALONE: True}
        )
        with answered(), self.engine.connect() as connection:
            yield connection.execution_options(**alone)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a write transaction; it commits at the end or not at all."""
        with answered(), self.engine.connect() as plain:
            connection = plain.execution_options(writes=True)
            # The pool hands connections out again with their info: clear what the last use left.
            _take_written(connection)
            with connection.begin():
                yield connection
            if _take_written(connection):
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
        """Close all connections; whoever still asks makes new ones."""
        self.is_closed = True
        self.engine.dispose()

    def answers(self) -> bool:
        """Tell whether the database answers now."""
        try:
            with self.engine.connect() as connection:
                connection.exec_driver_sql("SELECT 1")
        except DBAPIError:
            return False
        return True


def _take_written(connection: Connection) -> bool:
    """Tell whether a log was written to, and forget it."""
    written = [connection.info.pop(log, False) for log in (MOVES_WRITTEN, ACTS_WRITTEN)]
    return any(written)
