"""Many writers at once, slow, quick and failing: a follower reads each committed move once."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

import pytest
from sqlalchemy import text

from commandcenter.domain.clocks import DAY
from commandcenter.store import log
from commandcenter.store.log import append, read_after
from commandcenter.store.store import Connection, Store
from commandcenter.testing.stored import MONDAY, StoredCity
from tests.store.entries import entry

WRITERS = 6
TURNS = 25
SECONDS = 60.0
LIMIT = 7
"""Moves in one read: so few that lists begin and end everywhere."""
DELAYS = (0, 0, 0.001, 0.004, 0.015)


@dataclass
class Follower:
    """Reads on in a transaction of its own each time, as the live worker does."""

    store: Store
    seqs: list[int] = field(default_factory=list)
    cases: list[int] = field(default_factory=list)

    def read(self) -> None:
        while True:
            with self.store.read() as connection:
                batch = read_after(connection, self.seqs[-1] if self.seqs else 0, LIMIT)
            if not batch:
                return
            self.seqs += [move.seq for move in batch]
            self.cases += [move.case_id for move in batch]

    def until(self, stop: Event) -> None:
        while not stop.is_set():
            self.read()


@contextmanager
def following(store: Store) -> Iterator[Follower]:
    follower, stop = Follower(store), Event()
    thread = Thread(target=follower.until, args=(stop,))
    thread.start()
    try:
        yield follower
    finally:
        stop.set()
        thread.join(SECONDS)
    follower.read()


def pause(connection: Connection, chance: random.Random) -> None:
    """Let time pass inside the transaction; on PostgreSQL the server itself waits."""
    seconds = chance.choice(DELAYS)
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_sleep(:s)"), {"s": seconds})
    else:
        Event().wait(seconds)


def write(store: Store, number: int, seed: int) -> list[int]:
    """Append moves of several months; return the cases of those that were committed."""
    chance, written = random.Random(seed * 100 + number), []
    for turn in range(TURNS):
        first = number * 10_000 + turn * 10
        ids = range(first, first + chance.randint(1, 5))
        fails = chance.random() < 0.15
        try:
            with store.write() as connection:
                pause(connection, chance)
                append(connection, [entry(n, MONDAY + chance.randint(0, 200) * DAY) for n in ids])
                pause(connection, chance)
                if fails:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            continue
        written += ids
    return written


def write_and_follow(store: Store, seed: int) -> tuple[Follower, list[list[int]]]:
    with following(store) as follower, ThreadPoolExecutor(WRITERS) as pool:
        written = list(pool.map(lambda number: write(store, number, seed), range(WRITERS)))
    return follower, written


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_committed_move_is_read_once_and_in_order(stored: StoredCity, seed: int) -> None:
    follower, written = write_and_follow(stored.store, seed)
    assert sorted(follower.cases) == sorted(case for cases in written for case in cases)
    assert all(one < two for one, two in zip(follower.seqs, follower.seqs[1:], strict=False))
    for cases in written:
        mine = set(cases)
        assert [case for case in follower.cases if case in mine] == cases


def test_without_the_lock_a_follower_would_miss_moves(
    on_postgres: StoredCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guards the test above against becoming blind."""
    monkeypatch.setattr(log, "take_append_lock", lambda _: None)
    with on_postgres.store.write() as connection:  # no writer is to wait for another's new month
        append(connection, [entry(1, MONDAY + day * DAY) for day in range(201)])
    for seed in range(5):
        follower, written = write_and_follow(on_postgres.store, seed)
        if len(set(follower.cases) - {1}) < sum(len(cases) for cases in written):
            return
        with on_postgres.store.write() as connection:
            connection.exec_driver_sql("DELETE FROM moves WHERE case_id > 1")
    raise AssertionError("nothing was missed in five runs")
