"""Brings a database to the present schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from commandcenter.store.log import take_append_lock
from commandcenter.store.store import Store

FOLDER = Path(__file__).parent / "migrations"


def configuration() -> Config:
    """Return alembic's configuration for this package's migrations."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config


def newest_revision() -> str | None:
    """Return the revision this code needs."""
    return ScriptDirectory.from_config(configuration()).get_current_head()


def has_tables(store: Store) -> bool:
    """Tell whether any migration has run."""
    with store.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() is not None


def upgrade(store: Store) -> None:
    """Run the migrations that are missing; two processes may call it at once."""
    with store.engine.connect() as connection:
        if MigrationContext.configure(connection).get_current_revision() == newest_revision():
            return
    with store.write() as connection:
        take_append_lock(connection)  # one migrates, the others wait and find it done
        config = configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
