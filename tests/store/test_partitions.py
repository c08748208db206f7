"""A new month of the log comes whole to whoever reads just then."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from threading import Event, Timer

import pytest
from sqlalchemy import Connection, text

from commandcenter.store import partitions
from commandcenter.store.log import append, last_seq
from commandcenter.store.partitions import Month, has_only
from commandcenter.store.store import Store
from commandcenter.testing.stored import MONDAY, StoredCity
from tests.live.streaming import until
from tests.services.postgres import server_folders
from tests.services.process import program
from tests.store.entries import entry

PAIRS = 25
READERS = 4
LONGEST_STOP_SECONDS = 0.15
LONGEST_QUERY_SECONDS = 0.004
TORN = "division by zero"


class Readers:
    """Count the moves again and again, each time by a new plan, and fail over an odd number."""

    def __init__(self, store: Store, folder: Path) -> None:
        (folder / "pairs.sql").write_text("SELECT 1 / (1 - count(*) % 2) FROM moves;\n")
        url = store.engine.url
        command = [
            program("pgbench", *server_folders()),
            "--no-vacuum", "--protocol=simple", "--time=100", f"--client={READERS}",
            f"--file={folder / 'pairs.sql'}", f"--host={url.host}",
            f"--port={url.port}", f"--username={url.username}", str(url.database),
        ]  # fmt: skip
        self._running = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        until(lambda: len(self._reading(store)) == READERS)
        self._backends = self._reading(store)

    def saw_a_half(self, store: Store) -> bool:
        """Whether one of them has ended over what it saw."""
        return len(self._reading(store)) < READERS

    @contextmanager
    def stopped_in_their_tracks(self) -> Iterator[None]:
        """Have the server's processes stand still for a moment, wherever they are."""
        self._send(signal.SIGSTOP)
        going_on = Timer(LONGEST_STOP_SECONDS, self._send, [signal.SIGCONT])
        going_on.start()
        yield
        going_on.cancel()
        self._send(signal.SIGCONT)

    def end(self, store: Store) -> str:
        """End them, and return what they have said."""
        self._running.terminate()  # SIGINT may be ignored, as by what runs in the background
        said = self._running.communicate()[0]
        until(lambda: not self._reading(store))
        return said

    def _send(self, number: signal.Signals) -> None:
        for backend in self._backends:
            with suppress(ProcessLookupError):  # it has seen a half, and ended
                os.kill(backend, number)

    @staticmethod
    def _reading(store: Store) -> list[int]:
        named = "SELECT pid FROM pg_stat_activity WHERE application_name = 'pgbench'"
        with store.glance() as connection:
            return list(connection.execute(text(named)).scalars())


def said_meanwhile(store: Store, folder: Path) -> str:
    """Return what readers say while pairs of moves are written.

    Of each pair one is of a month that is new, and one of a month that is there.
    """
    month, random, readers = Month(2030, 1), Random(1), Readers(store, folder)
    for number in range(PAIRS):
        Event().wait(random.random() * LONGEST_QUERY_SECONDS)
        month = month.next.next
        with readers.stopped_in_their_tracks(), store.write() as connection:
            append(connection, [entry(2 * number, month.start), entry(2 * number + 1, MONDAY)])
        if readers.saw_a_half(store):
            break
    said = readers.end(store)
    drop_months(store)
    return said


def drop_months(store: Store) -> None:
    """Leave no months to the tests that have the same database."""
    made = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^moves_20[3-9][0-9]_'"
    with store.write() as connection:
        for name in connection.execute(text(made)).scalars().all():
            connection.execute(text(f"DROP TABLE {name}"))


def test_who_reads_as_a_month_is_made_sees_all_of_a_transaction_or_nothing(
    on_postgres: StoredCity, tmp_path: Path
) -> None:
    assert TORN not in said_meanwhile(on_postgres.store, tmp_path)


@contextmanager
def within(connection: Connection) -> Iterator[Connection]:
    """Have a month come with its moves."""
    yield connection


@pytest.mark.parametrize(
    ("name", "other"), [("beside", within), ("_outwait_plans", lambda connection, reading: set())]
)
def test_without_either_precaution_transactions_are_seen_by_halves(
    on_postgres: StoredCity,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    other: object,
) -> None:
    """Guards the test above against becoming blind."""
    monkeypatch.setattr(partitions, name, other)
    assert TORN in said_meanwhile(on_postgres.store, tmp_path)


def test_who_reads_for_long_does_not_keep_a_month_from_being_made(
    on_postgres: StoredCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, month = on_postgres.store, Month(2030, 1)
    monkeypatch.setattr(partitions, "LONGEST_PLAN_SECONDS", 0.1)
    with store.read() as reading:
        assert last_seq(reading) == 0
        with store.write() as connection:
            append(connection, [entry(1, month.start)])
        assert last_seq(reading) == 0
    with store.read() as connection:
        assert has_only(connection, month, 1)
    drop_months(store)
