"""Inspections: what was done on the way, and along which route"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
RUNNING = sa.text("ended_at IS NULL")
OF_CASES = sa.text("case_id IS NOT NULL")


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "inspections",
        sa.Column("id", ID, nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=True),
        sa.Column("key", sa.String(length=80), nullable=True),
        sa.Column("cell", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("owner", "key", name="inspections_owner_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("inspections_owner", "inspections", ["owner", "id"], unique=False)
    op.create_index(
        "inspections_running", "inspections", ["owner"], unique=True,
        postgresql_where=RUNNING, sqlite_where=RUNNING,
    )  # fmt: skip
    op.create_table(
        "inspection_acts",
        sa.Column("id", ID, nullable=False),
        sa.Column("inspection_id", ID, nullable=False),
        sa.Column("key", sa.String(length=80), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("cell", sa.Integer(), nullable=False),
        sa.Column("lng", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("case_id", ID, nullable=True),
        sa.Column("photos", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("inspection_id", "key", name="inspection_acts_key"),
        sqlite_autoincrement=True,
    )
    acts = "inspection_acts"
    op.create_index("inspection_acts_at", acts, ["inspection_id", "at", "id"], unique=False)
    op.create_index("inspection_acts_cell", acts, ["cell", "inspection_id"], unique=False)
    op.create_index(
        "inspection_acts_case", acts, ["case_id"], unique=False,
        postgresql_where=OF_CASES, sqlite_where=OF_CASES,
    )  # fmt: skip
    op.create_table(
        "inspection_routes",
        sa.Column("inspection_id", ID, autoincrement=False, nullable=False),
        sa.Column("points", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("inspection_id"),
    )


def downgrade() -> None:
    """Take the step back."""
    op.drop_table("inspection_routes")
    op.drop_table("inspection_acts")
    op.drop_table("inspections")
