"""Receipts: by their codes those follow a case who reported it without an account"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "receipts",
        sa.Column("digest", sa.String(length=64), primary_key=True),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    """Take the step back."""
    op.drop_table("receipts")
