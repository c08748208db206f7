"""Backups: one file with the whole database and a manifest that proves it whole.

The file is a zip: the database first, as a copy of SQLite or a dump of PostgreSQL, then
`manifest.json`. What is torn has no manifest; what was changed has another checksum.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Protocol
from zipfile import BadZipFile, ZipFile

import orjson

from commandcenter.errors import StoreError
from commandcenter.store.schema import HEAD

MANIFEST = "manifest.json"
FORMAT = 1
PIECE = 1 << 20


class BackupError(StoreError):
    """A backup cannot be made, or cannot be used: nothing was changed."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a database held at the moment of its copy: its revision, and rows by table."""

    revision: str
    rows: dict[str, int]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in a backup; `made_at` is in milliseconds since 1970."""

    format: int
    kind: str
    made_at: int
    member: str
    size: int
    sha256: str
    revision: str
    rows: dict[str, int]


class Kind(Protocol):
    """How one kind of database is copied and brought back."""

    name: str
    member: str

    def copy(self, archive: ZipFile, folder: Path) -> tuple[Content, "Measured"]:
        """Write the database, as of one moment, into the archive; `folder` is for scratch."""

    def refuse_unless_empty(self) -> None:
        """Raise BackupError if there is anything in the database."""

    def bring_back(self, file: Path, expected: Content) -> None:
        """Make the empty database what a file holds, or leave it empty and raise BackupError."""


class Measured:
    """Passes bytes on and knows how many they were, and their checksum."""

    def __init__(self) -> None:
        self.size = 0
        self._hash = sha256()

    def pass_on(self, source: IO[bytes], target: IO[bytes]) -> None:
        """Copy to the end."""
        while piece := source.read(PIECE):
            self._hash.update(piece)
            self.size += len(piece)
            target.write(piece)

    @property
    def sha256(self) -> str:
        """The checksum of all that passed."""
        return self._hash.hexdigest()


def write(kind: Kind, path: Path, now: int) -> Manifest:
    """Write a backup; it has its name only when it is whole. Raises BackupError."""
    if path.exists():
        raise BackupError(f"{path} exists already: give a backup a name of its own")
    if not path.parent.is_dir():
        raise BackupError(f"{path.parent} is no folder: make it first")
    try:
        return _write(kind, path, now)
    except OSError as error:
        raise BackupError(f"{path} could not be written: {error}") from error


def _write(kind: Kind, path: Path, now: int) -> Manifest:
    with TemporaryDirectory(prefix=".backup-", dir=path.parent) as name:
        folder = Path(name)
        partial = folder / "partial"
        with ZipFile(partial, "w", allowZip64=True) as archive:
            content, measured = kind.copy(archive, folder)
            manifest = Manifest(
                FORMAT, kind.name, now, kind.member, measured.size, measured.sha256,
                content.revision, content.rows,
            )  # fmt: skip
            archive.writestr(MANIFEST, orjson.dumps(asdict(manifest)))
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.rename(path)
    return manifest


def restore(kind: Kind, path: Path, folder: Path) -> Manifest:
    """Bring a backup back into an empty database; raises BackupError and changes nothing.

    `folder` takes the unpacked database for a while.
    """
    with _opened(path) as archive:
        manifest = _manifest(archive, path)
        _refuse_foreign(manifest, kind, path)
        kind.refuse_unless_empty()
        with TemporaryDirectory(prefix=".restore-", dir=folder) as name:
            file = Path(name) / manifest.member
            _unpack(archive, manifest, file, path)
            kind.bring_back(file, Content(manifest.revision, manifest.rows))
    return manifest


def read_manifest(path: Path) -> Manifest:
    """Return what a backup says of itself; raises BackupError."""
    with _opened(path) as archive:
        return _manifest(archive, path)


@contextmanager
def _opened(path: Path) -> Iterator[ZipFile]:
    try:
        archive = ZipFile(path)
    except FileNotFoundError as error:
        raise BackupError(f"{path} does not exist") from error
    except (BadZipFile, OSError) as error:
        raise BackupError(f"{path} is torn or is no backup: {error}") from error
    with archive:
        yield archive


def _manifest(archive: ZipFile, path: Path) -> Manifest:
    try:
        found = orjson.loads(archive.read(MANIFEST))
        number = int(found["format"])
        if number <= FORMAT:
            return Manifest(**found)
    except (KeyError, TypeError, ValueError, BadZipFile) as error:
        raise BackupError(f"{path} is no backup: its manifest cannot be read") from error
    raise BackupError(
        f"{path} was made by a newer version (format {number}, this one reads {FORMAT}): "
        "restore it with that version"
    )


def _refuse_foreign(manifest: Manifest, kind: Kind, path: Path) -> None:
    if manifest.kind != kind.name:
        raise BackupError(
            f"{path} is of {manifest.kind}, the database here is {kind.name}: "
            "set database_url to one of the backup's kind"
        )
    # Revisions are numbers with leading zeros.
    if manifest.revision > HEAD:
        raise BackupError(
            f"{path} was made by a newer version (schema {manifest.revision}, this one goes up to "
            f"{HEAD}): restore it with that version"
        )


def _unpack(archive: ZipFile, manifest: Manifest, file: Path, path: Path) -> None:
    measured = Measured()
    try:
        with archive.open(manifest.member) as packed, file.open("wb") as target:
            measured.pass_on(packed, target)
            target.flush()
            os.fsync(target.fileno())
    except (KeyError, BadZipFile, EOFError) as error:
        raise BackupError(f"{path} is torn: {error}") from error
    if (measured.size, measured.sha256) != (manifest.size, manifest.sha256):
        raise BackupError(f"{path} is not what was written: its checksum differs")
