"""A PostgreSQL server of the run's own and a fresh database for each test."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.services.process import (
    Service,
    ServiceFailed,
    dying_with_us,
    free_port,
    program,
    running,
    service_folder,
    unprivileged,
)

USER = "commandcenter"
# The server refuses root; Debian's package brings this user.
SYSTEM_USER = "postgres"
# Durability is for data that someone wants back.
FAST = ("fsync=off", "full_page_writes=off", "shared_buffers=64MB", "max_connections=200")


@dataclass(frozen=True)
class Postgres:
    """A running server; databases are made from a template by copying files."""

    port: int
    names: Iterator[str] = field(default_factory=lambda: (f"city_{n}" for n in itertools.count()))

    def url(self, database: str) -> str:
        """The SQLAlchemy address of a database."""
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/{database}"

    def create_database(self, template: str = "template0") -> str:
        """Make a database that looks like `template` and return its name."""
        name = next(self.names)
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._run(command.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def accepts(self) -> bool:
        """Whether the server lets clients in."""
        try:
            self._run(sql.SQL("SELECT 1"))
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, command: sql.Composable) -> None:
        address = f"postgresql://{USER}@127.0.0.1:{self.port}/postgres"
        with psycopg.connect(address, autocommit=True, connect_timeout=5) as connection:
            connection.execute(command)


def server_folders() -> list[str]:
    """Where Debian keeps the server's programs, newest version first."""
    found = Path("/usr/lib/postgresql").glob("*/bin")
    return [str(folder) for folder in sorted(found, key=_version, reverse=True)]


def _version(folder: Path) -> float:
    return float(folder.parent.name)


def initialise(data: Path) -> None:
    """Make the server's data folder; raises ServiceFailed with what initdb said."""
    initdb = program("initdb", *server_folders())
    settings = ["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]
    done = subprocess.run(
        [
            *dying_with_us(signal.SIGKILL, unprivileged(SYSTEM_USER)),
            *(initdb, f"--pgdata={data}", f"--username={USER}", *settings),
        ],
        cwd=data.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ServiceFailed(f"initdb ended with {done.returncode}: {done.stderr}")


@contextmanager
def postgres_process(folder: Path, port: int) -> Iterator[Service]:
    """Run the server on an initialised folder; SIGQUIT ends it at once, its children with it."""
    server = program("postgres", *server_folders())
    places = ["-D", str(folder / "data"), "-p", str(port), "-k", str(folder), "-h", "127.0.0.1"]
    settings = [part for setting in FAST for part in ("-c", setting)]
    command = [server, *places, *settings]
    with running(command, folder, unprivileged(SYSTEM_USER), signal.SIGQUIT) as service:
        yield service


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The PostgreSQL server of this test process."""
    owner = SYSTEM_USER if os.geteuid() == 0 else None
    with service_folder(owner) as folder:
        initialise(folder / "data")
        server = Postgres(free_port())
        with postgres_process(folder, server.port) as service:
            service.wait_until(server.accepts)
            yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """The address of an empty PostgreSQL database that only this test sees."""
    name = postgres.create_database()
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'commandcenter.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url
