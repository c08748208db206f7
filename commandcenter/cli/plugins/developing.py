"""`plugin dev`: a small city with one plugin on its wall, which follows every saved file."""

import json
import logging
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from time import time
from urllib.error import URLError
from urllib.request import urlopen

import typer
from watchfiles import DefaultFilter, watch

from commandcenter.cases import accounts
from commandcenter.cli.children import children
from commandcenter.cli.preparation import prepare_in_child
from commandcenter.cli.processes import listen
from commandcenter.cli.serving import address
from commandcenter.cli.supervisor import Supervisor
from commandcenter.domain.rights import BLOCKS
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance
from commandcenter.errors import PluginError, Unavailable
from commandcenter.host.manifest import FILE, Manifest, read_manifest
from commandcenter.live.bus import Bus, connect
from commandcenter.live.word import tell_plugin
from commandcenter.settings import ROOT, Settings
from commandcenter.store import cities
from commandcenter.store.store import Store

SHOWN = ("watch", "tablet")
"""Plugins of the product that are there too: the map, and the pages of cells."""
DEVCITY = ROOT / "commandcenter" / "testing" / "devcity"
ANY_CITY = "dev"
WALL = "dev"
STEP_MILLIS, DEBOUNCE_MILLIS = 20, 60
"""An editor writes a file in several strokes: they are waited for so long together."""
CONNECT_SECONDS = 0.2
LAYOUT = """\
title = {zh = "插件开发", en = "Plugin development"}
canvas = [1920, 1080]
scope = "cell"
rotate_seconds = 0

[wall]
width_mm = 1200
distance_mm = 2000

[[faces]]
key = "local"
title = {zh = "插件", en = "Plugin"}
auto = true
map = "watch.map"
"""


@dataclass(frozen=True)
class Workshop:
    """The folders of one run; all but the plugin's own are thrown away at its end."""

    plugin: Path
    manifest: Manifest
    folder: Path

    def settings(self, given: Settings, port: int) -> Settings:
        """Return the settings of a server in the workshop."""
        told = {
            "plugin": self.folder / "plugins" / self.manifest.name,
            "plugins": given.plugins,
            "cache": given.cache_folder,
        }
        for name, value in told.items():
            os.environ[f"COMMANDCENTER_PLUGIN_DEVCITY_{name.upper()}"] = str(value)
        return given.model_copy(update={
            "data": self.folder / "data", "plugins": self.folder / "plugins",
            "layouts": self.folder / "layouts", "city": self.manifest.city or ANY_CITY,
            "port": port, "database_url": "", "redis_url": "", "plugin_dev": True,
        })  # fmt: skip

    @property
    def scope(self) -> str:
        """The cell that the wall shows, empty for the whole city."""
        first = self.manifest.districts[0]
        return "" if first == "*" else first

    def furnish(self) -> None:
        """Lay out what a server needs."""
        plugins = self.folder / "plugins"
        for name in ("data", "plugins", "layouts"):
            (self.folder / name).mkdir()
        for path in (self.plugin, DEVCITY, *(ROOT / "plugins" / name for name in SHOWN)):
            (plugins / path.name).symlink_to(path, target_is_directory=True)
        (self.folder / "layouts" / f"{WALL}.toml").write_text(LAYOUT, "utf-8")


class Reloader:
    """Watches the plugin's files and tells the workers of each change."""

    def __init__(self, settings: Settings, plugin: Path) -> None:
        self._settings = settings
        self._plugin = plugin
        self._stopping = Event()

    def start(self) -> None:
        """Begin to watch."""
        Thread(target=self._run, name="reloader", daemon=True).start()

    def close(self) -> None:
        """Watch no longer."""
        self._stopping.set()

    def _run(self) -> None:
        bus = self._connected()
        changes = watch(
            self._plugin, watch_filter=DefaultFilter(), debounce=DEBOUNCE_MILLIS,
            step=STEP_MILLIS, stop_event=self._stopping, rust_timeout=1000, yield_on_timeout=False,
        )  # fmt: skip
        for found in changes:
            names = sorted({Path(path).name for _, path in found})
            typer.secho(f"  {', '.join(names)} saved", fg="cyan", err=True)
            tell_plugin(bus, self._plugin.name)
        bus.close()

    def _connected(self) -> Bus:
        """Return the bus of the server, which is just starting."""
        while True:
            try:
                return connect(self._settings)
            except Unavailable:
                self._stopping.wait(CONNECT_SECONDS)


