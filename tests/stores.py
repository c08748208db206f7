"""Fixtures of the small city in both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from commandcenter.store.store import Store
from commandcenter.testing.stored import StoredCity


@pytest.fixture
def stored(database_url: str) -> Iterator[StoredCity]:
    """The small city, once in SQLite and once in PostgreSQL."""
    store = Store(database_url)
    yield StoredCity(store)
    store.close()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[StoredCity]:
    """The small city in SQLite."""
    store = Store(f"sqlite:///{tmp_path / 'small.db'}")
    yield StoredCity(store)
    store.close()
