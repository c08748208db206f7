"""Fixtures of the small city in both databases.

Making a database costs more than most tests: one is made of each kind, then copied or emptied.
"""

from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

import pytest

from commandcenter.store.all_tables import metadata
from commandcenter.store.schema import upgrade
from commandcenter.store.store import Store
from commandcenter.testing.stored import StoredCity
from tests.services.postgres import Postgres

APPEND_ONLY = ("audit", "audit_head")
"""Tables whose triggers refuse to be emptied."""


def lay_out(path: Path) -> None:
    """Make a SQLite database with all tables, whole in its one file."""
    store = Store(f"sqlite:///{path}")
    upgrade(store)
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with all tables and nothing in them."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    lay_out(path)
    return path


@pytest.fixture(scope="session")
def shared_postgres(postgres: Postgres) -> Iterator[Store]:
    """A PostgreSQL database with all tables, which one test after another uses."""
    store = Store(postgres.url(postgres.create_database()))
    upgrade(store)
    yield store
    store.close()


def emptied(shared: Store) -> str:
    """The address of the shared database, after whatever stood in it was removed.

    To cut off every table takes a third of a second, and a test writes into a few.
    """
    names = [*(table.name for table in metadata.sorted_tables), "audit_words"]
    each = (f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in names)
    with shared.write() as connection:
        filled = connection.exec_driver_sql(" UNION ALL ".join(each)).scalars().all()
        kept = [table for table in APPEND_ONLY if table in filled]
        for table in kept:
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        if filled:
            connection.exec_driver_sql(f"TRUNCATE {', '.join(filled)} CASCADE")
        for table in kept:
            connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        restart = "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'"
        connection.exec_driver_sql(restart)
    return shared.url


@pytest.fixture
def small(empty_file: Path, tmp_path: Path) -> Iterator[StoredCity]:
    """The small city in SQLite."""
    path = tmp_path / "small.db"
    copyfile(empty_file, path)
    store = Store(f"sqlite:///{path}")
    yield StoredCity(store)
    store.close()


@pytest.fixture
def on_postgres(shared_postgres: Store) -> Iterator[StoredCity]:
    """The small city in PostgreSQL."""
    store = Store(emptied(shared_postgres))
    yield StoredCity(store)
    store.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def stored(request: pytest.FixtureRequest) -> StoredCity:
    """The small city, once in SQLite and once in PostgreSQL."""
    city: StoredCity = request.getfixturevalue(
        "small" if request.param == "sqlite" else "on_postgres"
    )
    return city


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def laid_out_url(request: pytest.FixtureRequest, empty_file: Path, tmp_path: Path) -> str:
    """The address of a database with all tables and nothing in them, once of each kind."""
    if request.param == "postgres":
        return emptied(request.getfixturevalue("shared_postgres"))
    return f"sqlite:///{copyfile(empty_file, tmp_path / 'commandcenter.db')}"
