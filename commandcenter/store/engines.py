"""How each database is reached: connections, time limits, pragmas."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from commandcenter.errors import StoreError
from commandcenter.settings import Settings
from commandcenter.store.holders import session_name, this_process

BUSY_SECONDS = 20
POOL_SECONDS = 10
FRESH_SECONDS = 1.0
ALONE = "alone"
"""The option of a connection to SQLite each of whose queries is a transaction by itself."""
USED = "used"
"""Under this name a connection of the pool keeps when it was used last."""
NETWORK = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""A server that went without a word is noticed after 15 s; what the address says of these wins."""


_BESIDE: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()
"""To each engine of PostgreSQL one that makes each connection anew."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one process takes of PostgreSQL: connections, and seconds (0: without end).

    A statement may take `statement`, wait `lock` for a lock, and a transaction may do nothing for
    `idle`: a writer that stands still in the middle of one would keep all others from writing.
    """

    connections: int = 10
    """As many again are made in a rush and closed after it."""
    statement: float = 600
    lock: float = 5
    idle: float = 10

    @classmethod
    def of_web(cls, settings: Settings) -> "Limits":
        """Return the limits of a process that answers requests."""
        return cls._of(settings, settings.web_statement_seconds)

    @classmethod
    def of_worker(cls, settings: Settings) -> "Limits":
        """Return the limits of a process that nobody waits for."""
        return cls._of(settings, settings.worker_statement_seconds)

    @classmethod
    def _of(cls, settings: Settings, statement: float) -> "Limits":
        return cls(
            settings.database_connections, statement, settings.lock_seconds, settings.idle_seconds
        )

    def options(self) -> str:
        """Return the limits as a connection tells them to the server."""
        limits = {
            "statement_timeout": self.statement,
            "lock_timeout": self.lock,
            "idle_in_transaction_session_timeout": self.idle,
        }
        return " ".join(f"-c {name}={round(s * 1000)}" for name, s in limits.items())


def make_engine(url: str, limits: Limits) -> Engine:
    """Return the engine for an address; raises StoreError for one of another database."""
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if url.startswith("postgresql+psycopg"):
        told = _connection(url, limits)
        engine = create_engine(
            url,
            connect_args=told,
            pool_size=limits.connections,
            max_overflow=limits.connections,
            pool_timeout=POOL_SECONDS,
        )
        _look_at_idle_ones(engine)
        _BESIDE[engine] = create_engine(url, connect_args=told, poolclass=NullPool)
        return engine
    raise StoreError(
        f"database_url {url.split(':', 1)[0]!r} is not known: use sqlite:///... "
        "or postgresql+psycopg://..."
    )


def _look_at_idle_ones(engine: Engine) -> None:
    """Ask connections that were idle whether they still stand, before they are used.

    One that breaks within FRESH_SECONDS after its last use is noticed by its next transaction,
    which fails as one that it breaks in: that is too short for a server to have come back.
    """

    def note(_connection: object, record: ConnectionPoolEntry, *_: object) -> None:
        record.info[USED] = monotonic()

    def look(connection: Any, record: ConnectionPoolEntry, _fairy: object) -> None:
        if monotonic() - record.info[USED] < FRESH_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError() from error

    event.listen(engine, "connect", note)
    event.listen(engine, "checkin", note)
    event.listen(engine, "checkout", look)


@contextmanager
def beside(connection: Connection) -> Iterator[Connection]:
    """Open a transaction of PostgreSQL that ends before the caller's, whatever becomes of that.

    Its connection is none of the pool's: who has those may be waiting for the caller.
    """
    with _BESIDE[connection.engine].begin() as other:
        yield other


def be_patient(connection: Connection) -> None:
    """Lift the time limits for the rest of a transaction: it counts or rewrites all there is."""
    if connection.dialect.name == "postgresql":
        for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
            connection.exec_driver_sql(f"SET LOCAL {name} = 0")


def _connection(url: str, limits: Limits) -> dict[str, Any]:
    given = make_url(url).query
    # Who takes over a lease ends the transactions that its last holder left open, by this name.
    named = {"application_name": session_name(this_process())}
    options = f"{limits.options()} {given.get('options', '')}".strip()
    return {**NETWORK, **given, **named, "options": options}


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
    options = connection.get_execution_options()
    if not options.get(ALONE):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes") else "BEGIN")
