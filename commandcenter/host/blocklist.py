"""The block list: versions of plugins that must not run, each with a reason."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from commandcenter.errors import PluginError
from commandcenter.host.manifest import Manifest

FILE = "blocked.toml"
EVERY = "*"


class Block(BaseModel):
    """One entry: versions as Python packages name them (`<1.2`, `>=2,<2.3`), `*` for every one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    versions: str
    reason: Annotated[str, Field(min_length=1, max_length=200)]

    @field_validator("versions")
    @classmethod
    def _be_a_range(cls, words: str) -> str:
        if words != EVERY:
            try:
                SpecifierSet(words)
            except InvalidSpecifier as error:
                raise ValueError(
                    "is no range of versions: write * or as <1.2 or >=2,<2.3"
                ) from error
        return words

    def covers(self, manifest: Manifest) -> bool:
        """Tell whether a plugin is meant; a version that cannot be ordered is met by `*` alone."""
        if manifest.name != self.name:
            return False
        if self.versions == EVERY:
            return True
        try:
            version = Version(manifest.version)
        except InvalidVersion:
            return False
        return SpecifierSet(self.versions).contains(version, prereleases=True)


@dataclass(frozen=True)
class BlockList:
    """What is blocked."""

    blocks: Sequence[Block] = ()

    @classmethod
    def read(cls, folder: Path) -> "BlockList":
        """Read blocked.toml of a plugins folder, if there is one.

        Raises PluginError for one that cannot be read: nothing runs then, since what must not run
        is not known.
        """
        path = folder / FILE
        where = f"{folder.name}/{FILE}"
        try:
            raw = tomllib.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            return cls()
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise PluginError(f"{where}: cannot be read: {error}") from error
        return cls(_blocks(raw, where))

    def reason(self, manifest: Manifest) -> str:
        """Return why a plugin is blocked; nothing if it is not."""
        for block in self.blocks:
            if block.covers(manifest):
                return f"version {manifest.version} is blocked by {FILE}: {block.reason}"
        return ""


def _blocks(raw: dict[str, Any], where: str) -> list[Block]:
    for key in raw:
        if key != "blocked":
            raise PluginError(f"{where}: {key} is no key of a block list; write [[blocked]]")
    found = []
    for at, entry in enumerate(raw.get("blocked", [])):
        try:
            found.append(Block.model_validate(entry))
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"])
            raise PluginError(f"{where}: entry {at}: {key}: {first['msg']}") from error
    return found
