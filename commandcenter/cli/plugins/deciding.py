"""`plugin enable|disable|settings`: what operators decide, with effect on a running server."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from getpass import getuser
from time import time

import typer
from rich.console import Console
from rich.table import Table

from commandcenter.cli.processes import holder_of
from commandcenter.errors import NotFound, PluginError, SettingsError, Unavailable
from commandcenter.host.discovery import OPTIONS, Candidate, discover, manifest_of
from commandcenter.host.manifest import Manifest
from commandcenter.host.operators import NOTHING, Decisions
from commandcenter.host.options import SECRET, Places, origin, read_typed, table_of, variable
from commandcenter.host.setting import Setting, Value
from commandcenter.live.bus import connect
from commandcenter.live.word import tell_plugin
from commandcenter.settings import Settings
from commandcenter.store import plugins
from commandcenter.store.plugins import By, Change
from commandcenter.store.schema import HEAD, revision, upgrade
from commandcenter.store.seal import Seal
from commandcenter.store.store import Connection, Store

TOLD = ("key", "type", "value", "from", "title")
ASK = "-"
"""Given for a secret: it is asked for instead of standing in the shell's history."""


def found(settings: Settings, name: str) -> Candidate:
    """Return a plugin that is there; raises NotFound that names those there are."""
    candidates = {candidate.name: candidate for candidate in discover(settings.plugins)}
    if name not in candidates:
        raise NotFound(f"no plugin {name} in {settings.plugins}; there are {_names(candidates)}")
    return candidates[name]


def decided(settings: Settings) -> Decisions:
    """Return what operators have decided, nothing where no server has run yet."""
    with reading(settings) as connection:
        if connection is None:
            return NOTHING
        return plugins.decisions(connection, Seal(settings.secret()))


@contextmanager
def reading(settings: Settings) -> Iterator[Connection | None]:
    """Open the server's database to read it; None where no server has run yet."""
    if not settings.database_url and not (settings.data / "commandcenter.db").exists():
        yield None
        return
    with closing(Store(settings.database)) as store:
        if revision(store) != HEAD:
            yield None
            return
        with store.read() as connection:
            yield connection


def switch(settings: Settings, name: str, enabled: bool) -> None:
    """Enable or disable a plugin; raises NotFound, or PluginError for the city itself."""
    manifest = manifest_of(found(settings, name))
    if not enabled and "city" in manifest.provides:
        raise PluginError(f"{name} gives a city: nothing would be left to show; choose --city")
    with _store(settings) as store, store.write() as connection:
        plugins.switch(connection, name, enabled, _me())
    tell(settings, name)
    typer.echo(f"{name} is {'enabled' if enabled else 'disabled'}")


def change(settings: Settings, name: str, words: Sequence[str], unset: Sequence[str]) -> None:
    """Set settings of a plugin as typed (key=value), and forget others."""
    manifest = manifest_of(found(settings, name))
    values = {key: value for key, value in (_typed(manifest, pair) for pair in words)}
    for key in unset:
        _declared(manifest, key)
    secrets = frozenset(key for key in values if manifest.settings[key].is_secret)
    wanted = Change(name, values, secrets, _me(), tuple(unset))
    with _store(settings) as store, store.write() as connection:
        plugins.give(connection, wanted, Seal(settings.secret()))
    tell(settings, name)


def show(settings: Settings, name: str) -> None:
    """Print the settings of a plugin: type, value in force, where it comes from."""
    manifest = manifest_of(found(settings, name))
    if not manifest.settings:
        typer.echo(f"{name} has no settings")
        return
    table = Table(*TOLD)
    for row in settings_told(settings, manifest):
        table.add_row(*row)
    Console().print(table)


def settings_told(settings: Settings, manifest: Manifest) -> Iterator[tuple[str, ...]]:
    """Yield what may be said of each setting: `TOLD`, with nothing of a secret's value."""
    given = decided(settings).of(manifest.name)
    places = Places(os.environ, given, table_of(manifest.name, OPTIONS))
    for key, declared in manifest.settings.items():
        came = origin(manifest, key, places)
        value = _in_force(manifest, key, places, came)
        title = declared.title.zh if declared.title else ""
        yield key, bounds(declared), value, came, title


def bounds(setting: Setting) -> str:
    """Return a setting's type and bounds in a few words."""
    words: list[str] = [setting.type]
    if setting.choices:
        words.append("|".join(map(str, setting.choices)))
    if setting.min is not None:
        words.append(f">= {setting.min:g}")
    if setting.max is not None:
        words.append(f"<= {setting.max:g}")
    return " ".join([*words, "required"] if setting.required else words)


def _in_force(manifest: Manifest, key: str, places: Places, came: str) -> str:
    setting = manifest.settings[key]
    where: Mapping[str, object] = {
        "environment": places.environment.get(variable(manifest.name, key)),
        "operator": places.operators.get(key),
        "file": places.table.get(key),
        "default": setting.initial,
    }
    value = where[came]
    if value is None or value == "":
        return ""
    return SECRET if setting.is_secret else str(value)


def _typed(manifest: Manifest, pair: str) -> tuple[str, Value]:
    key, equals, words = pair.partition("=")
    if not equals:
        raise SettingsError(f"{pair}: write KEY=VALUE")
    setting = _declared(manifest, key)
    if setting.is_secret and words == ASK:
        words = typer.prompt(key, hide_input=True)
    return key, read_typed(manifest.name, key, setting, words)


def _declared(manifest: Manifest, key: str) -> Setting:
    if key not in manifest.settings:
        raise PluginError(
            f"{manifest.name}: {key} is no setting; it has {_names(manifest.settings)}"
        )
    return manifest.settings[key]


@contextmanager
def _store(settings: Settings) -> Iterator[Store]:
    settings.data.mkdir(parents=True, exist_ok=True)
    with closing(Store(settings.database)) as store:
        upgrade(store)
        yield store


def tell(settings: Settings, name: str) -> None:
    """Tell a running server; where none runs, the next start reads it."""
    if not settings.redis_url and holder_of(settings.data) is None:
        return  # waiting for a local bus to answer would take seconds
    try:
        bus = connect(settings)
    except Unavailable:
        return
    tell_plugin(bus, name)
    bus.close()


def _me() -> By:
    return By(f"{getuser()} (command line)"[:64], round(time() * 1000))


def _names(there: Mapping[str, object]) -> str:
    return ", ".join(sorted(there)) or "none"
