"""Brings a database to the present schema.

Alembic is imported when a step is missing: looking whether one is happens at every start, and
loading it would cost as much as all the rest of the look.
"""

from sqlalchemy import inspect, text

from commandcenter.store.away import answered
from commandcenter.store.log import take_turn
from commandcenter.store.store import Store

HEAD = "0019"
"""The newest revision; a test holds it against the migrations."""


def revision(store: Store) -> str | None:
    """Return the revision of a database, None before its first migration."""
    with answered(), store.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(store: Store) -> None:
    """Run the migrations that are missing; two processes may call it at once."""
    if revision(store) == HEAD:
        return
    from alembic import command

    from commandcenter.store.migrations import configuration

    with store.write() as connection:
        take_turn(connection)  # one migrates, the others wait and find it done
        config = configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
