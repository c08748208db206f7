"""PostgreSQL and Redis at the far end of the link, with the settings of production."""

from __future__ import annotations

import signal
from pathlib import Path

import psycopg

from commandcenter.store.store import Store
from tests.faults.clock import SteppedClock
from tests.faults.link import Link
from tests.faults.parts import Part
from tests.services.postgres import SYSTEM_USER, USER, server_folders
from tests.services.process import free_port, program, unprivileged
from tests.waiting import until

DATABASE = "city"
START_SECONDS = 60.0
POSTGRES_SETTINGS = ("max_connections=200", "shared_buffers=64MB", "max_wal_size=256MB")


def services(folder: Path, cable: Link, clock: SteppedClock) -> list[Part]:
    room = folder / "postgres"
    redis = ["--bind", cable.far, "--port", str(free_port()), "--save", "", "--appendonly", "no"]
    postgres = ["-D", str(room / "data"), "-p", str(free_port()), "-k", str(room), "-h", cable.far]
    settings = [part for setting in POSTGRES_SETTINGS for part in ("-c", setting)]
    server = program("postgres", *server_folders())
    return [
        Part(
            "redis", "redis", [program("redis-server"), *redis, "--protected-mode", "no"], folder,
            clock.variables, entrance=cable.entrance,
        ),
        Part(
            "postgres", "postgres", [server, *postgres, *settings], folder, clock.variables,
            end=signal.SIGINT, options=unprivileged(SYSTEM_USER), entrance=cable.entrance,
        ),
    ]  # fmt: skip


def port(service: Part) -> int:
    words = list(service.command)
    return int(words[words.index("--port" if service.role == "redis" else "-p") + 1])


def admit(data: Path, cable: Link) -> None:
    with (data / "pg_hba.conf").open("a") as rules:
        rules.write(f"host all all {cable.near}/32 trust\n")


def database(room: Path, port: int) -> Store:
    """Make the database, once the server answers on its socket."""
    address = f"host={room} port={port} user={USER} dbname=postgres"

    def made() -> bool:
        try:
            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {DATABASE} ENCODING 'UTF8' TEMPLATE template0")
        except psycopg.OperationalError:
            return False
        return True

    until(made, START_SECONDS, "PostgreSQL does not answer")
    return Store(f"postgresql+psycopg://{USER}@/{DATABASE}?host={room}&port={port}")
