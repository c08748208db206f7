"""Upgrades of databases with data in them, from the first revision on, on both databases."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from alembic import command
from sqlalchemy import text

from commandcenter.cases import queries, recount
from commandcenter.domain.cases import Command
from commandcenter.domain.clocks import DAY, HOUR
from commandcenter.host.reports import Filing, Report
from commandcenter.live.rollup import Rollup
from commandcenter.live.verify import compare, verify
from commandcenter.store.engines import be_patient
from commandcenter.store.log import COLUMNS, last_seq, read_after
from commandcenter.store.migrations import configuration
from commandcenter.store.partitions import Month
from commandcenter.store.schema import HEAD, revision, upgrade
from commandcenter.store.store import Store
from commandcenter.testing.stored import MONDAY, StoredCity

FIRST = "0001"
Rows = dict[str, list[dict[str, Any]]]
LONG_AGO, FAR_AHEAD = 0, 4_200_000_000_000
"""1970 and 2103: outside the years that have months of their own."""


def migrate(store: Store, target: str) -> None:
    with store.write() as connection:
        be_patient(connection)
        config = configuration()
        config.attributes["connection"] = connection
        (command.downgrade if target == FIRST else command.upgrade)(config, target)


@contextmanager
def lived_in(url: str) -> Iterator[StoredCity]:
    """A city whose cases have moves in many months."""
    with closing(Store(url)) as store:
        city = StoredCity(store)
        for number, at in enumerate((LONG_AGO, FAR_AHEAD, *(MONDAY - d * DAY for d in range(90)))):
            report = Report.model_validate(city.report(f"old-{number}", matter="E0201"))
            city.accept(Filing(report, at))
            if number % 3 == 0:
                assert city.advance(f"old-{number}", Command.FILE, at + HOUR)
        city.accept(*(city.report(f"n{number}") for number in range(40)))
        yield city


@pytest.fixture
def city(database_url: str) -> Iterator[StoredCity]:
    """A city with a past, once on SQLite and once on PostgreSQL."""
    with lived_in(database_url) as found:
        yield found


@pytest.fixture
def parted(postgres_url: str) -> Iterator[StoredCity]:
    """A city with a past on PostgreSQL, where the log has parts."""
    with lived_in(postgres_url) as found:
        yield found


def rows(city: StoredCity) -> Rows:
    with city.store.read() as connection:
        return {
            table: [
                dict(row)
                for row in connection.execute(text(f"SELECT * FROM {table} ORDER BY 1")).mappings()
            ]
            for table in ("cases", "moves", "cells", "units", "settings")
        }


def of_the_first(found: Rows, first: Rows) -> Rows:
    """Return rows with the columns alone that the tables had in the first revision."""
    return {
        table: [{name: row[name] for name in first[table][0]} for row in lines]
        for table, lines in found.items()
    }


def parts(store: Store) -> dict[str, int]:
    """Return the parts of the log with their numbers of moves."""
    with store.read() as connection:
        found = connection.execute(text("SELECT tableoid::regclass::text FROM moves"))
        names = found.scalars().all()
    return {name: names.count(name) for name in sorted(set(names))}


def test_every_migration_carries_over_what_is_there(city: StoredCity) -> None:
    before, counted = rows(city), city.rollup()
    migrate(city.store, FIRST)
    assert revision(city.store) == FIRST
    first = rows(city)
    assert of_the_first(before, first) == first
    upgrade(city.store)
    assert revision(city.store) == HEAD
    assert of_the_first(rows(city), first) == first
    assert compare(city.rollup(), counted, counted).differences == ()
    proof = verify(city.frame(), city.store, city.clock.now)
    assert proof.differences == () and proof.cases == 132
    with city.store.read() as connection:
        assert len(read_after(connection, 0)) == proof.moves == len(before["moves"])


def test_after_an_upgrade_work_goes_on_with_the_next_numbers(city: StoredCity) -> None:
    migrate(city.store, FIRST)
    upgrade(city.store)
    with city.store.read() as connection:
        last = read_after(connection, 0)[-1]
    (answer,) = city.accept(city.report("new"))
    assert answer.id == 133
    with city.store.read() as connection:
        new = read_after(connection, last.seq)
        told = queries.steps(connection, city.viewer(), answer.id)
    assert [move.seq for move in new] == [last.seq + 1, last.seq + 2, last.seq + 3]
    assert len(told) == 3
    assert verify(city.frame(), city.store, city.clock.now).differences == ()


def test_moves_lie_in_the_partition_of_their_month(parted: StoredCity) -> None:
    made = parts(parted.store)
    assert set(made) == {
        "moves_early", "moves_2025_10", "moves_2025_11", "moves_2025_12", "moves_2026_01",
        "moves_late",
    }  # fmt: skip
    migrate(parted.store, FIRST)
    assert set(parts(parted.store)) == {"moves"}
    upgrade(parted.store)
    assert parts(parted.store) == made


def test_the_next_month_is_there_before_it_comes(on_postgres: StoredCity) -> None:
    on_postgres.accept(on_postgres.report("one"))
    with on_postgres.store.read() as connection:
        found = connection.execute(text("SELECT to_regclass('moves_2026_02') IS NOT NULL"))
        assert found.scalar()


def test_a_new_month_is_made_beside_a_reader_that_takes_its_time(
    on_postgres: StoredCity,
) -> None:
    report = Report.model_validate(on_postgres.report("later"))
    with on_postgres.store.read() as connection:
        recount.groups_of_moves(connection)
        on_postgres.accept(Filing(report, MONDAY + 400 * DAY))
        assert recount.groups_of_moves(connection) == []
    assert set(parts(on_postgres.store)) == {Month.of(MONDAY + 400 * DAY).partition}


def test_a_follower_and_a_case_are_read_by_index_in_every_month(parted: StoredCity) -> None:
    names = ", ".join(COLUMNS)
    with parted.store.write() as connection:
        connection.exec_driver_sql(
            f"INSERT INTO moves ({names}) SELECT {names} FROM moves, generate_series(1, 100)"
        )
        connection.exec_driver_sql("ANALYZE moves")
    with parted.store.read() as connection:
        last = last_seq(connection)
        for query in (
            f"SELECT * FROM moves WHERE seq > {last - 300} ORDER BY seq LIMIT 5000",
            "SELECT max(seq) FROM moves",
            "SELECT * FROM moves WHERE case_id = 17 ORDER BY seq",
        ):
            plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN {query}").scalars())
            read_whole = re.findall(r"Seq Scan on moves_2(?!.*cost=0.00..0.00)", plan)
            assert not read_whole and plan.count("Index") >= 4, plan


def test_an_old_rollup_follows_on_after_the_upgrade(city: StoredCity) -> None:
    rollup: Rollup = city.rollup()
    migrate(city.store, FIRST)
    upgrade(city.store)
    city.accept(city.report("new"))
    with city.store.read() as connection:
        before = rollup.seq
        assert rollup.catch_up(connection)
    assert rollup.seq == before + 3
    counted = city.rollup()
    assert compare(rollup, counted, counted).differences == ()
