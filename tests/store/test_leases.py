"""A lease has one holder at a time, whatever stops, sleeps or loses its database.

Longer than most: one made-up holder is stopped in every way there is.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from time import monotonic

import psycopg
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from psycopg import sql
from sqlalchemy import Connection, text

from commandcenter.store.away import StoreAway
from commandcenter.store.holders import is_gone, this_process
from commandcenter.store.keeper import Keeper
from commandcenter.store.leases import (
    BEAT_SECONDS,
    TTL_SECONDS,
    Lease,
    LeaseLost,
    Table,
    Term,
)
from commandcenter.store.log import COLUMNS, STAGE, take_append_lock
from commandcenter.store.schema import upgrade
from commandcenter.store.store import Store
from commandcenter.testing.stored import StoredCity
from tests.live.streaming import until
from tests.services.postgres import Postgres

SECONDS = 20.0


@dataclass
class Steady:
    """A clock of one contender's own, which only the test moves."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Contender:
    """One process with its clock, as far as a lease knows it."""

    table: Table
    name: str
    clock: Steady = field(default_factory=Steady)

    def __post_init__(self) -> None:
        self.lease = Lease(self.table, "live", f"elsewhere/{self.name}/1", self.clock)

    def wait(self, seconds: float, step: float = 0.1) -> None:
        """Let time pass and tend meanwhile."""
        for _ in range(round(seconds / step)):
            self.clock.now += step
            self.lease.tend()

    @property
    def token(self) -> int | None:
        return self.lease.held.token if self.lease.held else None


@pytest.fixture
def table(stored: StoredCity) -> Iterator[Table]:
    made = Table(stored.store.url)
    yield made
    made.close()


@pytest.fixture
def pair(table: Table) -> tuple[Contender, Contender]:
    return Contender(table, "a"), Contender(table, "b")


def test_the_first_to_ask_holds_it_at_once_and_the_other_waits(
    pair: tuple[Contender, Contender],
) -> None:
    a, b = pair
    a.lease.tend()
    for _ in range(100):
        a.wait(0.1)
        b.wait(0.1)
    assert (a.token, b.token) == (1, None)


def test_a_holder_that_says_nothing_is_followed_after_the_time_of_the_contender(
    pair: tuple[Contender, Contender],
) -> None:
    a, b = pair
    a.lease.tend()
    b.wait(TTL_SECONDS)
    assert b.token is None
    b.wait(0.2)
    assert b.token == 2
    a.lease.tend()
    assert a.token == 1, "by its own clock no time has passed: that is what the fence is for"
    a.wait(BEAT_SECONDS)
    assert a.lease.term is None and a.token is None


def test_a_holder_that_cannot_beat_counts_itself_out_before_anybody_can_follow(
    pair: tuple[Contender, Contender],
) -> None:
    a, b = pair
    a.lease.tend()
    b.lease.tend()
    for seconds in range(1, 21):
        a.clock.now = b.clock.now = seconds / 10
        if seconds < 20:
            b.lease.tend()
            assert a.token == 1 and b.token is None
    assert a.token is None, "two seconds are over for the holder"
    b.lease.tend()
    assert b.token == 2


def test_a_holder_that_is_not_well_does_not_beat(pair: tuple[Contender, Contender]) -> None:
    a, b = pair
    a.lease.tend()
    for _ in range(25):
        a.clock.now += 0.1
        a.lease.tend(is_well=False)
        b.wait(0.1)
    assert (a.token, b.token) == (None, 2)


def test_one_that_was_counted_out_goes_on_with_its_term_if_nobody_came(
    pair: tuple[Contender, Contender],
) -> None:
    a, _ = pair
    a.lease.tend()
    a.clock.now += 60
    assert a.token is None
    a.lease.tend()
    assert a.token == 1


def test_what_is_given_back_is_taken_at_once_with_a_higher_token(
    pair: tuple[Contender, Contender],
) -> None:
    a, b = pair
    a.lease.tend()
    a.lease.release()
    b.lease.tend()
    assert (a.token, b.token) == (None, 2)
    a.lease.release()
    a.lease.tend()
    assert b.token == 2 and a.token is None


def test_what_is_free_is_left_to_others_for_a_while(pair: tuple[Contender, Contender]) -> None:
    a, _ = pair
    a.lease.tend(patience=0.3)
    assert a.token is None
    a.clock.now += 0.3
    a.lease.tend(patience=0.3)
    assert a.token == 1


def test_a_holder_whose_process_has_ended_is_followed_at_once(table: Table) -> None:
    script = "from commandcenter.store.holders import this_process; print(this_process())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    gone = Lease(table, "live", done.stdout.strip())
    gone.tend()
    assert gone.held
    lease = Lease(table, "live")
    lease.tend()
    assert lease.held == Term("live", 2)


