"""What operators set for plugins, kept for all processes: settings and switches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson
from sqlalchemy import Connection, delete, select

from commandcenter.domain.clocks import Millis
from commandcenter.errors import StoreError
from commandcenter.host.operators import Decisions, Kept, Unreadable
from commandcenter.host.setting import Value
from commandcenter.store.plugin_tables import plugin_settings, plugin_switches
from commandcenter.store.seal import Seal
from commandcenter.store.upsert import upsert


@dataclass(frozen=True, slots=True)
class By:
    """Who changes something, and when."""

    name: str
    at: Millis


@dataclass(frozen=True)
class Change:
    """What somebody changes of a plugin's settings; `values` have been checked.

    `secrets` names those of them that nobody may read, `forget` what the file or the default gives
    again.
    """

    plugin: str
    values: Mapping[str, Value] = field(repr=False)
    secrets: frozenset[str]
    by: By
    forget: tuple[str, ...] = ()


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


def switched_off(connection: Connection) -> dict[str, By]:
    """Return which plugins operators have disabled, and who did so when."""
    t = plugin_switches.c
    query = select(t.plugin, t.set_by, t.set_at).where(t.enabled.is_(False))
    return {plugin: By(name, at) for plugin, name, at in connection.execute(query)}


def give(connection: Connection, change: Change, seal: Seal) -> None:
    """Set and forget settings of a plugin; secrets are sealed."""
    by = change.by
    rows = []
    for key, value in change.values.items():
        words, is_secret = orjson.dumps(value).decode(), key in change.secrets
        rows.append({
            "plugin": change.plugin, "key": key, "is_secret": is_secret,
            "value": seal.close(words) if is_secret else words,
            "set_at": by.at, "set_by": by.name,
        })  # fmt: skip
    upsert(connection, plugin_settings, rows, ("plugin", "key"))
    take_back(connection, change.plugin, change.forget)


def take_back(connection: Connection, plugin: str, keys: Sequence[str]) -> None:
    """Forget settings, so that the file or the default counts again."""
    table = plugin_settings
    connection.execute(delete(table).where(table.c.plugin == plugin, table.c.key.in_(keys)))


def switch(connection: Connection, plugin: str, enabled: bool, by: By) -> None:
    """Enable or disable a plugin."""
    row = {"plugin": plugin, "enabled": enabled, "set_at": by.at, "set_by": by.name}
    upsert(connection, plugin_switches, [row], ("plugin",))


def _opened(sealed: str, seal: Seal) -> Kept:
    try:
        value: Value = orjson.loads(seal.open(sealed))
        return value
    except StoreError:
        return Unreadable()
