"""Search by words and by the last digits of a phone

The index of words follows the log in the background: no case pays for it when it comes in. SQLite
has its own index of texts, PostgreSQL a table with one; both are given terms, not texts.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

OLD, NEW = sa.text("reporter_phone IS NOT NULL"), sa.text("phone_reversed IS NOT NULL")
STEP = 10_000


def upgrade() -> None:
    """Apply the step."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE TABLE case_words (case_id bigint PRIMARY KEY, words tsvector NOT NULL)")
        op.execute(
            "CREATE INDEX case_words_words ON case_words USING gin (words) "
            "WITH (gin_pending_list_limit = 512)"
        )
    else:
        op.execute(
            "CREATE VIRTUAL TABLE case_words USING fts5"
            "(words, content='', detail='none', columnsize=0, tokenize='ascii')"
        )
    op.drop_index("cases_phone", "cases", postgresql_where=OLD, sqlite_where=OLD)
    op.add_column("cases", sa.Column("phone_reversed", sa.String(length=32), nullable=True))
    _fill()
    op.create_index(
        "cases_phone", "cases", ["phone_reversed", "id"], postgresql_where=NEW, sqlite_where=NEW
    )


def downgrade() -> None:
    """Take the step back."""
    op.drop_index("cases_phone", "cases", postgresql_where=NEW, sqlite_where=NEW)
    op.drop_column("cases", "phone_reversed")
    op.create_index(
        "cases_phone", "cases", ["reporter_phone", "id"], postgresql_where=OLD, sqlite_where=OLD
    )
    op.execute("DROP TABLE case_words")


def _fill() -> None:
    """Set the new column where a phone is known."""
    connection = op.get_bind()
    asked = sa.text(
        "SELECT id, reporter_phone FROM cases WHERE id > :last AND reporter_phone IS NOT NULL "
        "ORDER BY id LIMIT :step"
    )
    change = sa.text("UPDATE cases SET phone_reversed = :phone WHERE id = :id")
    last = 0
    while rows := connection.execute(asked, {"last": last, "step": STEP}).all():
        connection.execute(change, [{"id": row[0], "phone": _reversed(row[1])} for row in rows])
        last = rows[-1][0]


def _reversed(phone: str) -> str | None:
    digits = "".join(letter for letter in phone if letter.isascii() and letter.isdigit())
    return digits[::-1] or None
