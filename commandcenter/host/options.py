"""The settings of plugins: typed in the manifest, given by environment or commandcenter.toml."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from commandcenter.errors import PluginError
from commandcenter.host.manifest import Manifest, Setting, Value

TABLE = "plugin"


def read_options(
    manifest: Manifest, environment: Mapping[str, str], file: Path
) -> dict[str, Value]:
    """Return the value of each setting: environment before file before default.

    The environment names it COMMANDCENTER_PLUGIN_<NAME>_<KEY>, the file has tables [plugin.NAME].
    Raises PluginError that names the setting.
    """
    table = _table(manifest, file)
    return {
        key: _value(manifest.name, key, setting, environment, table)
        for key, setting in manifest.settings.items()
    }


def _table(manifest: Manifest, file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    try:
        table = tomllib.loads(file.read_text("utf-8")).get(TABLE, {}).get(manifest.name, {})
    except (tomllib.TOMLDecodeError, AttributeError) as error:
        raise PluginError(f"{file.name}: cannot be read: {error}") from error
    for key in table:
        if key not in manifest.settings:
            raise PluginError(
                f"{file.name}: {TABLE}.{manifest.name}.{key} is no setting of the plugin; "
                f"it has {', '.join(manifest.settings) or 'none'}"
            )
    return dict(table)


def _value(
    plugin: str, key: str, setting: Setting, environment: Mapping[str, str], table: dict[str, Any]
) -> Value:
    variable = f"COMMANDCENTER_PLUGIN_{plugin}_{key}".upper()
    if variable in environment:
        try:
            return setting.parse(environment[variable])
        except (ValueError, KeyError) as error:
            raise PluginError(
                f"{variable} = {environment[variable]!r} is no {setting.type}"
            ) from error
    value: Value = table.get(key, setting.default)
    if not setting.fits(value):
        raise PluginError(
            f"commandcenter.toml: {TABLE}.{plugin}.{key} = {value!r} is no {setting.type}"
        )
    return value
