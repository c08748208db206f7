"""PostgreSQL in a backup: a dump of the moment of a snapshot, by PostgreSQL's own programs."""

import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO
from zipfile import ZipFile

from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from commandcenter.store.backups import BackupError, Content, Measured
from commandcenter.store.engines import be_patient
from commandcenter.store.store import Store

PROGRAMS = Path("/usr/lib/postgresql")
"""Where Debian keeps the programs of each version."""
LIKE_HERE = ("--no-owner", "--no-privileges")
"""Whoever restores owns what is restored."""


class PostgresBackup:
    """A database of a PostgreSQL server."""

    name = "postgresql"
    member = "database.dump"

    def __init__(self, url: str) -> None:
        self._url = url

    def copy(self, archive: ZipFile, _folder: Path) -> tuple[Content, Measured]:
        """Dump what one snapshot sees, and count in the same snapshot."""
        dump, measured, store = program("pg_dump"), Measured(), Store(self._url)
        try:
            with store.read() as connection:
                be_patient(connection)
                content = _content(connection)
                snapshot = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar()
                command = [dump, "--format=custom", "--compress=3", *LIKE_HERE]
                # As it is: a dump is compressed already.
                with archive.open(self.member, "w", force_zip64=True) as packed:
                    self._run([*command, f"--snapshot={snapshot}"], measured, packed)
        finally:
            store.close()
        return content, measured

    def refuse_unless_empty(self) -> None:
        """Raise BackupError if the database has any table."""
        store = Store(self._url)
        try:
            with store.read() as connection:
                tables = _tables(connection)
        finally:
            store.close()
        if tables:
            raise BackupError(
                f"the database of database_url holds {len(tables)} tables already: a backup is "
                "restored into an empty one, as createdb makes it"
            )

    def bring_back(self, file: Path, expected: Content) -> None:
        """Restore in one transaction, which is undone whole if anything fails."""
        restore = program("pg_restore")
        self._run([restore, "--single-transaction", "--exit-on-error", *LIKE_HERE, str(file)])
        store = Store(self._url)
        try:
            with store.read() as connection:
                be_patient(connection)
                content = _content(connection)
        finally:
            store.close()
        if content != expected:
            raise BackupError("the restored database is not what the manifest says: drop it")

    def _run(
        self,
        command: list[str],
        measured: Measured | None = None,
        target: IO[bytes] | None = None,
    ) -> None:
        """Run a program on the database; the password is not for all to see among its words."""
        url = make_url(self._url)
        plain = url.set(drivername="postgresql")._replace(password=None)
        address = plain.render_as_string(hide_password=False)
        variables = dict(os.environ)
        if url.password is not None:
            variables["PGPASSWORD"] = str(url.password)
        with TemporaryFile() as complaints:
            piped = subprocess.DEVNULL if target is None else subprocess.PIPE
            with subprocess.Popen(
                [*command, f"--dbname={address}"], stdout=piped, stderr=complaints, env=variables
            ) as running:
                if running.stdout and measured and target:
                    measured.pass_on(running.stdout, target)
            if running.returncode != 0:
                complaints.seek(0)
                said = complaints.read().decode(errors="replace").strip()
                raise BackupError(f"{Path(command[0]).name} failed: {said}")


def program(name: str) -> str:
    """Return the path of one of PostgreSQL's programs; raises BackupError where it is missing."""
    found = shutil.which(name)
    if found is not None:
        return found
    versions = [path for path in PROGRAMS.glob(f"*/bin/{name}") if path.parts[-3].isdecimal()]
    if not versions:
        raise BackupError(
            f"{name} is not installed: install PostgreSQL's client programs, of the server's "
            "version or a later one"
        )
    return str(max(versions, key=lambda path: int(path.parts[-3])))


def _content(connection: Connection) -> Content:
    tables = _tables(connection)
    if "alembic_version" not in tables:
        raise BackupError("the database has no schema yet: nothing to back up")
    revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    count = 'SELECT count(*) FROM "{}"'.format
    rows = {table: connection.exec_driver_sql(count(table)).scalar_one() for table in tables}
    return Content(str(revision), rows)


def _tables(connection: Connection) -> list[str]:
    """Return the tables, a partitioned one as a whole."""
    query = (
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
        " AND relnamespace = current_schema()::regnamespace ORDER BY relname"
    )
    return list(connection.exec_driver_sql(query).scalars())