def test_only_processes_of_this_machine_that_have_ended_are_gone() -> None:
    me = this_process()
    host, pid, started = me.split("/")
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert int(pid) == os.getpid() and not is_gone(me)
    assert is_gone(f"{host}/{pid}/{int(started) - 1}"), "another process had this number before"
    assert not is_gone(f"elsewhere/{pid}/1") and not is_gone("") and not is_gone("nonsense")
    child.send_signal(signal.SIGKILL)
    until(lambda: is_gone(f"{host}/{child.pid}/1"))
    child.communicate()


def test_a_term_that_has_ended_writes_nothing(
    stored: StoredCity, pair: tuple[Contender, Contender]
) -> None:
    a, b = pair
    a.lease.tend()
    term = a.lease.term
    assert term
    with stored.store.write() as connection:
        term.fence(connection)
    b.wait(TTL_SECONDS + 0.2)
    assert b.token == 2
    with pytest.raises(LeaseLost, match="term 1"), stored.store.write() as connection:
        term.fence(connection)


def test_a_lease_that_was_given_back_writes_nothing_once_another_has_it(
    stored: StoredCity, pair: tuple[Contender, Contender]
) -> None:
    with pytest.raises(LeaseLost), stored.store.write() as connection:
        Term("never held", 1).fence(connection)


def test_a_takeover_waits_for_the_transaction_it_would_cut_in_two_and_beats_do_not(
    on_postgres: StoredCity,
) -> None:
    table = Table(on_postgres.store.url)
    a, b = Contender(table, "a"), Contender(table, "b")
    a.lease.tend()
    b.lease.tend()
    term, fenced, go_on = a.lease.term, Event(), Event()
    assert term

    def write() -> None:
        with on_postgres.store.write() as connection:
            term.fence(connection)
            fenced.set()
            go_on.wait(SECONDS)

    writing = Thread(target=write)
    writing.start()
    assert fenced.wait(SECONDS)
    a.wait(BEAT_SECONDS)
    assert table.read("live").beats == 1, "the holder's own transaction does not hold it up"
    b.wait(TTL_SECONDS)
    b.clock.now += 1
    with pytest.raises(StoreAway):
        b.lease.tend()
    go_on.set()
    writing.join(SECONDS)
    b.lease.tend()
    assert b.token == 2
    table.close()


@contextmanager
def between_statements(connection: Connection) -> Iterator[None]:
    """As who has the answer to one statement and says nothing yet."""
    yield


@contextmanager
def amid_a_list(connection: Connection) -> Iterator[None]:
    """As who has sent half of a list: the server waits for the rest, and calls that active."""
    connection.exec_driver_sql(STAGE)
    cursor = connection.connection.cursor()
    with cursor.copy(f"COPY staged_moves ({', '.join(COLUMNS)}) FROM STDIN"):
        yield


@pytest.mark.parametrize("stopped", [between_statements, amid_a_list])
def test_the_open_transaction_of_a_silent_process_does_not_outlast_its_term(
    on_postgres: StoredCity, stopped: Callable[[Connection], AbstractContextManager[None]]
) -> None:
    """As of one that was stopped in the middle of a write, and never wakes."""
    table = Table(on_postgres.store.url)
    silent, b = Lease(table, "live", this_process()), Contender(table, "b")
    silent.tend()
    assert silent.term
    b.lease.tend()
    with pytest.raises(StoreAway), on_postgres.store.write() as connection:
        silent.term.fence(connection)
        with stopped(connection):
            b.clock.now += TTL_SECONDS
            b.lease.tend()
        connection.execute(text("SELECT 1"))
    assert b.token == 2
    table.close()


def test_what_a_silent_process_waits_for_is_not_given_to_it_when_its_term_ends(
    on_postgres: StoredCity,
) -> None:
    """Of two of its transactions one has the lock of the log, and the other one waits for it."""
    table, store = Table(on_postgres.store.url), on_postgres.store
    silent, b = Lease(table, "live", this_process()), Contender(table, "b")
    silent.tend()
    b.lease.tend()
    failed, followed = [], Event()

    def wait_in_vain() -> None:
        try:
            with store.write() as connection:
                take_append_lock(connection)
                followed.wait(SECONDS)  # as silent as the other one
                connection.execute(text("SELECT 1"))
        except StoreAway as error:
            failed.append(error)

    waiting = Thread(target=wait_in_vain)
    with pytest.raises(StoreAway), store.write() as connection:
        take_append_lock(connection)
        waiting.start()
        with store.glance() as other:
            blocked = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            until(lambda: other.execute(blocked).scalar() == 1)
        b.clock.now += TTL_SECONDS
        b.lease.tend()
        followed.set()
        connection.execute(text("SELECT 1"))
    waiting.join(SECONDS)
    assert b.token == 2
    assert len(failed) == 1
    table.close()


def test_a_busy_file_does_not_cost_its_holder_the_lease(small: StoredCity) -> None:
    table = Table(small.store.url)
    a = Contender(table, "a")
    a.lease.tend()
    with small.store.write():
        a.wait(TTL_SECONDS, BEAT_SECONDS)
        assert a.token == 1
    table.close()


