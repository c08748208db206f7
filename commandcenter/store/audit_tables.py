"""The tables of the audit log: entries that are only ever appended, and where their chain ends."""

from sqlalchemy import BigInteger, Column, Index, Integer, SmallInteger, String, Table, Text

from commandcenter.store.tables import metadata

# `at` never goes back and no number is left out, so that a time is found by numbers. `detail` is
# JSON, `scope` a cell's code and `cell` its position; `hash` binds each entry to the one before.
audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("who", String(64), nullable=False),
    Column("what", String(200), nullable=False),
    Column("detail", Text, nullable=False),
    Column("scope", String(64), nullable=False),
    Column("cell", Integer, nullable=False),
    Column("address", String(64), nullable=False),
    Column("session", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("audit_who", "who", "seq"),
    Index("audit_kind", "kind", "seq"),
    Index("audit_cell", "cell", "seq"),
)

# One row: the number, the instant and the hash of the last entry. It is what writers lock.
audit_head = Table(
    "audit_head",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)
