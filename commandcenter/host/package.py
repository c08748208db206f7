"""A plugin as one file: a zip with its folder, checked all through before it is unpacked."""

import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from commandcenter.errors import PluginError
from commandcenter.host.manifest import FILE, Manifest, manifest_from, read_manifest
from commandcenter.host.signature import MADE_ON_THE_SPOT, files_of

MOST_FILES = 2_000
LARGEST_FILE = 50 * 2**20
LARGEST = 200 * 2**20
"""Unpacked bytes of one file and of all: a few kilobytes can unpack to any size."""
DEEPEST = 12
LONGEST_NAME = 200
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The oldest date a zip knows: the same files always make the same zip."""
CHUNK = 2**16
LARGEST_MANIFEST = 2**20
# RuntimeError: a password is needed; NotImplementedError, a kind of it: an unknown compression.
UNREADABLE = (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)


def pack(folder: Path, into: Path) -> Path:
    """Write a plugin's folder into `into` as NAME-VERSION.zip and return the file.

    Raises PluginError for a manifest that cannot be used or a file that cannot be packed.
    """
    manifest = read_manifest(folder / FILE, folder.resolve().name)
    target = into / f"{manifest.name}-{manifest.version.replace('/', '_')}.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for inside, path in files_of(folder):
            entry = zipfile.ZipInfo(f"{manifest.name}/{inside}", EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            made.writestr(entry, path.read_bytes())
    return target


@dataclass(frozen=True)
class Package:
    """A zip that may be unpacked: everything that its list of contents says has been checked."""

    path: Path
    manifest: Manifest

    @classmethod
    def read(cls, path: Path) -> "Package":
        """Check a zip; raises PluginError that names the entry which cannot be used."""
        try:
            with zipfile.ZipFile(path) as found:
                entries = found.infolist()
                _check_entries(entries, path.name)
                name = _top(entries, path.name)
                manifest = _manifest(found, name, path.name)
        except UNREADABLE as error:
            raise PluginError(f"{path.name}: cannot be read as a zip: {error}") from error
        if manifest.core:
            raise PluginError(
                f"{path.name}: {FILE}: core = true, but only what comes with the product can be of "
                "the core; remove the key"
            )
        return cls(path, manifest)

    def unpack(self, into: Path) -> Path:
        """Unpack the plugin's folder into `into` and return it.

        Raises PluginError where an entry is not what the list of contents says.
        """
        budget = LARGEST
        with zipfile.ZipFile(self.path) as found:
            for entry in found.infolist():
                if entry.is_dir() or _is_left_out(entry.filename):
                    continue
                target = into / entry.filename
                target.parent.mkdir(parents=True, exist_ok=True)
                budget -= self._write(found, entry, target, budget)
        return into / self.manifest.name

    def _write(
        self, found: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, budget: int
    ) -> int:
        written = 0
        try:
            with found.open(entry) as source, target.open("xb") as file:
                for chunk in iter(lambda: source.read(CHUNK), b""):
                    written += len(chunk)
                    if written > min(entry.file_size, budget):
                        raise PluginError(
                            f"{self.path.name}: {entry.filename} is larger than the zip says"
                        )
                    file.write(chunk)
        except UNREADABLE as error:
            raise PluginError(
                f"{self.path.name}: {entry.filename} cannot be unpacked: {error}"
            ) from error
        return written


def _check_entries(entries: list[zipfile.ZipInfo], shown: str) -> None:
    if len(entries) > MOST_FILES:
        raise PluginError(f"{shown}: holds {len(entries)} files, {MOST_FILES} are allowed")
    seen: set[str] = set()
    total = 0
    for entry in entries:
        name = entry.filename
        for fault in _faults(entry):
            raise PluginError(f"{shown}: {name[:LONGEST_NAME]!r} {fault}")
        # On a file system that knows no case the second would overwrite the first.
        if name.lower() in seen:
            raise PluginError(f"{shown}: {name!r} is in it twice")
        seen.add(name.lower())
        total += entry.file_size
    if total > LARGEST:
        raise PluginError(f"{shown}: unpacks to {total:,} bytes, {LARGEST:,} are allowed")


def _faults(entry: zipfile.ZipInfo) -> Iterator[str]:
    name = entry.filename
    parts = PurePosixPath(name).parts
    if len(name) > LONGEST_NAME or len(parts) > DEEPEST:
        yield "has too long a name"
    if name.startswith("/") or "\\" in name or ":" in name or not name.isprintable():
        yield "is no name inside a folder"
    if ".." in parts or "." in name.split("/") or "//" in name:
        yield "leads out of the folder"
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        yield "is a link or a device; a plugin is made of files"
    if entry.flag_bits & 0x1:
        yield "is encrypted"
    if entry.file_size > LARGEST_FILE:
        yield f"unpacks to {entry.file_size:,} bytes, {LARGEST_FILE:,} are allowed"


def _top(entries: list[zipfile.ZipInfo], shown: str) -> str:
    tops = {PurePosixPath(entry.filename).parts[0] for entry in entries}
    if len(tops) != 1:
        raise PluginError(
            f"{shown}: must hold one folder, the plugin's; it holds "
            f"{', '.join(sorted(tops)[:5]) or 'nothing'}"
        )
    return tops.pop()


def _manifest(found: zipfile.ZipFile, name: str, shown: str) -> Manifest:
    try:
        entry = found.getinfo(f"{name}/{FILE}")
    except KeyError as error:
        raise PluginError(f"{shown}: has no {name}/{FILE}") from error
    with found.open(entry) as file:
        content = file.read(LARGEST_MANIFEST)
    return manifest_from(content, f"{shown}: {name}/{FILE}", name)


def _is_left_out(name: str) -> bool:
    return not MADE_ON_THE_SPOT.isdisjoint(PurePosixPath(name).parts)
