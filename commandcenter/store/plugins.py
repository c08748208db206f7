"""What operators set for plugins, kept for all processes: settings and switches."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, delete, select

from commandcenter.domain.clocks import Millis
from commandcenter.errors import StoreError
from commandcenter.host.operators import Decisions, Kept, Unreadable
from commandcenter.host.setting import Value
from commandcenter.store.seal import Seal
from commandcenter.store.tables import plugin_settings, plugin_switches
from commandcenter.store.upsert import upsert


@dataclass(frozen=True, slots=True)
class By:
    """Who changes something, and when."""

    name: str
    at: Millis


@dataclass(frozen=True, slots=True)
class Given:
    """A setting as operators see it: of a secret only that it is there."""

    key: str
    value: Value | None
    is_secret: bool
    by: By


def decisions(connection: Connection, seal: Seal) -> Decisions:
    """Return all that operators have decided, secrets opened."""
    found: dict[str, dict[str, Kept]] = {}
    for row in connection.execute(select(plugin_settings)):
        value = _opened(row.value, seal) if row.is_secret else orjson.loads(row.value)
        found.setdefault(row.plugin, {})[row.key] = value
    switches = select(plugin_switches.c.plugin).where(plugin_switches.c.enabled.is_(False))
    return Decisions(found, frozenset(connection.execute(switches).scalars()))


def given(connection: Connection, plugin: str) -> list[Given]:
    """Return what operators have set for a plugin, by key, without any secret."""
    table = plugin_settings
    query = select(table).where(table.c.plugin == plugin).order_by(table.c.key)
    return [
        Given(r.key, None if r.is_secret else orjson.loads(r.value), r.is_secret,
              By(r.set_by, r.set_at))
        for r in connection.execute(query)
    ]  # fmt: skip


def switches(connection: Connection) -> dict[str, bool]:
    """Return whether each plugin is enabled that operators have ever switched."""
    query = select(plugin_switches.c.plugin, plugin_switches.c.enabled)
    return {plugin: enabled for plugin, enabled in connection.execute(query)}


def give(connection: Connection, plugin: str, values: Mapping[str, Value], by: By) -> None:
    """Set settings of a plugin that are no secrets."""
    rows = [_row(plugin, key, orjson.dumps(value).decode(), by) for key, value in values.items()]
    upsert(connection, plugin_settings, rows, ("plugin", "key"))


def give_secrets(
    connection: Connection, plugin: str, values: Mapping[str, str], seal: Seal, by: By
) -> None:
    """Set secret settings of a plugin, sealed."""
    rows = [
        _row(plugin, key, seal.close(orjson.dumps(value).decode()), by) | {"is_secret": True}
        for key, value in values.items()
    ]
    upsert(connection, plugin_settings, rows, ("plugin", "key"))


def take_back(connection: Connection, plugin: str, keys: list[str]) -> None:
    """Forget settings, so that the file or the default counts again."""
    table = plugin_settings
    connection.execute(delete(table).where(table.c.plugin == plugin, table.c.key.in_(keys)))


def switch(connection: Connection, plugin: str, enabled: bool, by: By) -> None:
    """Enable or disable a plugin."""
    row = {"plugin": plugin, "enabled": enabled, "set_at": by.at, "set_by": by.name}
    upsert(connection, plugin_switches, [row], ("plugin",))


def _row(plugin: str, key: str, value: str, by: By) -> dict[str, object]:
    return {
        "plugin": plugin, "key": key, "value": value, "is_secret": False,
        "set_at": by.at, "set_by": by.name,
    }  # fmt: skip


def _opened(sealed: str, seal: Seal) -> Kept:
    try:
        value: Value = orjson.loads(seal.open(sealed))
        return value
    except StoreError:
        return Unreadable()
