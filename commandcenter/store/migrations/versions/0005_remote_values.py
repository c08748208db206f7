"""What is pushed to remote panels, and keys that belong to a plugin"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "remote_values",
        sa.Column("panel", sa.String(length=64), nullable=False),
        sa.Column("cell", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("refused_at", sa.BigInteger(), nullable=True),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("panel", "cell"),
    )
    op.add_column("keys", sa.Column("plugin", sa.String(length=48), nullable=True))


def downgrade() -> None:
    """Take the step back."""
    op.drop_column("keys", "plugin")
    op.drop_table("remote_values")
