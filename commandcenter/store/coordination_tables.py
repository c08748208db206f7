"""The tables of whistles and directives, and the log of acts that their counts follow.

A `cell` is a pre-order position, a `depth` a level, an instant milliseconds since 1970-01-01 UTC.
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
    text,
)

from commandcenter.store.tables import Id, metadata, partial_index


def known_outside(table: str) -> Index:
    """Return the index by which who hands a thing in twice finds it the second time."""
    known = text("external_id IS NOT NULL")
    return Index(
        f"{table}_external", "source", "external_id", unique=True,
        postgresql_where=known, sqlite_where=known,
    )  # fmt: skip


# `depth` is the level that whistles, `cell` the place to which the called must come.
whistles = Table(
    "whistles",
    metadata,
    Column("id", Id, primary_key=True),
    Column("cell", Integer, nullable=False),
    Column("depth", SmallInteger, nullable=False),
    Column("caller", String(64), nullable=False),
    Column("caller_unit", String(64)),
    Column("case_id", Id),
    Column("title", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("place", String(200), nullable=False),
    Column("lng", Double),
    Column("lat", Double),
    Column("created_at", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("ended_at", BigInteger),
    Column("version", Integer, nullable=False),
    Column("source", String(80)),
    Column("external_id", String(128)),
    Index("whistles_cell", "cell", "id"),
    known_outside("whistles"),
    partial_index("whistles_case", "case_id", where="case_id IS NOT NULL"),
    partial_index("whistles_open", "id", where="ended_at IS NULL"),
)

# One row for each called unit; `depth` is the unit's level, `cell` the whistle's.
calls = Table(
    "calls",
    metadata,
    Column("whistle_id", Id, primary_key=True, autoincrement=False),
    Column("unit", String(64), primary_key=True),
    Column("cell", Integer, nullable=False),
    Column("depth", SmallInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("called_at", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("late_at", BigInteger),
    Column("reported_in_at", BigInteger),
    Column("acting_at", BigInteger),
    Column("done_at", BigInteger),
    Column("note", Text, nullable=False),
    Column("rating_by_caller", SmallInteger),
    Column("rating_by_called", SmallInteger),
    Column("version", Integer, nullable=False),
    Index("calls_unit", "unit", "state", "whistle_id"),
    partial_index("calls_due", "due", where="state = 'called' AND late_at IS NULL"),
)

# An order of the cell `cell` to all cells of the level `depth_to` in it; `cells` is how many.
directives = Table(
    "directives",
    metadata,
    Column("id", Id, primary_key=True),
    Column("cell", Integer, nullable=False),
    Column("depth_from", SmallInteger, nullable=False),
    Column("depth_to", SmallInteger, nullable=False),
    Column("title", String(200), nullable=False),
    Column("body", Text, nullable=False),
    Column("issuer", String(64), nullable=False),
    Column("issued_at", BigInteger, nullable=False),
    Column("deadline", BigInteger, nullable=False),
    Column("cells", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("ended_at", BigInteger),
    Column("late", Integer),
    Column("version", Integer, nullable=False),
    Column("source", String(80)),
    Column("external_id", String(128)),
    known_outside("directives"),
    partial_index("directives_open", "id", where="ended_at IS NULL"),
)

# How far each cell is: 0 issued, 1 received, 2 acting, 3 done.
directive_cells = Table(
    "directive_cells",
    metadata,
    Column("directive_id", Id, primary_key=True, autoincrement=False),
    Column("cell", Integer, primary_key=True, autoincrement=False),
    Column("state", SmallInteger, nullable=False),
    Column("received_at", BigInteger),
    Column("acting_at", BigInteger),
    Column("done_at", BigInteger),
    Column("actor", String(64)),
    Column("note", Text),
    Index("directive_cells_state", "directive_id", "state", "cell"),
)

# Append-only, numbered under the same lock as moves: what happened to whistles and directives.
acts = Table(
    "acts",
    metadata,
    Column("seq", Id, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("subject", Id, nullable=False),
    Column("act", String(16), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("note", Text, nullable=False),
    Column("cell", Integer, nullable=False),
    Column("depth", SmallInteger, nullable=False),
    Column("unit", String(64)),
    Column("state_from", String(16)),
    Column("state_to", String(16), nullable=False),
    Column("on_time", Boolean),
    Index("acts_subject", "kind", "subject", "seq"),
    Index("acts_at", "at"),
    partial_index("acts_judged", "at", where="on_time IS NOT NULL"),
    sqlite_autoincrement=True,
)
