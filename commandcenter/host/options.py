"""The settings of plugins: typed in the manifest, given by environment, operator or file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from commandcenter.errors import PluginError
from commandcenter.host.manifest import Manifest
from commandcenter.host.operators import Kept, Unreadable
from commandcenter.host.setting import Setting, Value

TABLE, LIMITS = "plugin", "limits"
"""The table [plugin.NAME.limits] is no setting of the plugin but bounds it."""
SECRET = "***"


@dataclass(frozen=True)
class Places:
    """Where a plugin's settings may come from, the strongest first; then come the defaults."""

    environment: Mapping[str, str]
    operators: Mapping[str, Kept] = field(default_factory=dict, repr=False)
    table: Mapping[str, Any] = field(default_factory=dict, repr=False)


def read_options(
    manifest: Manifest,
    environment: Mapping[str, str],
    file: Path,
    operators: Mapping[str, Kept] | None = None,
) -> dict[str, Value]:
    """Return the value of each setting: environment, then operators, then file, then default.

    The environment names it COMMANDCENTER_PLUGIN_<NAME>_<KEY>, the file has tables [plugin.NAME].
    Raises PluginError that names the setting, and never a secret.
    """
    places = Places(environment, operators or {}, _table(manifest, file))
    return {
        key: _value(manifest.name, key, setting, places)
        for key, setting in manifest.settings.items()
    }


def origin(manifest: Manifest, key: str, places: Places) -> str:
    """Return where the value in force comes from: environment, operator, file or default."""
    if variable(manifest.name, key) in places.environment:
        return "environment"
    if key in places.operators:
        return "operator"
    return "file" if key in places.table else "default"


def variable(plugin: str, key: str) -> str:
    """Return the environment variable that gives a setting."""
    return f"COMMANDCENTER_PLUGIN_{plugin}_{key}".upper()


def read_typed(plugin: str, key: str, setting: Setting, words: str) -> Value:
    """Return a value as a person has typed it; raises PluginError that says what would fit."""
    shown = SECRET if setting.is_secret else repr(words)
    try:
        value = setting.parse(words)
    except ValueError as error:
        raise PluginError(f"{plugin}: {key} = {shown} is no {setting.type}") from error
    if fault := setting.fault(value):
        raise PluginError(f"{plugin}: {key} = {shown} {fault}")
    return value


def _table(manifest: Manifest, file: Path) -> dict[str, Any]:
    table = table_of(manifest.name, file)
    for key in table:
        if key not in manifest.settings:
            raise PluginError(
                f"{file.name}: {TABLE}.{manifest.name}.{key} is no setting of the plugin; "
                f"it has {', '.join(manifest.settings) or 'none'}"
            )
    return table


def table_of(plugin: str, file: Path) -> dict[str, Any]:
    """Return what the file says of a plugin's settings; raises PluginError if it is no TOML."""
    if not file.exists():
        return {}
    try:
        table = tomllib.loads(file.read_text("utf-8")).get(TABLE, {}).get(plugin, {})
    except (tomllib.TOMLDecodeError, AttributeError) as error:
        raise PluginError(f"{file.name}: cannot be read: {error}") from error
    return {key: value for key, value in table.items() if key != LIMITS}


def _value(plugin: str, key: str, setting: Setting, places: Places) -> Value:
    named = variable(plugin, key)
    if named in places.environment:
        words = places.environment[named]
        try:
            return _checked(setting, setting.parse(words), named)
        except ValueError as error:
            shown = SECRET if setting.is_secret else repr(words)
            raise PluginError(f"{named} = {shown} is no {setting.type}") from error
    if key in places.operators:
        return _checked(setting, places.operators[key], f"set by an operator: {plugin}.{key}")
    if key in places.table:
        where = f"commandcenter.toml: {TABLE}.{plugin}.{key}"
        return _checked(setting, places.table[key], where)
    if setting.initial is None:
        raise PluginError(
            f"setting {key} is required and nobody has given it: "
            f"`commandcenter plugin settings {plugin} {key}=...`, or {named}"
        )
    return setting.initial


def _checked(setting: Setting, value: Any, where: str) -> Value:
    if isinstance(value, Unreadable):
        raise PluginError(
            f"{where} was sealed with another secret_key of the server: type it once more"
        )
    if fault := setting.fault(value):
        raise PluginError(f"{where} = {SECRET if setting.is_secret else repr(value)} {fault}")
    found: Value = value
    return found
