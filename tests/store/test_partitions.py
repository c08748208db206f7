"""A new month of the log comes whole to whoever reads just then."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from commandcenter.store import partitions
from commandcenter.store.log import append
from commandcenter.store.partitions import Month
from commandcenter.store.store import Store
from commandcenter.testing.stored import MONDAY, StoredCity
from tests.services.postgres import server_folders
from tests.services.process import program
from tests.store.entries import entry

READERS = 8
SECONDS = 4
BLIND_SECONDS = 30
ROUND = 12
"""Even, as who waits for months to be dropped sees the others' halves of so many pairs."""
TORN = "division by zero"


def months(store: Store, goes_on: Callable[[], bool]) -> int:
    """Append pairs, one of a month that is new and one of a month that is there; return how many.
    """
    numbers = count()
    while goes_on():
        month = Month(2030, 1)
        for _ in range(ROUND):
            month, one = month.next.next, next(numbers)
            with store.write() as connection:
                append(connection, [entry(2 * one, month.start), entry(2 * one + 1, MONDAY)])
        with store.write() as connection:  # many months are planned for a long time
            connection.execute(text("DELETE FROM moves"))
            made = "SELECT relname FROM pg_class WHERE relname ~ '^moves_203[0-9]_[0-9]{2}$'"
            for name in connection.execute(text(made)).scalars().all():
                connection.execute(text(f"DROP TABLE {name}"))
    return next(numbers)


def read_meanwhile(store: Store, folder: Path, seconds: int) -> tuple[int, str]:
    """Return how many pairs were written, and what readers say who fail when they see a half."""
    (folder / "pairs.sql").write_text("SELECT 1 / (1 - count(*) % 2) FROM moves;\n")
    url = store.engine.url
    command = [
        program("pgbench", *server_folders()),
        "--no-vacuum", "--protocol=prepared", f"--time={seconds}", f"--client={READERS}",
        f"--file={folder / 'pairs.sql'}", f"--host={url.host}",
        f"--port={url.port}", f"--username={url.username}", str(url.database),
    ]  # fmt: skip
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as readers:
        number = months(store, lambda: readers.poll() is None)
        return number, readers.communicate()[0]


def test_who_reads_as_a_month_is_made_sees_all_of_a_transaction_or_nothing(
    on_postgres: StoredCity, tmp_path: Path
) -> None:
    number, said = read_meanwhile(on_postgres.store, tmp_path, SECONDS)
    assert number > READERS and "number of failed transactions: 0" in said and TORN not in said


def test_a_month_that_comes_with_its_moves_is_seen_by_halves(
    on_postgres: StoredCity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guards the test above against becoming blind."""

    @contextmanager
    def within(connection: Connection) -> Iterator[Connection]:
        yield connection

    monkeypatch.setattr(partitions, "beside", within)
    assert TORN in read_meanwhile(on_postgres.store, tmp_path, BLIND_SECONDS)[1]
