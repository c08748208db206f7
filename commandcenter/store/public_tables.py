"""The table of receipts: by its code somebody without an account follows one case.

An instant is milliseconds since 1970-01-01 UTC; of a code only the SHA-256 digest is kept.
"""

from sqlalchemy import BigInteger, Column, String, Table

from commandcenter.store.tables import metadata

receipts = Table(
    "receipts",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("case_id", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)
