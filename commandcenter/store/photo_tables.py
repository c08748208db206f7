"""The tables of what was seen in the field: photos, and checks of cells that bear a colour.

A `cell` is a pre-order position, an instant milliseconds since 1970-01-01 UTC.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from commandcenter.store.tables import Id, metadata, partial_index

# A picture as it was made anew from what was sent, with a small one; `digest` is of what was sent.
# One that was archived has no `bytes` any more: `archive` names the file that holds them.
photos = Table(
    "photos",
    metadata,
    Column("id", Id, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("bytes", LargeBinary),
    Column("thumb", LargeBinary, nullable=False),
    Column("cell", Integer, nullable=False),
    Column("case_id", Id),
    Column("inspection_id", Id),
    Column("public", Boolean, nullable=False),
    Column("by", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("lng", Double),
    Column("lat", Double),
    Column("archive", String(128)),
    UniqueConstraint("digest", "cell", "by", name="photos_digest"),
    Index("photos_at", "at"),
    partial_index("photos_case", "case_id", "id", where="case_id IS NOT NULL"),
    partial_index("photos_inspection", "inspection_id", "id", where="inspection_id IS NOT NULL"),
    sqlite_autoincrement=True,
)

# Somebody has looked at a cell that bears a colour: what was found, and when to look again.
risk_checks = Table(
    "risk_checks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("cell", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", String(64), nullable=False),
    Column("colour", SmallInteger, nullable=False),
    Column("rule", String(64), nullable=False),
    Column("finding", String(16), nullable=False),
    Column("note", Text, nullable=False),
    Column("next_check", BigInteger, nullable=False),
    Column("photo", Id),
    Index("risk_checks_cell", "cell", "id"),
    sqlite_autoincrement=True,
)
