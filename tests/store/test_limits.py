"""Time limits: who stands still in a transaction keeps nobody waiting, and leaves nothing."""

from collections.abc import Iterator
from contextlib import closing
from threading import Event, Thread
from time import monotonic

import pytest
from sqlalchemy import func, select, text

from commandcenter.ingest.intake import Intake
from commandcenter.settings import Settings
from commandcenter.store.away import StoreAway
from commandcenter.store.engines import Limits, be_patient
from commandcenter.store.log import COLUMNS, STAGE, append, last_seq, take_append_lock
from commandcenter.store.store import Store
from commandcenter.store.tables import cases
from commandcenter.testing.stored import StoredCity
from tests.store.entries import entry

SECONDS = 20.0
QUICK = Limits(connections=2, statement=1.0, lock=0.3, idle=0.3)
UNHURRIED = Limits(connections=2, statement=1.0, lock=0.3, idle=SECONDS)
"""For what is not about who stands still: on a busy machine everybody does for a moment."""


@pytest.fixture
def hurried(on_postgres: StoredCity) -> Iterator[Store]:
    with closing(Store(on_postgres.store.url, limits=QUICK)) as store:
        yield store


@pytest.fixture
def limited(on_postgres: StoredCity) -> Iterator[Store]:
    with closing(Store(on_postgres.store.url, limits=UNHURRIED)) as store:
        yield store


def test_a_writer_that_stands_still_is_cut_off_and_leaves_nothing(
    on_postgres: StoredCity, hurried: Store
) -> None:
    appended, written, failed = Event(), Event(), []

    def stand_still() -> None:
        try:
            with hurried.write() as connection:
                append(connection, [entry(1)])
                appended.set()
                written.wait(SECONDS)
                last_seq(connection)
        except StoreAway as error:
            failed.append(error)

    frozen = Thread(target=stand_still)
    frozen.start()
    assert appended.wait(SECONDS)
    with on_postgres.store.write() as connection:
        append(connection, [entry(2)])
    written.set()
    frozen.join(SECONDS)
    assert len(failed) == 1
    with on_postgres.store.read() as connection:
        kept = connection.execute(text("SELECT case_id FROM moves")).scalars().all()
    assert kept == [2]


def test_a_writer_that_stands_still_while_it_sends_moves_holds_no_lock_of_the_log(
    on_postgres: StoredCity, limited: Store
) -> None:
    """PostgreSQL waits for the rest of a COPY for ever: no time limit is looked at meanwhile."""
    with limited.write() as connection:
        connection.exec_driver_sql(STAGE)
        cursor = connection.connection.cursor()
        with cursor.copy(f"COPY staged_moves ({', '.join(COLUMNS)}) FROM STDIN") as copying:
            copying.write_row(entry(1).row())
            with on_postgres.store.write() as other:
                append(other, [entry(2)])
    with on_postgres.store.read() as connection:
        assert last_seq(connection) == 1


def test_a_statement_that_takes_too_long_is_ended_as_a_database_that_does_not_answer(
    limited: Store,
) -> None:
    with pytest.raises(StoreAway, match="statement timeout"), limited.read() as connection:
        connection.execute(text("SELECT pg_sleep(30)"))
    with limited.read() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1


def test_a_list_that_cannot_get_the_lock_is_not_taken_in_at_all(
    on_postgres: StoredCity, limited: Store
) -> None:
    rules = on_postgres.intake._rules
    intake = Intake(limited, rules, on_postgres.clock)
    bad = on_postgres.report("bad", title="")
    with on_postgres.store.write() as connection:
        take_append_lock(connection)
        with pytest.raises(StoreAway, match="lock timeout"):
            intake.accept(on_postgres.viewer(), [on_postgres.report("one"), bad])
    with on_postgres.store.read() as connection:
        assert connection.execute(select(func.count()).select_from(cases)).scalar() == 0
    answers = intake.accept(on_postgres.viewer(), [on_postgres.report("one"), bad])
    assert [answer.status for answer in answers] == ["accepted", "rejected"]


def test_what_counts_everything_may_take_its_time(hurried: Store) -> None:
    with hurried.read() as connection:
        be_patient(connection)
        began = monotonic()
        connection.execute(text("SELECT pg_sleep(1.2)"))
        Event().wait(0.5)
        connection.execute(text("SELECT 1"))
        assert monotonic() - began > 1.6


def test_settings_and_the_address_reach_the_server(on_postgres: StoredCity) -> None:
    settings = Settings(
        web_statement_seconds=7, worker_statement_seconds=70, lock_seconds=3, idle_seconds=4,
        database_connections=1,
    )  # fmt: skip
    url = f"{on_postgres.store.url}?options=-c%20work_mem%3D8MB&keepalives_count=9"
    for limits, statement in ((Limits.of_web(settings), "7s"), (Limits.of_worker(settings), "70s")):
        with closing(Store(url, limits=limits)) as store, store.read() as connection:
            told = [
                connection.execute(text(f"SHOW {name}")).scalar()
                for name in ("statement_timeout", "lock_timeout",
                             "idle_in_transaction_session_timeout", "work_mem")
            ]  # fmt: skip
            raw = connection.connection.driver_connection
            parameters = raw.info.get_parameters()
            assert store.engine.pool.size() == 1
        assert told == [statement, "3s", "4s", "8MB"]
        assert parameters["tcp_user_timeout"] == "15000" and parameters["keepalives_count"] == "9"
