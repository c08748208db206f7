"""What authors of plugins should no longer use, said long before it is taken away."""

import ast
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from commandcenter.host.manifest import FILE
from commandcenter.host.signature import files_of

API_MODULE = "commandcenter.api"


@dataclass(frozen=True, slots=True)
class Deprecation:
    """One thing that will go: a hook, a key of the manifest, or a name of `commandcenter.api`.

    `since` is the version that says so first, `gone` the one in which it is no longer there;
    `instead` says what to use, as the end of a sentence.
    """

    kind: Literal["hook", "key", "name"]
    name: str
    since: str
    gone: str
    instead: str

    def words(self, where: str) -> str:
        """Say it of a place in a plugin."""
        return (
            f"{where}: {self.name} is deprecated since {self.since} and goes with {self.gone}: "
            f"use {self.instead}"
        )


DEPRECATIONS: tuple[Deprecation, ...] = ()
"""What is deprecated now; docs/plugin-upgrades.md says the same with examples."""


def warnings_of(folder: Path, known: Sequence[Deprecation] = DEPRECATIONS) -> Iterator[str]:
    """Yield a line for each use of something deprecated, read from the files; none is run."""
    if not known:
        return
    shown = f"{folder.parent.name}/{folder.name}"
    yield from _in_manifest(folder, shown, known)
    names = {d.name: d for d in known if d.kind == "name"}
    hooks = {d.name: d for d in known if d.kind == "hook"}
    for inside, path in files_of(folder):
        if path.suffix == ".py":
            for line, found in sorted(_used(path, names, hooks), key=lambda use: use[0]):
                yield found.words(f"{shown}/{inside}:{line}")


def _in_manifest(folder: Path, shown: str, known: Sequence[Deprecation]) -> Iterator[str]:
    try:
        manifest = tomllib.loads((folder / FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return  # the manifest's own check says so better
    for deprecation in known:
        if deprecation.kind == "key" and _has(manifest, deprecation.name):
            yield deprecation.words(f"{shown}/{FILE}")


def _has(manifest: object, key: str) -> bool:
    """Tell whether a dotted key is there; `*` stands for any name."""
    first, _, rest = key.partition(".")
    if not isinstance(manifest, dict):
        return False
    inner = (
        list(manifest.values()) if first == "*" else [manifest[first]] if first in manifest else []
    )
    return bool(inner) if not rest else any(_has(value, rest) for value in inner)


def _used(
    path: Path, names: dict[str, Deprecation], hooks: dict[str, Deprecation]
) -> Iterator[tuple[int, Deprecation]]:
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return  # importing it says so better
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == API_MODULE:
            yield from ((node.lineno, names[a.name]) for a in node.names if a.name in names)
        elif isinstance(node, ast.FunctionDef) and node.name in hooks:
            yield node.lineno, hooks[node.name]
