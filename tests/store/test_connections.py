"""Connections: what one query costs, and those that broke while nobody used them."""

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from sqlalchemy import text

from commandcenter.store import engines
from commandcenter.store.away import StoreAway
from commandcenter.store.engines import Limits
from commandcenter.store.store import Store
from commandcenter.testing.stored import StoredCity

ONE = Limits(connections=1)
BACKEND = text("SELECT pg_backend_pid()")


@pytest.fixture
def narrow(on_postgres: StoredCity) -> Iterator[Store]:
    with closing(Store(on_postgres.store.url, limits=ONE)) as store:
        yield store


def backend(store: Store) -> int:
    with store.read() as connection:
        return int(connection.execute(BACKEND).scalar_one())


def end(store: Store, number: int) -> None:
    address = store.url.replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 20000)", (number,))


def test_a_glance_is_one_query_without_a_transaction_around_it(narrow: Store) -> None:
    with narrow.glance() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        assert driver.info.transaction_status is psycopg.pq.TransactionStatus.IDLE


def test_a_transaction_after_a_glance_is_a_whole_one_again(stored: StoredCity) -> None:
    with stored.store.glance() as connection:
        connection.execute(text("SELECT 1"))
    with pytest.raises(ZeroDivisionError), stored.store.write() as connection:
        connection.execute(text("DELETE FROM cells"))
        raise ZeroDivisionError
    with stored.store.glance() as connection:
        assert connection.execute(text("SELECT count(*) FROM cells")).scalar_one() > 0


def test_a_connection_that_broke_while_it_was_idle_is_replaced_unnoticed(
    narrow: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "FRESH_SECONDS", 0.0)
    first = backend(narrow)
    end(narrow, first)
    assert backend(narrow) != first


def test_one_that_broke_right_after_its_use_costs_one_transaction(
    narrow: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "FRESH_SECONDS", 600.0)
    first = backend(narrow)
    end(narrow, first)
    with pytest.raises(StoreAway):
        backend(narrow)
    assert backend(narrow) != first


def test_one_that_is_used_all_the_time_is_not_asked_whether_it_stands(
    narrow: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "FRESH_SECONDS", 600.0)
    asked: list[object] = []
    backend(narrow)
    monkeypatch.setattr(narrow.engine.dialect, "do_ping", asked.append)
    backend(narrow)
    monkeypatch.setattr(engines, "FRESH_SECONDS", 0.0)
    backend(narrow)
    assert len(asked) == 1