class Announcement:
    """Says where to look, once, as soon as the server answers."""

    def __init__(self, url: str, access: dict[str, str], shop: Workshop, as_json: bool) -> None:
        self._url = url
        self._access = access
        self._shop = shop
        self._as_json = as_json
        self._said = False

    def __call__(self) -> None:
        """Look whether the server is ready and say so."""
        if self._said or not _answers(self._url):
            return
        self._said = True
        cell = f"cell={self._access['scope']}&"
        wall = f"{self._url}/wall/{WALL}?{cell}key={self._access['wall_key']}"
        folder = str(self._shop.folder)
        said = {"url": self._url, "wall": wall, "folder": folder, **self._access}
        if self._as_json:
            print(json.dumps(said), flush=True)
            return
        typer.echo(f"\n  The wall    {wall}")
        typer.echo(f"  The tablet  {self._url}/cell/{self._access['scope']}")
        typer.echo(f"  Operations  {self._url}/operations")
        typer.echo(f"              user dev, password {self._access['password']}")
        typer.echo(f"  Save a file in {self._shop.plugin} and look; Ctrl-C ends it.\n")


def run(given: Settings, path: Path, port: int, as_json: bool) -> None:
    """Serve the plugin in a folder until stopped; raises PluginError for a wrong manifest."""
    plugin = path.resolve()
    if not (plugin / FILE).exists():
        raise PluginError(f"{path}: holds no {FILE}; `commandcenter plugin new` writes one")
    manifest = read_manifest(plugin / FILE, plugin.name)
    logging.getLogger("watchfiles").setLevel(logging.WARNING)
    with _scratch() as folder:
        shop = Workshop(plugin, manifest, folder)
        shop.furnish()
        settings = shop.settings(given, port)
        code = _serve(settings, shop, as_json)
    sys.exit(code)


def _serve(settings: Settings, shop: Workshop, as_json: bool) -> int:
    settings.secret()
    prepare_in_child(settings, 0)
    listener = listen(settings)
    access = _access(settings, shop)
    announce = Announcement(address(settings, listener), access, shop, as_json)
    supervisor = Supervisor(settings, children(listener.fileno(), 1))
    reloader = Reloader(settings, shop.plugin)
    reloader.start()
    supervisor.run(announce)
    reloader.close()
    return supervisor.exit_code


@contextmanager
def _scratch() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="commandcenter-dev-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _access(settings: Settings, shop: Workshop) -> dict[str, str]:
    password, now = secrets.token_urlsafe(9), round(time() * 1000)
    store = Store(settings.database)
    with store.write() as connection:
        tree = cities.load_tree(connection)
        root = tree.cells[0].code
        role = Role.OPERATOR
        grant = accounts.Grant("dev", root, Clearance.PERSONAL, role=role, blocks=BLOCKS)
        hashed = accounts.Passwords().hash(password)
        accounts.add_user(connection, tree, grant, hashed, now)
        key = accounts.add_key(
            connection, tree, accounts.KeyKind.WALL,
            accounts.Grant("dev wall", root, Clearance.PUBLIC, WALL, blocks=BLOCKS), now,
        )  # fmt: skip
    store.close()
    return {"wall_key": key, "scope": shop.scope or root, "user": "dev", "password": password}


def _answers(url: str) -> bool:
    try:
        with urlopen(f"{url}/readyz", timeout=1) as answer:
            return bool(answer.status == 200)
    except (URLError, TimeoutError, ConnectionError):
        return False
