"""All tables, for SQLite and PostgreSQL alike.

Instants are integers: milliseconds since 1970-01-01 UTC. A `cell` column holds a pre-order
position, so that everything under a cell is one BETWEEN.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

metadata = MetaData()

# SQLite numbers rows by itself only for a column that is exactly INTEGER.
Id = BigInteger().with_variant(Integer(), "sqlite")



def partial_index(name: str, *columns: str, where: str) -> Index:
    """Return an index of the rows alone for which `where` holds."""
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where))


settings = Table(
    "settings",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

cells = Table(
    "cells",
    metadata,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("code", String(64), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("parent", String(64)),
    Column("depth", SmallInteger, nullable=False),
    Column("last", Integer, nullable=False),
    Column("lng", Double, nullable=False),
    Column("lat", Double, nullable=False),
    Column("households", Integer, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("chief", String(64)),
    Column("chief_phone", String(32)),
    Column("chief_invented", Boolean, nullable=False),
)

outlines = Table(
    "outlines",
    metadata,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("wkb", LargeBinary, nullable=False),
)

units = Table(
    "units",
    metadata,
    Column("code", String(64), primary_key=True),
    Column("title_zh", String(200), nullable=False),
    Column("title_en", String(200), nullable=False),
    Column("duty", String(64), nullable=False),
    Column("cell", Integer, nullable=False),
)

cases = Table(
    "cases",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source", String(64), nullable=False),
    Column("external_id", String(128), nullable=False),
    Column("channel", String(64), nullable=False),
    Column("matter", String(64)),
    Column("title", String(200), nullable=False),
    Column("description", Text, nullable=False),
    Column("reporter_name", String(64)),
    Column("reporter_phone", String(32)),
    Column("attachments", JSON),
    Column("lng", Double),
    Column("lat", Double),
    Column("occurred_at", BigInteger, nullable=False),
    Column("reported_at", BigInteger, nullable=False),
    Column("cell", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("depth", SmallInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("due", BigInteger),
    Column("deadline", BigInteger),
    Column("unit", String(64)),
    Column("supervised", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("marks", SmallInteger, nullable=False, server_default="0"),
    Column("clock", String(8)),
    Column("limit_ms", BigInteger),
    Column("warn", BigInteger),
    Column("left_ms", BigInteger),
    Column("matter_version", Integer),
    Column("merged_into", Id),
    Column("closed_at", BigInteger),
    Column("rating", SmallInteger),
    Column("near", BigInteger),
    Column("phone_reversed", String(32)),
    UniqueConstraint("source", "external_id", name="cases_source_external_id"),
    Index("cases_cell", "cell", "id"),
    Index("cases_state", "state", "id"),
    Index("cases_unit", "unit", "state", "id"),
    Index("cases_matter", "matter", "id"),
    Index("cases_reported", "reported_at", "id"),
    partial_index("cases_due", "due", where="due IS NOT NULL"),
    partial_index("cases_marks", "marks", "id", where="marks <> 0"),
    partial_index("cases_supervised", "id", where="supervised"),
    partial_index("cases_merged", "merged_into", where="merged_into IS NOT NULL"),
    partial_index("cases_phone", "phone_reversed", "id", where="phone_reversed IS NOT NULL"),
    partial_index("cases_closed", "closed_at", "unit", where="closed_at IS NOT NULL"),
    partial_index("cases_near", "near", "reported_at", where="near IS NOT NULL"),
)

# On PostgreSQL partitioned by month of `at`, which its primary key there must hold too.
moves = Table(
    "moves",
    metadata,
    Column("seq", Id, primary_key=True),
    Column("case_id", Id, nullable=False),
    Column("command", String(16), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("note", Text, nullable=False),
    Column("cell", Integer, nullable=False),
    Column("channel", String(64), nullable=False),
    Column("on_time", Boolean),
    Column("state_from", String(16)),
    Column("state_to", String(16), nullable=False),
    Column("depth_from", SmallInteger),
    Column("depth_to", SmallInteger, nullable=False),
    Column("since_from", BigInteger),
    Column("since_to", BigInteger, nullable=False),
    Column("due_from", BigInteger),
    Column("due_to", BigInteger),
    Column("unit_from", String(64)),
    Column("unit_to", String(64)),
    Column("supervised_from", Boolean),
    Column("supervised_to", Boolean, nullable=False),
    Column("marks_from", SmallInteger),
    Column("marks_to", SmallInteger, nullable=False, server_default="0"),
    Index("moves_case", "case_id", "seq"),
    Index("moves_at", "at"),
    # With the command in it SQLite asks for nothing else.
    partial_index(
        "moves_handled", "at", "cell", "unit_to", "on_time", "command", where="command = 'handle'"
    ),
    sqlite_autoincrement=True,
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", Id, primary_key=True),
    Column("fingerprint", String(64), nullable=False, unique=True),
    Column("received_at", BigInteger, nullable=False),
    Column("times", Integer, nullable=False),
    Column("source", String(64)),
    Column("sender", String(64), nullable=False),
    Column("payload", Text, nullable=False),
    Column("code", String(32), nullable=False),
    Column("field", String(64)),
    Column("message", Text, nullable=False),
    Column("resent_at", BigInteger),
)

users = Table(
    "users",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("password", String(200), nullable=False),
    Column("scope", String(64), nullable=False),
    Column("clearance", SmallInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("disabled_at", BigInteger),
    Column("role", String(32)),
    Column("unit", String(64)),
    # A password that somebody else has set, which must be changed at the next sign-in.
    Column("must_change", Boolean, nullable=False, server_default=false()),
    # Comes in by the provider of OpenID Connect, and who it is there: issuer and subject.
    Column("oidc", Boolean, nullable=False, server_default=false()),
    Column("identity", String(512)),
    # Kinds of data, as `cases,people`; none named: those of its level and role.
    Column("blocks", String(160)),
    Index("users_identity", "identity", unique=True),
)

keys = Table(
    "keys",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("name", String(64), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("scope", String(64), nullable=False),
    Column("clearance", SmallInteger, nullable=False),
    Column("layout", String(64)),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("plugin", String(48)),
    Column("role", String(32)),
    Column("unit", String(64)),
    Column("blocks", String(160)),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("payload", LargeBinary, nullable=False),
)

tallies = Table(
    "tallies",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("payload", LargeBinary, nullable=False),
)

colour_changes = Table(
    "colour_changes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("cell", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("before", SmallInteger, nullable=False),
    Column("after", SmallInteger, nullable=False),
    Column("rule", String(64), nullable=False),
    Column("words", Text, nullable=False),
    Column("owner", String(200), nullable=False),
    Column("next_check", BigInteger, nullable=False),
    Index("colour_changes_at", "at"),
    Index("colour_changes_cell", "cell", "at"),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("holder", String(160), nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("beats", BigInteger, nullable=False),
)

archives = Table(
    "archives",
    metadata,
    Column("name", String(128), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("moves", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("archived_at", BigInteger, nullable=False),
)

# What archived moves counted: how many cases they left standing so, as `cases.recount` groups them.
archived_standings = Table(
    "archived_standings",
    metadata,
    Column("cell", Integer, primary_key=True, autoincrement=False),
    Column("state", String(16), primary_key=True),
    Column("depth", SmallInteger, primary_key=True, autoincrement=False),
    Column("supervised", Boolean, primary_key=True),
    Column("marks", SmallInteger, primary_key=True, autoincrement=False, server_default="0"),
    Column("count", BigInteger, nullable=False),
    Column("since_sum", BigInteger, nullable=False),
)
