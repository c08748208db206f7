"""What units have handled is read by an index that holds all of it"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

HANDLED = sa.text("command = 'handle'")


def upgrade() -> None:
    """Apply the step."""
    op.create_index(
        "moves_handled", "moves", ["at", "cell", "unit_to", "on_time", "command"],
        postgresql_where=HANDLED, sqlite_where=HANDLED,
    )  # fmt: skip


def downgrade() -> None:
    """Take the step back."""
    op.drop_index("moves_handled", "moves", postgresql_where=HANDLED, sqlite_where=HANDLED)
