"""Installing a plugin: the new version takes the old one's place in one step, or not at all."""

import ctypes
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from packaging.version import InvalidVersion, Version

from commandcenter.errors import PluginError
from commandcenter.host import signature
from commandcenter.host.blocklist import BlockList
from commandcenter.host.manifest import FILE, Manifest, claims_core, read_manifest
from commandcenter.host.package import Package
from commandcenter.settings import Settings

AT_FDCWD, RENAME_EXCHANGE = -100, 2
"""Of linux/fcntl.h and linux/fs.h: both names change places in one step of the file system."""


@dataclass(frozen=True, slots=True)
class Installed:
    """What was installed, and what was there before."""

    name: str
    version: str
    before: str | None

    def __str__(self) -> str:
        if self.before is None:
            return f"installed {self.name} {self.version}"
        word = _compared(self.before, self.version)
        return f"{word} {self.name} from {self.before} to {self.version}"


def install(path: Path, settings: Settings) -> Installed:
    """Put the plugin in a zip into the plugins folder.

    Raises PluginError for a zip that is refused, a blocked version, or a missing signature.
    """
    package = Package.read(path)
    manifest, target = package.manifest, settings.plugins / package.manifest.name
    if reason := BlockList.read(settings.plugins).reason(manifest):
        raise PluginError(f"{path.name}: {reason}")
    before = _version_of(target)
    # Beside the target: what is renamed must lie on the same file system.
    try:
        with tempfile.TemporaryDirectory(dir=settings.plugins, prefix=".installing-") as aside:
            fresh = package.unpack(Path(aside))
            if settings.plugins_signed:
                signature.verify(fresh, settings.plugin_keys)
            _put(fresh, target)
    except OSError as error:
        raise PluginError(f"{settings.plugins}: cannot be written: {error.strerror}") from error
    return Installed(manifest.name, manifest.version, before)


def _version_of(target: Path) -> str | None:
    """Return the version that is there; raises PluginError for what must not be replaced."""
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise PluginError(f"{target}: is a link or a file; remove it first")
    if claims_core(target / FILE):
        raise PluginError(f"{target}: is a plugin of the product; choose another name")
    if not target.exists():
        return None
    try:
        found: Manifest = read_manifest(target / FILE, target.name)
    except PluginError:
        return "an unreadable version"
    return found.version


def _put(fresh: Path, target: Path) -> None:
    if not target.exists():
        fresh.rename(target)
        return
    if not _exchange(fresh, target):
        old = fresh.with_name(f"{fresh.name}-old")
        target.rename(old)
        try:
            fresh.rename(target)
        except OSError:
            old.rename(target)
            raise
        shutil.rmtree(old)


def _exchange(one: Path, two: Path) -> bool:
    """Have two folders change places; False where the system cannot do it in one step."""
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "renameat2"):
        return False
    names = os.fsencode(one), os.fsencode(two)
    done = library.renameat2(AT_FDCWD, names[0], AT_FDCWD, names[1], RENAME_EXCHANGE)
    return bool(done == 0)


def _compared(before: str, after: str) -> str:
    try:
        old, new = Version(before), Version(after)
    except InvalidVersion:
        return "replaced"
    if new == old:
        return "replaced"
    return "upgraded" if new > old else "downgraded"
