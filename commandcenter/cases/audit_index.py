"""The index of words of the audit log, which follows it in the background as that of cases does.

What is not in it yet a search reads one by one.
"""

from typing import Any

from sqlalchemy import Connection, select, text

from commandcenter.cases import audit as log
from commandcenter.domain.terms import terms
from commandcenter.store.audit_tables import audit
from commandcenter.store.bulk import copy
from commandcenter.store.settings import set_setting, setting

POSITION = "audit_words"
SAID = select(audit.c.seq, audit.c.what, audit.c.detail, audit.c.address)


def position(connection: Connection) -> int:
    """Return the number of the last entry that is in the index."""
    return int(setting(connection, POSITION) or 0)


def is_behind(connection: Connection) -> bool:
    """Tell whether there are entries that are not in the index yet."""
    return log.head(connection).seq > position(connection)


def go_on(connection: Connection, limit: int) -> None:
    """Index the next entries; of several who do so at once each does what is next."""
    if connection.dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(hashtext(:name))")
        connection.execute(lock, {"name": POSITION})
    query = SAID.where(audit.c.seq > position(connection)).order_by(audit.c.seq).limit(limit)
    rows = [(row.seq, " ".join(sorted(terms(said(row))))) for row in connection.execute(query)]
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        copy(connection, "audit_words", ("seq", "words"), rows)
    else:
        sql = "INSERT INTO audit_words (rowid, words) VALUES (?, ?)"
        connection.exec_driver_sql(sql, rows)
    set_setting(connection, POSITION, str(rows[-1][0]))


def said(row: Any) -> str:
    """Return the words by which an entry is found."""
    return f"{row.what} {row.detail} {row.address}"
