"""A backup made under writers restores to the same counts; a damaged one changes nothing.

Longer than most: both databases go through the same damage.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path
from threading import Event, Thread
from zipfile import ZipFile

import pytest

from commandcenter.domain.cases import Command
from commandcenter.live.rollup import Rollup
from commandcenter.live.verify import verify
from commandcenter.store import backup_postgres, backups
from commandcenter.store.backup_postgres import PostgresBackup
from commandcenter.store.backup_sqlite import SqliteBackup
from commandcenter.store.backups import BackupError, Kind, Manifest
from commandcenter.store.schema import HEAD, revision
from commandcenter.store.store import Store
from commandcenter.testing.stored import StoredCity
from tests.services.postgres import Postgres

NOW = 1_767_578_400_000


def kind_of(url: str) -> Kind:
    """What copies the database of an address."""
    if url.startswith("sqlite"):
        return SqliteBackup(Path(url.removeprefix("sqlite:///")))
    return PostgresBackup(url)


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, stored: StoredCity, tmp_path: Path) -> str:
    """The address of an empty database of the same kind as `stored`."""
    if not stored.store.is_postgresql:
        return f"sqlite:///{tmp_path / 'restored.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.url(server.create_database())


class Writer:
    """Hands reports in, one list after another, until stopped."""

    def __init__(self, city: StoredCity) -> None:
        self._city = city
        self._stopping = Event()
        self._wrote = Event()
        self._thread = Thread(target=self._run)

    def __enter__(self) -> Writer:
        self._thread.start()
        assert self._wrote.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(20)

    def wait(self) -> None:
        """Wait until more has been written."""
        self._wrote.clear()
        assert self._wrote.wait(20)

    def _run(self) -> None:
        for number in count():
            if self._stopping.is_set():
                return
            items = [self._city.report(f"while-{number}-{n}") for n in range(20)]
            self._city.accept(*items)
            self._city.advance(f"while-{number}-0", Command.DISPATCH)
            self._wrote.set()


def totals(city: StoredCity, store: Store) -> tuple[int, dict[str, int]]:
    """The last move, and all the counts of the city, from the rows of a store."""
    rollup = Rollup(city.frame(), store)
    rollup.rebuild(city.clock.now)
    names = rollup.stock.names
    return rollup.seq, {name: int(rollup.stock.of(name)[0]) for name in names}


def fill(city: StoredCity, number: int = 60) -> None:
    city.accept(*[city.report(f"before-{n}") for n in range(number)])
    for n in range(0, number, 3):
        city.advance(f"before-{n}", Command.DISPATCH)


def test_what_is_restored_counts_as_what_was_backed_up(
    stored: StoredCity, empty_url: str, tmp_path: Path
) -> None:
    fill(stored)
    before = totals(stored, stored.store)
    file = tmp_path / "city.backup"
    made = backups.write(kind_of(stored.store.url), file, NOW)
    assert made.rows["cases"] == 60 and made.revision == HEAD
    backups.restore(kind_of(empty_url), file, tmp_path)
    store = Store(empty_url)
    try:
        assert totals(stored, store) == before
        assert revision(store) == HEAD
        assert verify(stored.frame(), store, stored.clock.now).differences == ()
    finally:
        store.close()


def test_a_backup_under_writers_is_of_one_moment(
    stored: StoredCity, empty_url: str, tmp_path: Path
) -> None:
    fill(stored)
    file = tmp_path / "city.backup"
    with Writer(stored) as writer:
        made = backups.write(kind_of(stored.store.url), file, NOW)
        writer.wait()
    backups.restore(kind_of(empty_url), file, tmp_path)
    store = Store(empty_url)
    try:
        seq, counts = totals(stored, store)
        assert counts["total"] == made.rows["cases"]
        assert made.rows["cases"] < totals(stored, stored.store)[1]["total"]
        # Each list is one transaction: it is in the backup as a whole or not at all.
        assert (counts["total"] - 60) % 20 == 0
        proof = verify(stored.frame(), store, stored.clock.now)
        assert proof.differences == () and proof.moves == seq
    finally:
        store.close()


def test_a_restored_database_goes_on_numbering(
    stored: StoredCity, empty_url: str, tmp_path: Path
) -> None:
    fill(stored)
    file = tmp_path / "city.backup"
    backups.write(kind_of(stored.store.url), file, NOW)
    last, _ = totals(stored, stored.store)
    backups.restore(kind_of(empty_url), file, tmp_path)
    store = Store(empty_url)
    try:
        stored.intake._store = store
        (answer,) = stored.accept(stored.report("after"))
        assert answer.status == "accepted"
        assert totals(stored, store)[0] > last
        (again,) = stored.accept(stored.report("before-1"))
        assert again.status == "duplicate"
    finally:
        store.close()


def test_only_an_empty_database_is_restored_into(stored: StoredCity, tmp_path: Path) -> None:
    fill(stored)
    file = tmp_path / "city.backup"
    backups.write(kind_of(stored.store.url), file, NOW)
    before = totals(stored, stored.store)
    with pytest.raises(BackupError, match="tables already"):
        backups.restore(kind_of(stored.store.url), file, tmp_path)
    assert totals(stored, stored.store) == before


def test_a_backup_overwrites_no_file(small: StoredCity, tmp_path: Path) -> None:
    file = tmp_path / "city.backup"
    file.write_text("mine")
    with pytest.raises(BackupError, match="exists already"):
        backups.write(kind_of(small.store.url), file, NOW)
    assert file.read_text() == "mine"


Damage = Callable[[Path], None]


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def shorten(file: Path) -> None:
    os.truncate(file, file.stat().st_size - 1)


def flip(file: Path) -> None:
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 3] ^= 0xFF
    file.write_bytes(raw)


def scribble(file: Path) -> None:
    file.write_text("reports\n")


def remove(file: Path) -> None:
    file.unlink()


def resay(**changes: object) -> Damage:
    """Change what the manifest says."""

    def damage(file: Path) -> None:
        with ZipFile(file) as archive:
            said = json.loads(archive.read(backups.MANIFEST)) | changes
            content = archive.read(said["member"])
        with ZipFile(file, "w") as archive:
            archive.writestr(said["member"], content)
            archive.writestr(backups.MANIFEST, json.dumps(said))

    return damage


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (cut, "torn"),
        (shorten, "torn"),
        (flip, "torn|checksum"),
        (scribble, "torn or is no backup"),
        (remove, "does not exist"),
        (resay(sha256="0" * 64), "checksum"),
        (resay(rows={"cases": 1}), "manifest"),
        (resay(revision="0000"), "manifest"),
        (resay(revision="9999"), "newer version"),
        (resay(format=99), "newer version"),
        (resay(unheard="of"), "manifest cannot be read"),
        (resay(kind="postgresql"), "set database_url"),
    ],
)
def test_what_is_no_whole_backup_is_refused_and_changes_nothing(
    small: StoredCity, tmp_path: Path, damage: Damage, why: str
) -> None:
    fill(small)
    file, target = tmp_path / "city.backup", tmp_path / "new" / "restored.db"
    target.parent.mkdir()
    backups.write(kind_of(small.store.url), file, NOW)
    damage(file)
    with pytest.raises(BackupError, match=why):
        backups.restore(SqliteBackup(target), file, target.parent)
    assert list(target.parent.iterdir()) == []


@pytest.mark.postgres
def test_a_dump_that_cannot_be_restored_leaves_the_database_empty(
    on_postgres: StoredCity, postgres: Postgres, tmp_path: Path
) -> None:
    fill(on_postgres)
    file = tmp_path / "city.backup"
    backups.write(PostgresBackup(on_postgres.store.url), file, NOW)
    url = postgres.url(postgres.create_database())
    with ZipFile(file) as archive:
        said = json.loads(archive.read(backups.MANIFEST))
        dump = archive.read(said["member"])[: said["size"] // 2]
    torn = tmp_path / "torn.backup"
    measured = backups.Measured()
    piece = tmp_path / "dump"
    piece.write_bytes(dump)
    with ZipFile(torn, "w") as archive:
        with piece.open("rb") as source, archive.open(said["member"], "w") as packed:
            measured.pass_on(source, packed)
        said |= {"size": measured.size, "sha256": measured.sha256}
        archive.writestr(backups.MANIFEST, json.dumps(said))
    with pytest.raises(BackupError, match="pg_restore failed"):
        backups.restore(PostgresBackup(url), torn, tmp_path)
    PostgresBackup(url).refuse_unless_empty()


@pytest.mark.postgres
def test_the_password_is_not_among_the_words_of_a_program(
    on_postgres: StoredCity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "told"
    script = tmp_path / "pg_dump"
    script.write_text(f'#!/bin/sh\necho "$@" > {told}\necho "$PGPASSWORD" >> {told}\n')
    script.chmod(0o755)
    monkeypatch.setattr(backup_postgres, "program", lambda name: str(script))
    url = on_postgres.store.url.replace("commandcenter@", "commandcenter:se%20cret@")
    backups.write(PostgresBackup(url), tmp_path / "city.backup", NOW)
    words, password = told.read_text().splitlines()
    assert "se" not in words.partition("--dbname=")[2].partition("@")[0]
    assert password == "se cret"


def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(backup_postgres, "PROGRAMS", tmp_path)
    with pytest.raises(BackupError, match="pg_dump is not installed"):
        backup_postgres.program("pg_dump")
    for version in ("9", "15"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "pg_dump").touch()
    assert backup_postgres.program("pg_dump") == str(tmp_path / "15" / "bin" / "pg_dump")


def test_a_full_disk_leaves_no_half_a_backup(
    small: StoredCity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backups.Measured, "pass_on", full)
    folder = tmp_path / "backups"
    folder.mkdir()
    with pytest.raises(BackupError, match="No space"):
        backups.write(kind_of(small.store.url), folder / "city.backup", NOW)
    assert list(folder.iterdir()) == []


def test_the_manifest_tells_what_is_in_a_backup(small: StoredCity, tmp_path: Path) -> None:
    fill(small)
    file = tmp_path / "city.backup"
    made = backups.write(kind_of(small.store.url), file, NOW)
    assert (
        backups.read_manifest(file)
        == made
        == Manifest(1, "sqlite", NOW, "database.sqlite", made.size, made.sha256, HEAD, made.rows)
    )
    with ZipFile(file) as archive:
        archive.extract("database.sqlite", tmp_path)
    with closing(sqlite3.connect(tmp_path / "database.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM moves").fetchone()[0] == made.rows["moves"]
