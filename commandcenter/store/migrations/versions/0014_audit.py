"""The audit log: entries in a chain, which the database itself refuses to change

Words of entries are found as those of cases are. SQLite deletes what an INSERT OR REPLACE puts
something else in the place of without a word to triggers: so a number that is taken is refused.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

REFUSAL = "the audit log is append-only"
INDICES = {
    "audit_who": ["who", "seq"], "audit_kind": ["kind", "seq"], "audit_cell": ["cell", "seq"],
}  # fmt: skip
TAKEN = "EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq)"
OF_SQLITE = {
    "audit_kept": ("UPDATE ON audit", ""),
    "audit_whole": ("DELETE ON audit", ""),
    "audit_new": ("INSERT ON audit", f"WHEN {TAKEN}"),
    "audit_head_kept": ("DELETE ON audit_head", ""),
    "audit_head_on": ("UPDATE ON audit_head", "WHEN NEW.seq <= OLD.seq OR NEW.at < OLD.at"),
}
OF_POSTGRES = {
    "audit_kept": ("UPDATE OR DELETE OR TRUNCATE ON audit", "FOR EACH STATEMENT"),
    "audit_head_kept": ("DELETE OR TRUNCATE ON audit_head", "FOR EACH STATEMENT"),
    "audit_head_on": (
        "UPDATE ON audit_head",
        "FOR EACH ROW WHEN (NEW.seq <= OLD.seq OR NEW.at < OLD.at)",
    ),
}


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=200), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("cell", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("session", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    for name, columns in INDICES.items():
        op.create_index(name, "audit", columns)
    op.create_table(
        "audit_head",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    if op.get_bind().dialect.name == "postgresql":
        _prepare_postgres()
    else:
        _prepare_sqlite()


def downgrade() -> None:
    """Take the step back."""
    op.execute("DROP TABLE audit_words")
    op.drop_table("audit_head")
    op.drop_table("audit")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_refuse()")


def _prepare_postgres() -> None:
    op.execute("CREATE TABLE audit_words (seq bigint PRIMARY KEY, words tsvector NOT NULL)")
    op.execute(
        "CREATE INDEX audit_words_words ON audit_words USING gin (words) "
        "WITH (gin_pending_list_limit = 512)"
    )
    op.execute(
        "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    for name, (event, which) in OF_POSTGRES.items():
        op.execute(f"CREATE TRIGGER {name} BEFORE {event} {which} EXECUTE FUNCTION audit_refuse()")


def _prepare_sqlite() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE audit_words USING fts5"
        "(words, content='', detail='none', columnsize=0, tokenize='ascii')"
    )
    for name, (event, which) in OF_SQLITE.items():
        refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        op.execute(f"CREATE TRIGGER {name} BEFORE {event} {which} {refuse}")
