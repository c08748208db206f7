"""The kinds of data that an account or a key sees; none named: those of its level and role"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    for table in ("users", "keys"):
        op.add_column(table, sa.Column("blocks", sa.String(length=160), nullable=True))


def downgrade() -> None:
    """Take the step back."""
    for table in ("keys", "users"):
        op.drop_column(table, "blocks")
