"""Production's shape: PostgreSQL, Redis, two web processes, two workers of each role."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from sqlalchemy import text

from commandcenter.cases import accounts
from commandcenter.cli.processes import listen
from commandcenter.domain.viewers import Clearance
from commandcenter.settings import ROOT, Settings
from commandcenter.store import cities
from commandcenter.store.store import Store
from tests.faults import disk, link
from tests.faults.clock import SteppedClock
from tests.faults.parts import Keeper, Part
from tests.faults.proxy import Proxy
from tests.faults.services import DATABASE, admit, database, port, services
from tests.services.postgres import SYSTEM_USER, USER, initialise
from tests.services.process import service_folder
from tests.waiting import until

EACH = 2
"""Processes of each of the server's roles."""
ROLES = ("web", "live", "ingest")
SERVICES = ("redis", "postgres")
LAYOUT = "city"
START_SECONDS = 120.0
MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Size:
    """How large a run is: cases to begin with, and the room for the database in megabytes.

    `plugins` is a folder with fewer of them than come along.
    """

    history: int = 2000
    disk: int = 1024
    rate: float = 1.0
    """Reports a second by the simulated source."""
    plugins: Path = ROOT / "plugins"


@dataclass(frozen=True)
class Access:
    """What clients need: keys for reports, the wall and the figures, codes of the great cells."""

    source_key: str
    wall_key: str
    metrics_key: str
    cells: tuple[str, ...]


@dataclass
class Cluster:
    """All parts of a run, and what a fault may do to them."""

    folder: Path
    link: link.Link
    clock: SteppedClock
    disk: disk.Disk
    keeper: Keeper
    proxies: Mapping[str, Proxy]
    store: Store
    settings: Settings
    listener: socket.socket
    access: Access

    @property
    def address(self) -> tuple[str, int]:
        """Where the web processes listen."""
        port: int = self.listener.getsockname()[1]
        return self.link.near, port

    def role(self, *roles: str) -> list[Part]:
        """The parts of these roles."""
        return [part for part in self.keeper.parts if part.role in roles]

    def holder(self, lease: str = "live") -> Part:
        """The process that holds a lease, the first of the role where nobody does."""
        found = self.rows("SELECT holder FROM leases WHERE name = :name", name=lease)
        words = str(found[0][0]).split("/") if found else []
        parts = self.role("live" if lease == "live" else "ingest")
        return next((part for part in parts if str(part.pid) in words), parts[0])

    def rows(self, statement: str, **values: object) -> list[tuple[object, ...]]:
        """Ask the database itself, past everything that may be broken on the way."""
        with self.store.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement), values)]

    def is_up(self) -> bool:
        """Whether all parts run and the server says that it is ready."""
        host, port = self.address
        if not all(part.pid for part in self.keeper.parts):
            return False
        with suppress(URLError, OSError), urlopen(f"http://{host}:{port}/readyz", timeout=2) as got:
            return bool(got.status == 200)
        return False

    def heal(self) -> None:
        """Take back whatever a fault did."""
        for proxy in self.proxies.values():
            proxy.mend()
        for part in self.keeper.parts:
            part.go_on()
        self.link.mend()
        if self.disk.is_real:
            self.disk.clear()
        self.clock.step(0)


@contextmanager
def cluster(size: Size, cache: Path) -> Iterator[Cluster]:
    """Start everything; it ends with the block."""
    owner = SYSTEM_USER if os.geteuid() == 0 else None
    with ExitStack() as stack:
        folder = stack.enter_context(service_folder(owner))
        cable = stack.enter_context(link.laid())
        room = stack.enter_context(disk.mounted(folder / "postgres", size.disk * MEGABYTE, owner))
        keeper = Keeper()
        stack.callback(keeper.close)
        clock = SteppedClock.made(folder)
        outside = services(folder, cable, clock)
        initialise(room.folder / "data")
        admit(room.folder / "data", cable)
        keeper.parts += outside
        proxies = {}
        for part in outside:
            proxies[part.role] = proxy = Proxy((cable.far, port(part)))
            proxy.start()
            stack.callback(proxy.close)
        store = database(folder / "postgres", port(outside[1]))
        stack.callback(store.close)
        settings = _settings(folder, cable, proxies, size, cache)
        _prepare(settings, store, size)
        listener = stack.enter_context(listen(settings))
        access = _access(store)
        keeper.parts += _processes(folder, settings, clock, listener)
        made = Cluster(
            folder, cable, clock, room, keeper, proxies, store, settings, listener, access
        )
        try:
            until(made.is_up, START_SECONDS, "the server is not ready")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{_tails(keeper)}") from error
        yield made
        made.heal()


