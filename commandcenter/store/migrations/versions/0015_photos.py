"""Photos, and checks of cells that bear a colour"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OF_CASES = sa.text("case_id IS NOT NULL")
OF_INSPECTIONS = sa.text("inspection_id IS NOT NULL")


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "photos",
        sa.Column("id", ID, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=True),
        sa.Column("thumb", sa.LargeBinary(), nullable=False),
        sa.Column("cell", sa.Integer(), nullable=False),
        sa.Column("case_id", ID, nullable=True),
        sa.Column("inspection_id", ID, nullable=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("lng", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("archive", sa.String(length=128), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest", "cell", "by", name="photos_digest"),
        sqlite_autoincrement=True,
    )
    op.create_index("photos_at", "photos", ["at"], unique=False)
    for name, condition in (("case", OF_CASES), ("inspection", OF_INSPECTIONS)):
        op.create_index(
            f"photos_{name}", "photos", [f"{name}_id", "id"], unique=False,
            postgresql_where=condition, sqlite_where=condition,
        )  # fmt: skip
    op.create_table(
        "risk_checks",
        sa.Column("id", ID, nullable=False),
        sa.Column("cell", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("colour", sa.SmallInteger(), nullable=False),
        sa.Column("rule", sa.String(length=64), nullable=False),
        sa.Column("finding", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("next_check", sa.BigInteger(), nullable=False),
        sa.Column("photo", ID, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("risk_checks_cell", "risk_checks", ["cell", "id"], unique=False)


def downgrade() -> None:
    """Take the step back."""
    op.drop_table("risk_checks")
    op.drop_table("photos")
