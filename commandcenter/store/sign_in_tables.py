"""The tables of signing in: sessions, wrong attempts, second factors.

Instants are milliseconds since 1970-01-01 UTC, as in the other tables, by the real clock.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from commandcenter.store.tables import Id, metadata

# `digest` is of the token that the browser's cookie keeps, `factor` how one signed in, `why` what
# ended it.
sessions = Table(
    "sessions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("user_id", Id, nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("begun_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("address", String(64), nullable=False),
    Column("agent", String(200), nullable=False),
    Column("factor", String(32), nullable=False),
    Column("ended_at", BigInteger),
    Column("why", String(32)),
    Index("sessions_user", "user_id", "id"),
    sqlite_autoincrement=True,
)

# Wrong attempts with a name since the last good one; `who` is a digest of what was typed as the
# name, whether there is such an account or not.
lockouts = Table(
    "lockouts",
    metadata,
    Column("who", String(64), primary_key=True),
    Column("wrong", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Index("lockouts_at", "at"),
)

# Secrets of one-time codes, sealed; one that is not confirmed asks for nothing yet. `last_step` is
# the newest interval of which a code was used.
second_factors = Table(
    "second_factors",
    metadata,
    Column("user_id", Id, primary_key=True, autoincrement=False),
    Column("secret", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("confirmed", Boolean, nullable=False),
    Column("last_step", BigInteger, nullable=False),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("user_id", Id, primary_key=True, autoincrement=False),
    Column("digest", String(64), primary_key=True),
    Column("used_at", BigInteger),
)
