"""SQLite in a backup: a copy of one moment, made while others read and write."""

import sqlite3
from contextlib import closing
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from commandcenter.store.backups import BackupError, Content, Measured

LEVEL = 3
"""Higher levels take twice the time for a tenth of the size."""


class SqliteBackup:
    """The file of a SQLite database."""

    name = "sqlite"
    member = "database.sqlite"

    def __init__(self, database: Path) -> None:
        self._database = database

    def copy(self, archive: ZipFile, folder: Path) -> tuple[Content, Measured]:
        """Copy by the backup API, all in one step: a second one would begin anew at each write."""
        if not self._database.exists():
            raise BackupError(f"{self._database} does not exist: nothing to back up")
        file, measured = folder / self.member, Measured()
        with (
            closing(sqlite3.connect(self._database)) as source,
            closing(sqlite3.connect(file)) as target,
        ):
            source.backup(target, pages=-1)
            target.execute("PRAGMA journal_mode=DELETE")
            content = _content(target)
        archive.compression, archive.compresslevel = ZIP_DEFLATED, LEVEL
        with file.open("rb") as copied, archive.open(self.member, "w", force_zip64=True) as packed:
            measured.pass_on(copied, packed)
        file.unlink()
        return content, measured

    def refuse_unless_empty(self) -> None:
        """Raise BackupError if the file has any table."""
        if not self._database.exists():
            return
        with closing(sqlite3.connect(self._database)) as connection:
            tables = _tables(connection)
        if tables:
            raise BackupError(
                f"{self._database} holds {len(tables)} tables already: a backup is restored into "
                "an empty data folder; give --data another one, or move the file away"
            )

    def bring_back(self, file: Path, expected: Content) -> None:
        """Check the file and put it in place in one step."""
        try:
            with closing(sqlite3.connect(file)) as connection:
                (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
                content = _content(connection)
        except sqlite3.DatabaseError as error:
            raise BackupError(f"the database in the backup cannot be read: {error}") from error
        if said != "ok" or content != expected:
            raise BackupError("the database in the backup is not what its manifest says")
        for suffix in ("-wal", "-shm"):
            self._database.with_name(self._database.name + suffix).unlink(missing_ok=True)
        file.replace(self._database)


def _content(connection: sqlite3.Connection) -> Content:
    tables = _tables(connection)
    if "alembic_version" not in tables:
        raise BackupError("the database has no schema yet: nothing to back up")
    (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    rows = {
        table: int(connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])
        for table in tables
    }
    return Content(revision, rows)


def _tables(connection: sqlite3.Connection) -> list[str]:
    # A virtual table has no rows of its own: what it keeps lies in tables beside it.
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
    )
    return sorted(name for (name,) in names if not name.startswith("sqlite_"))
