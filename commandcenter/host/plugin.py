"""What the host knows of a plugin and of what it declares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from commandcenter.domain.cells import Tree
from commandcenter.domain.text import Text
from commandcenter.host.manifest import API, Manifest

ItemT = TypeVar("ItemT", covariant=True)
EVERYWHERE = "*"


@dataclass(frozen=True)
class Plugin:
    """A plugin ready to be admitted: its manifest, the object with its hooks, its settings."""

    manifest: Manifest
    code: object
    folder: Path | None = None
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    warnings: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        code: object,
        name: str,
        provides: Sequence[str],
        districts: Sequence[str] = (EVERYWHERE,),
        core: bool = False,
    ) -> "Plugin":
        """Make a plugin from an object whose methods are hooks, as tests do."""
        manifest = Manifest(
            name=name,
            version="1.0.0",
            api=API,
            title=Text(name),
            owner="test",
            districts=tuple(districts),
            core=core,
            provides=tuple(provides),
        )
        return cls(manifest, code)

    @property
    def name(self) -> str:
        """The name by which the server knows it."""
        return self.manifest.name

    def file(self, name: str) -> str:
        """Return how messages call one of its files."""
        if self.folder is None:
            return f"plugin {self.name}"
        return f"{self.folder.parent.name}/{self.folder.name}/{name}"


@dataclass(frozen=True, slots=True)
class PluginState:
    """Whether a plugin is in use, and why not.

    "skipped" is a plugin for another city, "disabled" one that operators have switched off,
    "failed" one that was refused. `warnings` say what of it is deprecated.
    """

    name: str
    version: str
    title: Text
    owner: str
    state: Literal["ok", "skipped", "disabled", "failed"]
    reason: str = ""
    core: bool = False
    warnings: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()


@dataclass(frozen=True)
class Registered(Generic[ItemT]):
    """Something a plugin declared, stamped with the plugin and the districts it serves."""

    item: ItemT
    plugin: str
    districts: tuple[str, ...] = (EVERYWHERE,)

    def serves(self, tree: Tree, position: int) -> bool:
        """Tell whether the cell at a pre-order position lies in the plugin's districts."""
        return serves(self.districts, tree, position)


def serves(districts: Sequence[str], tree: Tree, position: int) -> bool:
    """Tell whether the cell at a pre-order position lies in one of `districts` (codes or "*")."""
    if EVERYWHERE in districts:
        return True
    ranges = (tree.range_of(code) for code in districts if code in tree)
    return any(first <= position <= last for first, last in ranges)
