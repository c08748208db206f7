"""The tables of the desk: what a matter was, evidence, parts of cross cases, likely duplicates.

Instants are milliseconds since 1970-01-01 UTC, as in the other tables.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from commandcenter.store.tables import Id, metadata, partial_index

# What the catalogue said of a matter when a case was filed; `body` is the matter as JSON.
matter_versions = Table(
    "matter_versions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("code", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("body", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    UniqueConstraint("code", "digest", name="matter_versions_code_digest"),
)

evidence = Table(
    "evidence",
    metadata,
    Column("id", Id, primary_key=True),
    Column("case_id", Id, nullable=False),
    Column("command", String(16), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("url", Text, nullable=False),
    Column("note", Text, nullable=False),
    Index("evidence_case", "case_id", "id"),
    sqlite_autoincrement=True,
)

# What each unit of a cross case has to do, with its own clock; one of them leads.
parts = Table(
    "parts",
    metadata,
    Column("case_id", Id, primary_key=True, autoincrement=False),
    Column("unit", String(64), primary_key=True),
    Column("is_lead", Boolean, nullable=False),
    Column("task", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("due", BigInteger),
    Column("done_at", BigInteger),
    Column("note", Text, nullable=False),
    Index("parts_unit", "unit", "state", "case_id"),
    partial_index("parts_due", "due", where="done_at IS NULL AND due IS NOT NULL"),
)

# A case that is likely the same as another, until the desk has said whether it is.
likely = Table(
    "likely",
    metadata,
    Column("case_id", Id, primary_key=True, autoincrement=False),
    Column("other_id", Id, primary_key=True, autoincrement=False),
    Column("score", Double, nullable=False),
    Column("reason", Text, nullable=False),
    Column("found_at", BigInteger, nullable=False),
    Column("decision", String(16)),
    Column("decided_at", BigInteger),
    Column("decided_by", String(64)),
    Index("likely_other", "other_id"),
    partial_index("likely_open", "found_at", where="decision IS NULL"),
)

# What was answered to a command with an idempotency key: the same again gets the same answer.
answers = Table(
    "answers",
    metadata,
    Column("actor", String(80), primary_key=True),
    Column("key", String(80), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("answers_at", "at"),
)
