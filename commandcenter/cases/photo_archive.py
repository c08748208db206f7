"""Photos of what is long over go to the archive with the moves; a small one of each stays."""

import os
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import file_digest, sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Row, or_, select, update

from commandcenter.cases.archive import ENDED, ArchiveError, Wanted
from commandcenter.domain.clocks import SECOND
from commandcenter.store.engines import be_patient
from commandcenter.store.photo_tables import photos
from commandcenter.store.store import Store
from commandcenter.store.tables import cases

CHUNK = 20
"""Pictures that are read at once: each has some hundred kilobytes."""
TAKEN_OUT = 1000
INDEX = "photos.jsonl"
TOLD = ("id", "digest", "kind", "width", "height", "cell", "case_id", "inspection_id", "by", "at",
        "lng", "lat")  # fmt: skip


@dataclass(frozen=True, slots=True)
class PhotoArchive:
    """A written file: a picture for each photo, and a line of JSON for each in `photos.jsonl`."""

    path: Path
    photos: int
    digest: str
    """SHA-256 of the file."""


def archive_photos(store: Store, wanted: Wanted) -> PhotoArchive | None:
    """Write the photos from before an instant whose cases ended before it, and take them out.

    Returns None where there are none; raises ArchiveError, with all photos still there, where the
    file does not hold what was written. Broken off, the next run writes them again.
    """
    wanted.folder.mkdir(parents=True, exist_ok=True)
    unfinished = wanted.folder / "photos.part"
    kept = _write(store, wanted, unfinished)
    if not kept:
        unfinished.unlink()
        return None
    _check(unfinished, kept)
    with unfinished.open("rb") as written:
        digest = file_digest(written, "sha256").hexdigest()
    numbers = list(kept)
    path = wanted.folder / f"photos-{numbers[0]}-{numbers[-1]}-{digest[:8]}.tar"
    unfinished.replace(path)
    path.with_name(f"{path.name}.sha256").write_text(f"{digest}  {path.name}\n")
    _take_out(store, numbers, path.name)
    return PhotoArchive(path, len(numbers), digest)


def _write(store: Store, wanted: Wanted, path: Path) -> dict[int, str]:
    """Write the file; return the digest of each picture in it, by number."""
    kept: dict[int, str] = {}
    lines: list[bytes] = []
    with path.open("wb") as raw, tarfile.open(fileobj=raw, mode="w") as packed:
        for row in _over(store, wanted):
            _add(packed, f"{row.id}.jpg", row.bytes, row.at)
            kept[row.id] = sha256(row.bytes).hexdigest()
            lines.append(orjson.dumps({name: row._mapping[name] for name in TOLD}) + b"\n")
        _add(packed, INDEX, b"".join(lines), wanted.before)
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return kept


def _over(store: Store, wanted: Wanted) -> Iterator[Row[Any]]:
    """Yield the photos of what is over, in the order of their numbers."""
    is_over: ColumnElement[bool] = or_(
        photos.c.case_id.is_(None), cases.c.state.in_(ENDED) & (cases.c.since < wanted.before)
    )
    query = (
        select(photos)
        .outerjoin(cases, cases.c.id == photos.c.case_id)
        .where(photos.c.at < wanted.before, photos.c.bytes.is_not(None), is_over)
        .order_by(photos.c.id)
    )
    with store.read() as connection:
        be_patient(connection)
        yield from connection.execute(query, execution_options={"yield_per": CHUNK})


def _add(packed: tarfile.TarFile, name: str, content: bytes, at: int) -> None:
    about = tarfile.TarInfo(name)
    about.size, about.mtime = len(content), at // SECOND
    packed.addfile(about, BytesIO(content))


def _check(path: Path, kept: dict[int, str]) -> None:
    """Read a file back; raises ArchiveError if it is not what was written."""
    found: dict[int, str] = {}
    with tarfile.open(path) as packed:
        for member in packed:
            content = packed.extractfile(member)
            if member.name != INDEX and content is not None:
                number = int(member.name.removesuffix(".jpg"))
                found[number] = sha256(content.read()).hexdigest()
    if found != kept:
        raise ArchiveError(f"{path} does not hold the photos that were written; they all stay")


def _take_out(store: Store, numbers: Sequence[int], name: str) -> None:
    for first in range(0, len(numbers), TAKEN_OUT):
        some = photos.c.id.in_(numbers[first : first + TAKEN_OUT])
        with store.write() as connection:
            connection.execute(update(photos).where(some).values(bytes=None, archive=name))
