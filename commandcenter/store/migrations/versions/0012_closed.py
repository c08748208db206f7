"""What was closed today is found by an index

The list of what is cleared shows the cases of one day, of a cell or of a unit.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

CLOSED = sa.text("closed_at IS NOT NULL")


def upgrade() -> None:
    """Apply the step."""
    op.create_index(
        "cases_closed", "cases", ["closed_at", "unit"],
        postgresql_where=CLOSED, sqlite_where=CLOSED,
    )  # fmt: skip


def downgrade() -> None:
    """Take the step back."""
    op.drop_index("cases_closed", "cases", postgresql_where=CLOSED, sqlite_where=CLOSED)
