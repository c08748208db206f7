"""What the desk works with: marks, clocks, evidence, parts, likely duplicates, roles"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEYS = ("cell", "state", "depth", "supervised")


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "answers",
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("actor", "key"),
    )
    op.create_index("answers_at", "answers", ["at"], unique=False)
    op.create_table(
        "evidence",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("command", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("evidence_case", "evidence", ["case_id", "id"], unique=False)
    op.create_table(
        "likely",
        sa.Column(
            "case_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column(
            "other_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("case_id", "other_id"),
    )
    op.create_index(
        "likely_open",
        "likely",
        ["found_at"],
        unique=False,
        postgresql_where=sa.text("decision IS NULL"),
        sqlite_where=sa.text("decision IS NULL"),
    )
    op.create_index("likely_other", "likely", ["other_id"], unique=False)
    op.create_table(
        "matter_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code", "digest", name="matter_versions_code_digest"),
    )
    op.create_table(
        "parts",
        sa.Column(
            "case_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("is_lead", sa.Boolean(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "unit"),
    )
    op.create_index(
        "parts_due",
        "parts",
        ["due"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL AND due IS NOT NULL"),
        sqlite_where=sa.text("done_at IS NULL AND due IS NOT NULL"),
    )
    op.create_index("parts_unit", "parts", ["unit", "state", "case_id"], unique=False)
    op.add_column(
        "cases", sa.Column("marks", sa.SmallInteger(), server_default="0", nullable=False)
    )
    op.add_column("cases", sa.Column("clock", sa.String(length=8), nullable=True))
    op.add_column("cases", sa.Column("limit_ms", sa.BigInteger(), nullable=True))
    op.add_column("cases", sa.Column("warn", sa.BigInteger(), nullable=True))
    op.add_column("cases", sa.Column("left_ms", sa.BigInteger(), nullable=True))
    op.add_column("cases", sa.Column("matter_version", sa.Integer(), nullable=True))
    op.add_column(
        "cases",
        sa.Column(
            "merged_into", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
    )
    op.add_column("cases", sa.Column("closed_at", sa.BigInteger(), nullable=True))
    op.add_column("cases", sa.Column("rating", sa.SmallInteger(), nullable=True))
    op.add_column("cases", sa.Column("near", sa.BigInteger(), nullable=True))
    op.create_index(
        "cases_marks",
        "cases",
        ["marks", "id"],
        unique=False,
        postgresql_where=sa.text("marks <> 0"),
        sqlite_where=sa.text("marks <> 0"),
    )
    op.create_index(
        "cases_merged",
        "cases",
        ["merged_into"],
        unique=False,
        postgresql_where=sa.text("merged_into IS NOT NULL"),
        sqlite_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_index(
        "cases_near",
        "cases",
        ["near", "reported_at"],
        unique=False,
        postgresql_where=sa.text("near IS NOT NULL"),
        sqlite_where=sa.text("near IS NOT NULL"),
    )
    op.create_index(
        "cases_phone",
        "cases",
        ["reporter_phone", "id"],
        unique=False,
        postgresql_where=sa.text("reporter_phone IS NOT NULL"),
        sqlite_where=sa.text("reporter_phone IS NOT NULL"),
    )
    op.create_index(
        "cases_supervised",
        "cases",
        ["id"],
        unique=False,
        postgresql_where=sa.text("supervised"),
        sqlite_where=sa.text("supervised"),
    )
    op.create_index("cases_unit", "cases", ["unit", "state", "id"], unique=False)
    op.add_column("keys", sa.Column("role", sa.String(length=32), nullable=True))
    op.add_column("keys", sa.Column("unit", sa.String(length=64), nullable=True))
    op.add_column("moves", sa.Column("marks_from", sa.SmallInteger(), nullable=True))
    op.add_column(
        "moves", sa.Column("marks_to", sa.SmallInteger(), server_default="0", nullable=False)
    )
    op.add_column("users", sa.Column("role", sa.String(length=32), nullable=True))
    op.add_column("users", sa.Column("unit", sa.String(length=64), nullable=True))
    _set_marks_apart()


def downgrade() -> None:
    """Take the step back."""
    op.drop_column("users", "unit")
    op.drop_column("users", "role")
    op.drop_column("moves", "marks_to")
    op.drop_column("moves", "marks_from")
    op.drop_column("keys", "unit")
    op.drop_column("keys", "role")
    op.drop_index("cases_unit", table_name="cases")
    op.drop_index(
        "cases_supervised",
        table_name="cases",
        postgresql_where=sa.text("supervised"),
        sqlite_where=sa.text("supervised"),
    )
    op.drop_index(
        "cases_phone",
        table_name="cases",
        postgresql_where=sa.text("reporter_phone IS NOT NULL"),
        sqlite_where=sa.text("reporter_phone IS NOT NULL"),
    )
    op.drop_index(
        "cases_near",
        table_name="cases",
        postgresql_where=sa.text("near IS NOT NULL"),
        sqlite_where=sa.text("near IS NOT NULL"),
    )
    op.drop_index(
        "cases_merged",
        table_name="cases",
        postgresql_where=sa.text("merged_into IS NOT NULL"),
        sqlite_where=sa.text("merged_into IS NOT NULL"),
    )
    op.drop_index(
        "cases_marks",
        table_name="cases",
        postgresql_where=sa.text("marks <> 0"),
        sqlite_where=sa.text("marks <> 0"),
    )
    op.drop_column("cases", "near")
    op.drop_column("cases", "rating")
    op.drop_column("cases", "closed_at")
    op.drop_column("cases", "merged_into")
    op.drop_column("cases", "matter_version")
    op.drop_column("cases", "left_ms")
    op.drop_column("cases", "warn")
    op.drop_column("cases", "limit_ms")
    op.drop_column("cases", "clock")
    op.drop_column("cases", "marks")
    op.drop_index("parts_unit", table_name="parts")
    op.drop_index(
        "parts_due",
        table_name="parts",
        postgresql_where=sa.text("done_at IS NULL AND due IS NOT NULL"),
        sqlite_where=sa.text("done_at IS NULL AND due IS NOT NULL"),
    )
    op.drop_table("parts")
    op.drop_table("matter_versions")
    op.drop_index("likely_other", table_name="likely")
    op.drop_index(
        "likely_open",
        table_name="likely",
        postgresql_where=sa.text("decision IS NULL"),
        sqlite_where=sa.text("decision IS NULL"),
    )
    op.drop_table("likely")
    op.drop_index("evidence_case", table_name="evidence")
    op.drop_table("evidence")
    op.drop_index("answers_at", table_name="answers")
    op.drop_table("answers")
    _put_marks_together()


def _set_marks_apart() -> None:
    """Count the standings of archived moves by their marks too."""
    marks = sa.Column("marks", sa.SmallInteger(), server_default="0", nullable=False)
    _make_anew((marks,), ("marks",))


def _put_marks_together() -> None:
    _make_anew((), ())


def _make_anew(more: tuple[sa.Column[int], ...], keys: tuple[str, ...]) -> None:
    """Make the table with another primary key, which SQLite has no statement for."""
    op.rename_table("archived_standings", "standings_kept")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER INDEX archived_standings_pkey RENAME TO standings_kept_pkey")
    op.create_table(
        "archived_standings",
        sa.Column("cell", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("depth", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("supervised", sa.Boolean(), nullable=False),
        *more,
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("since_sum", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*KEYS, *keys),
    )
    kept = ", ".join(KEYS)
    op.execute(
        f"INSERT INTO archived_standings ({kept}, count, since_sum) "
        f"SELECT {kept}, sum(count), sum(since_sum) FROM standings_kept GROUP BY {kept}"
    )
    op.drop_table("standings_kept")
