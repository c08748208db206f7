"""Whoever follows the log reads every move once and in order, whatever order commits happen in."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event, Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, text

from commandcenter.domain.cases import Command, Facts, State
from commandcenter.store import log
from commandcenter.store.log import Entry, append, follow, last_seq, read_after
from commandcenter.store.store import Store
from commandcenter.store.tables import moves
from commandcenter.testing.stored import MONDAY, StoredCity
from tests.store.entries import entry

SECONDS = 20.0


@dataclass
class Follower:
    """Polls the log and keeps the numbers and cases it got."""

    store: Store
    seqs: list[int] = field(default_factory=list)
    cases: list[int] = field(default_factory=list)

    def read(self) -> None:
        with self.store.read() as connection:
            for batch in follow(connection, self.seqs[-1] if self.seqs else 0):
                self.seqs += [move.seq for move in batch]
                self.cases += [move.case_id for move in batch]

    def until(self, stop: Event) -> None:
        while not stop.is_set():
            self.read()
        self.read()


@pytest.fixture
def following(stored: StoredCity) -> Iterator[tuple[StoredCity, Follower]]:
    follower, stop = Follower(stored.store), Event()
    thread = Thread(target=follower.until, args=(stop,))
    thread.start()
    yield stored, follower
    stop.set()
    thread.join(SECONDS)


DELAYS = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from([0, 0, 1, 4]), st.sampled_from([0, 0, 2])),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(DELAYS, min_size=2, max_size=4))
def test_a_reader_neither_misses_nor_repeats_what_slow_writers_commit(
    on_postgres: StoredCity, writers: list[list[tuple[int, int, int]]]
) -> None:
    store = on_postgres.store
    with store.write() as connection:
        connection.execute(delete(moves))
    follower, stop = Follower(store), Event()

    def write(number: int) -> list[int]:
        written = []
        for turn, (size, before, after) in enumerate(writers[number]):
            ids = [number * 1000 + turn * 10 + n for n in range(size)]
            with store.write() as connection:
                # The server waits, holding its transaction and its lock: commits come late.
                connection.execute(text("SELECT pg_sleep(:s)"), {"s": before / 1000})
                append(connection, [entry(case_id) for case_id in ids])
                connection.execute(text("SELECT pg_sleep(:s)"), {"s": after / 1000})
            written += ids
        return written

    reader = Thread(target=follower.until, args=(stop,))
    reader.start()
    with ThreadPoolExecutor(len(writers)) as pool:
        written = [case_id for ids in pool.map(write, range(len(writers))) for case_id in ids]
    stop.set()
    reader.join(SECONDS)
    assert sorted(follower.cases) == sorted(written)
    assert follower.seqs == sorted(set(follower.seqs))


def test_a_smaller_number_is_never_committed_after_a_larger_one(on_postgres: StoredCity) -> None:
    """The case that a follower would lose: first numbered, last committed."""
    store, numbered, second_began = on_postgres.store, Event(), Event()

    def slow() -> None:
        with store.write() as connection:
            append(connection, [entry(1)])
            numbered.set()
            second_began.wait(SECONDS)

    def quick() -> None:
        with store.write() as connection:
            second_began.set()
            append(connection, [entry(2)])

    first = Thread(target=slow)
    first.start()
    assert numbered.wait(SECONDS)
    follower = Follower(store)
    second = Thread(target=quick)
    second.start()
    follower.read()
    first.join(SECONDS)
    second.join(SECONDS)
    follower.read()
    assert follower.cases == [1, 2]


def test_a_transaction_that_fails_leaves_no_move(stored: StoredCity) -> None:
    follower = Follower(stored.store)
    with pytest.raises(ZeroDivisionError), stored.store.write() as connection:
        append(connection, [entry(1)])
        raise ZeroDivisionError
    with stored.store.write() as connection:
        append(connection, [entry(2)])
    follower.read()
    assert follower.cases == [2]


def test_reports_are_followed_while_they_come(following: tuple[StoredCity, Follower]) -> None:
    city, follower = following
    answers = [city.accept(city.report(f"n{n}"))[0].id for n in range(20)]
    final = Follower(city.store)
    final.read()
    assert final.cases == [case_id for case_id in answers for _ in range(3)]
    assert follower.cases == final.cases[: len(follower.cases)]


def test_a_long_log_is_read_in_lists_of_the_limit(small: StoredCity) -> None:
    with small.store.write() as connection:
        append(connection, [entry(n) for n in range(12)])
        append(connection, [])
    with small.store.read() as connection:
        assert [m.case_id for m in read_after(connection, 0, 5)] == [0, 1, 2, 3, 4]
        assert [m.case_id for m in read_after(connection, 10, 5)] == [10, 11]
        assert last_seq(connection) == 12
        assert [len(batch) for batch in follow(connection, 0)] == [12]


def test_what_is_appended_is_read_back(stored: StoredCity) -> None:
    before = Facts(3, State.FILED, 2, MONDAY, MONDAY + 5, None, "u", True)
    after = Facts(3, State.DISPATCHED, 1, MONDAY + 9, None, None, None, False)
    with stored.store.write() as connection:
        append(connection, [Entry(7, Command.DISPATCH, MONDAY + 9, "a", "app", False, before, after, "记")])  # noqa: E501
    with stored.store.read() as connection:
        (move,) = read_after(connection, 0)
    assert move == log.Move(1, 7, Command.DISPATCH, MONDAY + 9, "app", False, before, after)
