"""The tables of inspections: who went where, what was done on the way, and along which route.

A `cell` is a pre-order position, an instant milliseconds since 1970-01-01 UTC. `at` is when a thing
was done by the clock of who did it, `taken_at` when the server heard of it.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Double,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from commandcenter.store.tables import Id, metadata, partial_index

# `owner` tells accounts apart (kind and name), `who` is what others read. One of each runs at most.
inspections = Table(
    "inspections",
    metadata,
    Column("id", Id, primary_key=True),
    Column("owner", String(80), nullable=False),
    Column("who", String(64), nullable=False),
    Column("role", String(32)),
    Column("key", String(80)),
    Column("cell", Integer, nullable=False),
    Column("title", String(200), nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("summary", Text, nullable=False),
    UniqueConstraint("owner", "key", name="inspections_owner_key"),
    Index("inspections_owner", "owner", "id"),
    Index(
        "inspections_running", "owner", unique=True,
        postgresql_where=text("ended_at IS NULL"), sqlite_where=text("ended_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)  # fmt: skip

# What was done on the way: start, visit, note, find, end. `photos` are numbers of photos.
inspection_acts = Table(
    "inspection_acts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("inspection_id", Id, nullable=False),
    Column("key", String(80)),
    Column("digest", String(64), nullable=False),
    Column("act", String(16), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("taken_at", BigInteger, nullable=False),
    Column("who", String(64), nullable=False),
    Column("cell", Integer, nullable=False),
    Column("lng", Double),
    Column("lat", Double),
    Column("text", Text, nullable=False),
    Column("case_id", Id),
    Column("photos", JSON),
    UniqueConstraint("inspection_id", "key", name="inspection_acts_key"),
    Index("inspection_acts_at", "inspection_id", "at", "id"),
    Index("inspection_acts_cell", "cell", "inspection_id"),
    partial_index("inspection_acts_case", "case_id", where="case_id IS NOT NULL"),
    sqlite_autoincrement=True,
)

# The thinned route as a list of [at, lng, lat, cell], of bounded length.
inspection_routes = Table(
    "inspection_routes",
    metadata,
    Column("inspection_id", Id, primary_key=True, autoincrement=False),
    Column("points", JSON, nullable=False),
)
