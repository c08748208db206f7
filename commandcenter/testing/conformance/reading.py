"""What can be seen of a plugin without running it: its manifest, its imports, its words."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from commandcenter.errors import PluginError
from commandcenter.host.deprecations import DEPRECATIONS, Deprecation, warnings_of
from commandcenter.host.discovery import locale_folders
from commandcenter.host.manifest import FILE, Manifest, read_manifest
from commandcenter.host.plugin import EVERYWHERE
from commandcenter.host.words import Words
from commandcenter.settings import ROOT
from commandcenter.testing.conformance.findings import Finding

CHINESE = re.compile(r"[一-鿿]")
PRODUCT = "commandcenter"
OPEN = ("commandcenter.api",)
OPEN_TO_TESTS = ("commandcenter.api", "commandcenter.testing")
VERSION = re.compile(r"\d+(\.\d+)*([.\-+]?[A-Za-z0-9]+)*")


@dataclass(frozen=True)
class Source:
    """A Python file of the plugin, read."""

    name: str
    tree: ast.Module
    is_test: bool


def read_plugin(
    folder: Path, deprecated: Sequence[Deprecation] = DEPRECATIONS
) -> tuple[Manifest | None, list[Finding]]:
    """Return the manifest, None for one that cannot be used, and what was found."""
    try:
        manifest = read_manifest(folder / FILE, folder.name)
    except PluginError as error:
        where, _, words = str(error).partition(f"{FILE}: ")
        mend = "plugins/README.md, The manifest, lists the keys"
        return None, [Finding("manifest", "wrong", words or where, FILE, mend)]
    sources = list(_sources(folder))
    broken = [found for found in sources if isinstance(found, Finding)]
    read = [found for found in sources if isinstance(found, Source)]
    findings = [*_of_manifest(manifest), *broken]
    findings += [] if broken else _of_imports(read, folder, manifest.core)
    findings += _of_words(read, folder)
    findings += _of_deprecated(folder, deprecated)
    return manifest, findings


def _of_deprecated(folder: Path, deprecated: Sequence[Deprecation]) -> Iterator[Finding]:
    found = list(warnings_of(folder, deprecated))
    if not found:
        yield Finding("deprecated", "ok")
    for line in found:
        where, _, words = line.partition(": ")
        words, _, mend = words.partition(": ")
        yield Finding("deprecated", "note", words, where.rpartition("/")[2], mend)


def _of_manifest(manifest: Manifest) -> Iterator[Finding]:
    if not VERSION.fullmatch(manifest.version):
        yield Finding(
            "manifest", "wrong", f'version = "{manifest.version}" does not begin with a number',
            f"{FILE}: version", 'give numbers with points, as "1.0.0"',
        )  # fmt: skip
    if len(set(manifest.districts)) < len(manifest.districts):
        yield Finding(
            "manifest", "wrong", "a district is named twice", f"{FILE}: districts", "remove one"
        )
    if EVERYWHERE in manifest.districts and len(manifest.districts) > 1:
        yield Finding(
            "manifest", "wrong", '"*" is the whole city, and districts are named beside it',
            f"{FILE}: districts", 'leave "*" or the districts',
        )  # fmt: skip
    if not manifest.title.en:
        yield Finding(
            "manifest", "note", "has no English title", f"{FILE}: title", 'add en = "..."'
        )
    yield Finding("manifest", "ok", f"{manifest.name} {manifest.version}, {manifest.owner}")


def _sources(folder: Path) -> Iterator[Source | Finding]:
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder).as_posix()
        is_test = path.name.startswith("test_") or path.name == "conftest.py"
        try:
            yield Source(name, ast.parse(path.read_text("utf-8")), is_test)
        except SyntaxError as error:
            words = f"is no Python: {error.msg}"
            where = f"{name}:{error.lineno or 0}"
            yield Finding("imports", "wrong", words, where, "mend the line, or the one before it")
        except (OSError, ValueError) as error:
            yield Finding("imports", "wrong", f"cannot be read: {error}", name, "write it as UTF-8")


def _of_imports(sources: Sequence[Source], folder: Path, core: bool) -> Iterator[Finding]:
    found = [finding for source in sources for finding in _imports(source, folder, core)]
    yield from found
    if not found:
        yield Finding("imports", "ok", f"{len(sources)} files import {OPEN[0]} alone of the core")


def _imports(source: Source, folder: Path, core: bool) -> Iterator[Finding]:
    allowed = OPEN_TO_TESTS if source.is_test else OPEN
    for node in ast.walk(source.tree):
        for module in _modules(node, source, folder):
            top = module.partition(".")[0]
            where = f"{source.name}:{getattr(node, 'lineno', 0)}"
            if top == PRODUCT and not _within(module, allowed):
                yield Finding(
                    "imports", "wrong", f"imports {module}", where,
                    f"import from {' or '.join(allowed)}: nothing else stays as it is",
                )  # fmt: skip
            # What comes with the product comes together.
            elif top == "plugins" and not core and not _within(module, (f"plugins.{folder.name}",)):
                yield Finding(
                    "imports", "wrong", f"imports {module}, another plugin", where,
                    "copy what is needed: each plugin stands alone",
                )  # fmt: skip


def _modules(node: ast.AST, source: Source, folder: Path) -> Iterator[str]:
    """Yield the full names of what a statement imports, or a call by a name that is written out."""
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=module, level=0, names=names):
            inner = {f"{module}.{alias.name}" for alias in names}
            yield from inner if module == PRODUCT else {module or ""}
        case ast.ImportFrom(level=level, module=module):
            depth = source.name.count("/") + 1
            if level > depth:
                yield f"plugins.{module or '(a folder above)'}"
        case ast.Call(func=function, args=[ast.Constant(value=str(name)), *_]):
            if ast.unparse(function).rpartition(".")[2] in ("import_module", "__import__"):
                yield name


def _within(module: str, allowed: Sequence[str]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in allowed)


def _of_words(sources: Sequence[Source], folder: Path) -> Iterator[Finding]:
    try:
        folders = [folder / "locale", *locale_folders(ROOT / "plugins")]
        words = Words.load("en", folders, strict=True)
    except PluginError as error:
        yield Finding("words", "wrong", str(error), "locale/en.po", "msgfmt -c says where")
        return
    said = [(s, node) for s in sources if not s.is_test for node in _spoken(s.tree)]
    missing = 0
    for source, (line, text) in said:
        if CHINESE.search(text) and text not in words:
            missing += 1
            yield Finding(
                "words", "note", f'"{text}" has no English', f"{source.name}:{line}",
                "add it to locale/en.po",
            )  # fmt: skip
    if not missing:
        yield Finding("words", "ok", f"{len(said)} source strings have their English")


def _spoken(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Find the strings given to `view.t(...)`, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "t":
            match node.args:
                case [ast.Constant(value=str(text)), *_]:
                    yield node.lineno, text
