"""Discovery: finds plugins in the plugins folder and by entry point, and imports their code."""

import hashlib
import importlib
import importlib.util
import os
import sys
import traceback
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from commandcenter.errors import PluginError
from commandcenter.host.guard import short_reason
from commandcenter.host.manifest import FILE, Manifest, claims_core, read_manifest
from commandcenter.host.operators import NOTHING, Decisions
from commandcenter.host.options import read_options
from commandcenter.host.plugin import Plugin
from commandcenter.settings import ROOT

GROUP = "commandcenter.plugins"
CODE = "__init__.py"
OPTIONS = Path("commandcenter.toml")


@dataclass(frozen=True)
class Candidate:
    """A place where a plugin lies; `module` is the name under which it is imported."""

    name: str
    folder: Path
    module: str
    installed: bool = False

    @property
    def claims_core(self) -> bool:
        """Whether it says that it is of the core; what is installed apart never is."""
        return not self.installed and claims_core(self.folder / FILE)


def discover(folder: Path) -> list[Candidate]:
    """Find plugins in `folder` and among the installed packages, without importing their code."""
    installed = [_installed(point) for point in entry_points(group=GROUP)]
    return [*_in_folder(folder), *sorted(installed, key=lambda c: c.name)]


def manifest_of(candidate: Candidate) -> Manifest:
    """Read a candidate's manifest; raises PluginError with file and key."""
    path = candidate.folder / FILE
    manifest = read_manifest(path, candidate.name)
    if manifest.core and candidate.installed:
        raise PluginError(
            f"{candidate.folder.name}/{FILE}: core = true, but only what comes with the product "
            "can be of the core; remove the key"
        )
    return manifest


def prepare(candidate: Candidate, manifest: Manifest, decisions: Decisions = NOTHING) -> Plugin:
    """Give a candidate its settings; raises PluginError that names the one that does not fit."""
    given = decisions.of(manifest.name)
    settings = read_options(manifest, os.environ, OPTIONS, given)
    return Plugin(manifest, None, candidate.folder, settings)


def has_code(plugin: Plugin, candidate: Candidate) -> bool:
    """Tell whether a plugin has, or promises, code of its own."""
    return bool(plugin.manifest.provides) or (candidate.folder / CODE).exists()


def import_code(plugin: Plugin, candidate: Candidate) -> Plugin:
    """Return the plugin with its code imported; raises PluginError that names file and line."""
    if not has_code(plugin, candidate):
        return replace(plugin, code=object())  # a manifest alone, as one with remote panels
    before = set(sys.modules)
    try:
        module = _import(candidate)
    except (Exception, SystemExit) as error:
        _forget(candidate.module, before)
        raise PluginError(f"{_place(error, plugin)}: {short_reason(error)}") from error
    return replace(plugin, code=module)


def locale_folders(plugins: Path) -> list[Path]:
    """Return the folders with the words of the product and of the plugins in a folder."""
    own = ROOT / "commandcenter" / "locale"
    return [own, *sorted(p for p in plugins.glob("*/locale") if p.is_dir())]


def _in_folder(folder: Path) -> list[Candidate]:
    if not folder.is_dir():
        raise PluginError(f"{folder}: is no folder; set COMMANDCENTER_PLUGINS to one of plugins")
    return [
        Candidate(path.name, path, _module_name(path))
        for path in sorted(folder.iterdir())
        if path.is_dir() and ((path / FILE).exists() or (path / CODE).exists())
    ]


def _module_name(folder: Path) -> str:
    """Name a plugin's module: `plugins.<name>` in the checkout, elsewhere one of its own.

    A link into the checkout counts as it: processes that a plugin spawns must find the module.
    """
    real = folder.resolve()
    if real.parent == ROOT / "plugins":
        return f"plugins.{real.name}"
    digest = hashlib.sha1(str(folder.parent.resolve()).encode(), usedforsecurity=False).hexdigest()
    return f"commandcenter_plugins_{digest[:8]}_{folder.name}"


def _installed(point: EntryPoint) -> Candidate:
    try:
        spec = importlib.util.find_spec(point.value)
    except (ImportError, ValueError):
        spec = None
    places = list(spec.submodule_search_locations or ()) if spec else []
    # A package that is not there is refused later, by its missing manifest.
    folder = Path(places[0]) if places else Path(point.value.replace(".", "/"))
    return Candidate(point.name, folder, point.value, installed=True)


def _import(candidate: Candidate) -> ModuleType:
    if candidate.installed or candidate.module.startswith("plugins."):
        module = importlib.import_module(candidate.module)
        return _checked(module, candidate)
    if candidate.module in sys.modules:
        return sys.modules[candidate.module]
    spec = importlib.util.spec_from_file_location(
        candidate.module,
        candidate.folder / CODE,
        submodule_search_locations=[str(candidate.folder)],
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{candidate.folder / CODE} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[candidate.module] = module
    spec.loader.exec_module(module)
    return module


def _checked(module: ModuleType, candidate: Candidate) -> ModuleType:
    """Refuse another module of the same name that lies before it on Python's path."""
    file = Path(module.__file__ or "")
    if file.parent.resolve() != candidate.folder.resolve():
        raise ImportError(f"{candidate.module} is imported from {file}, not from its folder")
    return module


def _forget(module: str, before: set[str]) -> None:
    """Forget half-imported modules, so that a mended plugin can be loaded again."""
    for name in set(sys.modules) - before:
        if name == module or name.startswith(f"{module}."):
            del sys.modules[name]


def _place(error: BaseException, plugin: Plugin) -> str:
    """Return the plugin's file and line in which an import failed."""
    # The folder may be a link to where the code was imported from.
    folder = (plugin.folder or Path()).resolve()
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        frames = [(error.filename, error.lineno)]
    else:
        frames = [(f.filename, f.lineno or 0) for f in traceback.extract_tb(error.__traceback__)]
    real = [(Path(f).resolve(), line) for f, line in frames]
    inside = [(file, line) for file, line in real if file.is_relative_to(folder)]
    if not inside:
        return plugin.file(CODE)
    file, line = inside[-1]
    return f"{plugin.file(file.relative_to(folder).as_posix())}:{line}"

