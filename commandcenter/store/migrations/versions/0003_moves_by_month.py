"""Moves by month, and what archived moves counted"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FIRST, END = 2000, 2100


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "archives",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("moves", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("archived_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "archived_standings",
        sa.Column("cell", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("depth", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("supervised", sa.Boolean(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("since_sum", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("cell", "state", "depth", "supervised"),
    )
    if op.get_bind().dialect.name == "postgresql":
        _set_aside()
        op.execute(
            "CREATE TABLE moves (LIKE moves_whole INCLUDING DEFAULTS) PARTITION BY RANGE (at)"
        )
        for name, start, end in _ranges():
            span = f"FROM ({start}) TO ({end})"
            op.execute(f"CREATE TABLE {name} PARTITION OF moves FOR VALUES {span}")
        _carry_over("PRIMARY KEY (seq, at)")


def downgrade() -> None:
    """Take the step back."""
    if op.get_bind().dialect.name == "postgresql":
        _set_aside()
        op.execute("CREATE TABLE moves (LIKE moves_whole INCLUDING DEFAULTS)")
        _carry_over("PRIMARY KEY (seq)")
    op.drop_table("archived_standings")
    op.drop_table("archives")


def _set_aside() -> None:
    op.execute("ALTER TABLE moves RENAME TO moves_whole")
    for name in ("moves_pkey", "moves_case", "moves_at"):
        op.execute(f"ALTER INDEX {name} RENAME TO {name}_whole")


def _ranges() -> list[tuple[str, str, str]]:
    """Return name, start and end of a partition for each month that has moves, and of two others.

    What lies before and after the years of the months is kept together.
    """
    found = op.get_bind().execute(
        sa.text(
            "SELECT DISTINCT date_trunc('month', to_timestamp(at / 1000) AT TIME ZONE 'UTC') "
            "FROM moves_whole WHERE at >= :first AND at < :end"
        ),
        {"first": _millis(FIRST), "end": _millis(END)},
    )
    months = [
        (
            f"moves_{begins:%Y_%m}",
            str(_millis(begins.year, begins.month)),
            str(_millis(begins.year + begins.month // 12, begins.month % 12 + 1)),
        )
        for begins in sorted(found.scalars())
    ]
    early = ("moves_early", "MINVALUE", str(_millis(FIRST)))
    return [early, *months, ("moves_late", str(_millis(END)), "MAXVALUE")]


def _carry_over(key: str) -> None:
    op.execute("INSERT INTO moves SELECT * FROM moves_whole ORDER BY seq")
    op.execute("ALTER SEQUENCE moves_seq_seq OWNED BY moves.seq")
    op.execute("DROP TABLE moves_whole")
    op.execute(f"ALTER TABLE moves ADD CONSTRAINT moves_pkey {key}")
    op.create_index("moves_case", "moves", ["case_id", "seq"])
    op.create_index("moves_at", "moves", ["at"])


def _millis(year: int, month: int = 1) -> int:
    return round(datetime(year, month, 1, tzinfo=UTC).timestamp() * 1000)