def _settings(
    folder: Path, cable: link.Link, proxies: Mapping[str, Proxy], size: Size, cache: Path
) -> Settings:
    data = folder / "data"
    data.mkdir()
    return Settings(
        data=data,
        cache=cache,
        plugins=size.plugins,
        database_url=f"postgresql+psycopg://{USER}@127.0.0.1:{proxies['postgres'].port}/{DATABASE}",
        redis_url=f"redis://127.0.0.1:{proxies['redis'].port}/0",
        host=cable.near,
        port=0,
        secret_key="a key that only this run knows",
        options={"per_second": str(size.rate)},
    )


def environment(settings: Settings) -> dict[str, str]:
    """The variables that give a process the settings."""
    rate = settings.options["per_second"]
    return {
        "COMMANDCENTER_DATA": str(settings.data),
        "COMMANDCENTER_CACHE": str(settings.cache.resolve()),
        "COMMANDCENTER_PLUGINS": str(settings.plugins.resolve()),
        "COMMANDCENTER_DATABASE_URL": settings.database_url,
        "COMMANDCENTER_REDIS_URL": settings.redis_url,
        "COMMANDCENTER_SECRET_KEY": settings.secret_key,
        "COMMANDCENTER_OPTIONS": f'{{"per_second": "{rate}"}}',
    }


def _prepare(settings: Settings, store: Store, size: Size) -> None:
    command = [sys.executable, "-m", "commandcenter", "prepare", "--history", str(size.history)]
    variables = environment(settings) | {"COMMANDCENTER_DATABASE_URL": store.url}
    done = subprocess.run(
        command, cwd=settings.data, env=os.environ | variables, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]


def _access(store: Store) -> Access:
    with store.read() as connection:
        tree = cities.load_tree(connection)
    codes = [cell.code for cell in tree.cells if cell.depth <= 1]
    now = round(time.time() * 1000)
    wall = accounts.Grant("wall", codes[0], Clearance.PUBLIC, LAYOUT)
    source = accounts.Grant("source", codes[0], Clearance.STAFF)
    figures = accounts.Grant("figures", codes[0])
    with store.write() as connection:
        return Access(
            accounts.add_key(connection, tree, accounts.KeyKind.SOURCE, source, now),
            accounts.add_key(connection, tree, accounts.KeyKind.WALL, wall, now),
            accounts.add_key(connection, tree, accounts.KeyKind.METRICS, figures, now),
            tuple(codes),
        )


def _processes(
    folder: Path, settings: Settings, clock: SteppedClock, listener: socket.socket
) -> list[Part]:
    variables = environment(settings) | clock.variables
    number = listener.fileno()
    words = {
        "live": ("worker", "--role", "live"),
        "web": ("web", "--fd", str(number)),
        "ingest": ("worker", "--role", "ingest"),
    }
    return [
        Part(
            f"{role}-{n}", role, [sys.executable, "-m", "commandcenter", *given], folder, variables,
            keep=(number,) if role == "web" else (),
        )
        for role, given in words.items()
        for n in range(1, EACH + 1)
    ]  # fmt: skip


def _tails(keeper: Keeper) -> str:
    return "\n".join(
        f"--- {part.name}\n{part.log.read_text(errors='replace')[-800:]}"
        for part in keeper.parts
        if part.log.exists()
    )


def save_logs(made: Cluster, folder: Path) -> None:
    """Keep what all parts have written, for whoever looks into a failure."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in made.keeper.parts:
        if part.log.exists():
            shutil.copy(part.log, folder / part.log.name)
