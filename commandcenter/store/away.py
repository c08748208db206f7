"""Tells a database that does not answer now from one that is asked wrongly."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from commandcenter.errors import Unavailable

SQLITE_ERROR = 1
"""What SQLite says of a statement that is wrong: unlike busy, full or broken, it stays wrong."""
READ_ONLY = "25006"
"""PostgreSQL's state after a failover that left this connection at the old server."""


class StoreAway(Unavailable):
    """The database does not answer, or not in time; what was asked may be asked again."""


@contextmanager
def answered() -> Iterator[None]:
    """Raise StoreAway for what a database in good order would not say."""
    try:
        yield
    except PendingRollbackError as error:  # a connection was lost before, and somebody went on
        raise StoreAway("the database does not answer: the connection is lost") from error
    except (DBAPIError, PoolTimeout) as error:
        if not is_away(error):
            raise
        reason = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
        raise StoreAway(f"the database does not answer: {reason.splitlines()[0]}") from error


def is_away(error: DBAPIError | PoolTimeout) -> bool:
    """Tell whether the same statement may succeed later."""
    if isinstance(error, PoolTimeout) or error.connection_invalidated:
        return True
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return isinstance(error, OperationalError) and code & 0xFF != SQLITE_ERROR
    if isinstance(error, (OperationalError, InterfaceError)):
        return True
    return getattr(error.orig, "sqlstate", None) == READ_ONLY
