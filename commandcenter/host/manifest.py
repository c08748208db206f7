"""plugin.toml: what a plugin says of itself, read before any of its code."""

import difflib
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from commandcenter.domain.text import Text
from commandcenter.errors import PluginError
from commandcenter.host.hookspecs import Hooks
from commandcenter.host.remote import RemoteManifest
from commandcenter.host.setting import Setting

API = 1
"""The version of the hooks this server speaks."""
FILE = "plugin.toml"
PREFIX = "register_"
PROVIDES = tuple(sorted(n.removeprefix(PREFIX) for n in vars(Hooks) if n.startswith(PREFIX)))
"""What a plugin can provide: the names of the hooks without `register_`."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=48)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Manifest(BaseModel):
    """A plugin's manifest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    version: Words
    api: int
    title: Text
    owner: Words
    districts: Annotated[tuple[Words, ...], Field(min_length=1)]
    provides: tuple[str, ...] = ()
    city: str | None = None
    core: bool = False
    settings: dict[Name, Setting] = {}
    remote_panels: tuple[RemoteManifest, ...] = ()


def read_manifest(path: Path, name: str) -> Manifest:
    """Read the manifest at `path` of the plugin that must be called `name`.

    Raises PluginError with one line that names the file and the key.
    """
    where = f"{path.parent.parent.name}/{path.parent.name}/{path.name}"
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise PluginError(f"{where}: is missing; plugins/README.md shows what it holds") from error
    except OSError as error:
        raise PluginError(f"{where}: cannot be read: {error}") from error
    return manifest_from(content, where, name)


def manifest_from(content: bytes, where: str, name: str) -> Manifest:
    """Return the manifest that stands in a file of any kind; raises PluginError as above."""
    raw = _parsed(content, where)
    if raw.get("api", API) != API:
        raise PluginError(f"{where}: api = {raw['api']}, this server speaks {API}")
    try:
        manifest = Manifest.model_validate(raw)
    except ValidationError as error:
        raise PluginError(f"{where}: {_first(error)}") from error
    _check(manifest, name, where)
    return manifest


def claims_core(path: Path) -> bool:
    """Tell whether a manifest, even one that cannot be used, says that it is of the core."""
    try:
        return re.search(r"^core\s*=\s*true\b", path.read_text("utf-8"), re.MULTILINE) is not None
    except (OSError, UnicodeDecodeError):
        return False


def _parsed(content: bytes, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PluginError(f"{where}: cannot be read: {error}") from error


def _check(manifest: Manifest, name: str, where: str) -> None:
    if manifest.name != name:
        raise PluginError(f'{where}: name = "{manifest.name}", but the plugin is found as "{name}"')
    for provided in manifest.provides:
        if provided not in PROVIDES:
            raise PluginError(
                f'{where}: provides = "{provided}", a plugin can provide {", ".join(PROVIDES)}'
            )
    for key, setting in manifest.settings.items():
        for fault in setting.own_faults():
            raise PluginError(f"{where}: settings.{key}.{fault}")


def _first(error: ValidationError) -> str:
    """Say in words what pydantic found first."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "missing":
        return f"{key} is missing"
    if first["type"] == "value_error":
        return f"{key}: {first['ctx']['error']}"
    if first["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        known = {1: Manifest.model_fields, 3: RemoteManifest.model_fields}
        near = difflib.get_close_matches(str(first["loc"][-1]), known.get(len(first["loc"]), {}), 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        return f"{key} is not a key of a manifest{hint}"
    return f"{key} = {first['input']!r}: {first['msg']}"