def open_to_clients(postgres: Postgres, name: str, is_open: bool) -> None:
    """Shut a database to everybody, as one that restarts is, or open it again."""
    address = postgres.url("postgres").replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as connection:
        database = sql.Identifier(name)
        change = "ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}"
        connection.execute(sql.SQL(change).format(database, sql.Literal(is_open)))
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        connection.execute(end, (name,))


def test_a_database_that_goes_away_is_told_once_and_the_lease_kept_when_it_is_back(
    postgres: Postgres, caplog: pytest.LogCaptureFixture
) -> None:
    name = postgres.create_database()
    store = Store(postgres.url(name))
    upgrade(store)
    store.close()
    table = Table(postgres.url(name))
    lease = Lease(table, "live")
    keeper = Keeper(lease.tend)
    keeper.start()
    held = lease.held
    assert held
    with caplog.at_level(logging.WARNING):
        open_to_clients(postgres, name, False)
        until(lambda: lease.held is None)
        assert lease.term == held, "nobody else has it as far as is known"
        open_to_clients(postgres, name, True)
        until(lambda: lease.held == held)
    keeper.close()
    table.close()
    postgres.drop_database(name)
    told = [r.getMessage() for r in caplog.records if r.name.endswith("periodic")]
    assert len(told) == 2 and told[1] == "leases: the database is back"


class Rivals(RuleBasedStateMachine):
    """Contenders whose clocks run as they like, each of which writes under the term it knows."""

    begin: Callable[[], tuple[Store, Table]]
    contenders = st.integers(0, 2)

    @initialize()
    def start(self) -> None:
        self.store, table = type(self).begin()
        self.rivals = [Contender(table, name) for name in "abc"]
        self.written: list[tuple[int, str]] = []
        self.known: list[Term | None] = [None, None, None]

    @rule(who=contenders, well=st.booleans())
    def tend(self, who: int, well: bool) -> None:
        self.rivals[who].lease.tend(well)

    @rule(who=contenders, seconds=st.sampled_from([0.1, 0.5, 1.9, 2.1, 60.0]))
    def sleep(self, who: int, seconds: float) -> None:
        self.rivals[who].clock.now += seconds

    @rule(who=contenders)
    def begin_work(self, who: int) -> None:
        self.known[who] = self.rivals[who].lease.held

    @rule(who=contenders)
    def write(self, who: int) -> None:
        term = self.known[who]
        if term is None:
            return
        try:
            with self.store.write() as connection:
                term.fence(connection)
                self.written.append((term.token, self.rivals[who].name))
        except LeaseLost:
            self.known[who] = None

    @rule(who=contenders)
    def release(self, who: int) -> None:
        self.rivals[who].lease.release()

    @invariant()
    def the_terms_of_what_was_written_follow_each_other_and_each_has_one_writer(self) -> None:
        tokens = [token for token, _ in getattr(self, "written", [])]
        assert tokens == sorted(tokens)
        assert len(set(self.written if tokens else [])) == len(set(tokens))


def test_two_holders_never_write_in_one_term_nor_an_old_one_after_a_new(
    stored: StoredCity,
) -> None:
    table = Table(stored.store.url)

    def begin() -> tuple[Store, Table]:
        with stored.store.write() as connection:
            connection.execute(text("DELETE FROM leases"))
        return stored.store, table

    case = type("RivalsHere", (Rivals,), {"begin": staticmethod(begin)}).TestCase
    many = 40 if not stored.store.is_postgresql else 15
    case.settings = settings(max_examples=many, stateful_step_count=40, deadline=None)
    case("runTest").runTest()
    table.close()


def test_writers_at_once_never_mix_their_terms(on_postgres: StoredCity) -> None:
    """Real time, real threads: each takes the lease over and over and writes as long as it can."""
    store, table = on_postgres.store, Table(on_postgres.store.url)
    with store.write() as connection:
        connection.execute(text("CREATE TABLE written (n serial, token bigint, who text)"))
    stop = monotonic() + 1.5

    def live(name: str) -> None:
        contender = Contender(table, name)
        while monotonic() < stop:
            contender.clock.now += TTL_SECONDS  # it is impatient: every silence is an end
            try:
                contender.lease.tend(is_well=False)
                if term := contender.lease.term:
                    write(name, term)
            except (LeaseLost, StoreAway):
                contender.lease.release()

    def write(name: str, term: Term) -> None:
        with store.write() as connection:
            term.fence(connection)
            for _ in range(3):
                row = {"token": term.token, "who": name}
                statement = "INSERT INTO written (token, who) VALUES (:token, :who)"
                connection.execute(text(statement), row)

    threads = [Thread(target=live, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    with store.write() as connection:
        rows = connection.execute(text("SELECT token, who FROM written ORDER BY n")).all()
        connection.execute(text("DROP TABLE written"))
    table.close()
    tokens = [row.token for row in rows]
    assert tokens == sorted(tokens) and len(set(tokens)) > 3
    assert len({(row.token, row.who) for row in rows}) == len(set(tokens))
    assert len({row.who for row in rows}) > 1
