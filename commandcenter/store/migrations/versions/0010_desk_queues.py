"""The desk's lists by matter and by time"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.create_index("cases_matter", "cases", ["matter", "id"])
    op.create_index("cases_reported", "cases", ["reported_at", "id"])


def downgrade() -> None:
    """Take the step back."""
    op.drop_index("cases_reported", "cases")
    op.drop_index("cases_matter", "cases")
