"""Whistles and directives that come from sources; acts by whether they were in time"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KNOWN = sa.text("external_id IS NOT NULL")
WAITING = sa.text("state = 'called' AND late_at IS NULL")
JUDGED = sa.text("on_time IS NOT NULL")


def upgrade() -> None:
    """Apply the step."""
    for name in ("whistles", "directives"):
        op.add_column(name, sa.Column("source", sa.String(length=80), nullable=True))
        op.add_column(name, sa.Column("external_id", sa.String(length=128), nullable=True))
        op.create_index(
            f"{name}_external",
            name,
            ["source", "external_id"],
            unique=True,
            postgresql_where=KNOWN,
            sqlite_where=KNOWN,
        )
    op.create_index(
        "acts_judged", "acts", ["at"], postgresql_where=JUDGED, sqlite_where=JUDGED
    )
    op.drop_index("calls_due", "calls")
    op.create_index(
        "calls_due", "calls", ["due"], postgresql_where=WAITING, sqlite_where=WAITING
    )


def downgrade() -> None:
    """Take the step back."""
    before = sa.text("reported_in_at IS NULL AND late_at IS NULL")
    op.drop_index("calls_due", "calls")
    op.create_index("calls_due", "calls", ["due"], postgresql_where=before, sqlite_where=before)
    op.drop_index("acts_judged", "acts")
    for name in ("whistles", "directives"):
        op.drop_index(f"{name}_external", name)
        op.drop_column(name, "external_id")
        op.drop_column(name, "source")
