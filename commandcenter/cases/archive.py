"""The archive: moves of cases that ended long ago, taken out of the log into files."""

import gzip
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import file_digest, sha256
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Select, delete, func, insert, select

from commandcenter.cases import veil
from commandcenter.cases.recount import Standings, add_archived
from commandcenter.domain.cases import OPEN, State
from commandcenter.domain.clocks import DAY, Millis
from commandcenter.domain.metrics import USUAL_WEEKS
from commandcenter.errors import CommandCenterError
from commandcenter.store.away import StoreAway
from commandcenter.store.engines import be_patient
from commandcenter.store.log import take_append_lock
from commandcenter.store.partitions import Month, drop, has_only, shut
from commandcenter.store.store import Store
from commandcenter.store.tables import archives, cases, moves

KEPT_DAYS = 7 * USUAL_WEEKS + 3
"""Moves of the last weeks are still counted day by day, and must stay in the log."""
CHUNK = 5000
ENDED = [state.value for state in State if state not in OPEN]
NAMES = tuple(f"{column.name}" for column in moves.columns)
SUFFIX = ".jsonl.gz"
Move = dict[str, Any]


class ArchiveError(CommandCenterError):
    """The log cannot be archived as asked; what was not archived stays in it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to archive: moves before an instant, with numbers up to `upto`, into a folder."""

    before: Millis
    upto: int
    folder: Path


@dataclass(frozen=True, slots=True)
class Archive:
    """A written file: one line of JSON for each move, in the order of their numbers.

    What is personal in notes does not go along: files are kept longer and by others than the log.
    """

    path: Path
    month: Month
    moves: int
    last_seq: int
    digest: str
    """SHA-256 of the file."""


def archive(store: Store, wanted: Wanted, now: Millis) -> Iterator[Archive]:
    """Write a file for each month, read it back and take what it holds out of the log.

    Yields what was archived, month by month; raises ArchiveError. When it is broken off, what was
    written but not yet taken out is written again by the next run, into another file.
    """
    if wanted.before > now - KEPT_DAYS * DAY:
        raise ArchiveError(
            f"moves of the last {KEPT_DAYS} days are still counted by day: give an earlier date"
        )
    wanted.folder.mkdir(parents=True, exist_ok=True)
    with store.read() as connection:
        first = connection.execute(
            select(func.min(moves.c.at)).where(moves.c.at < wanted.before)
        ).scalar()
    month = Month.of(wanted.before if first is None else first)
    while month.start < wanted.before:
        written = write(store, wanted, month)
        if written is not None:
            take_out(store, written, now)
            yield written
        month = month.next


def write(store: Store, wanted: Wanted, month: Month) -> Archive | None:
    """Write the file of one month with its checksum beside it; None where there is nothing."""
    unfinished = wanted.folder / f"moves-{month}.part"
    digest, numbers = sha256(), []
    with store.read() as connection, unfinished.open("wb") as raw:
        be_patient(connection)
        with gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed:
            for line, number in _lines(connection, _ended(wanted, month)):
                packed.write(line)
                digest.update(line)
                numbers.append(number)
        raw.flush()
        os.fsync(raw.fileno())
    if not numbers:
        unfinished.unlink()
        return None
    _check(unfinished, digest.hexdigest(), len(numbers))
    packed_digest = _digest(unfinished)
    path = _free(wanted.folder, f"moves-{month}-{numbers[0]}-{numbers[-1]}", packed_digest)
    unfinished.replace(path)
    path.with_name(f"{path.name}.sha256").write_text(f"{packed_digest}  {path.name}\n")
    _sync(wanted.folder)
    return Archive(path, month, len(numbers), numbers[-1], packed_digest)


def take_out(store: Store, written: Archive, now: Millis) -> None:
    """Take the moves of a file out of the log and keep what they count, in one or many steps."""
    if store.is_postgresql and _drop_month(store, written, now):
        return
    lines = read(written.path)
    while chunk := list(islice(lines, CHUNK)):
        with store.write() as connection:
            numbers = [move["seq"] for move in chunk]
            span = moves.c.at.between(written.month.start, written.month.next.start - 1)
            removed = connection.execute(delete(moves).where(moves.c.seq.in_(numbers), span))
            if removed.rowcount != len(chunk):
                raise ArchiveError(
                    f"{written.path}: moves it holds are no longer in the log: is another archive "
                    "running? What it took out is safe, start again when that one has ended"
                )
            _keep(connection, written, standings_of(chunk), now)


def read(path: Path) -> Iterator[Move]:
    """Yield the moves of a file, by the names of their columns."""
    with gzip.open(path, "rb") as lines:
        for line in lines:
            yield orjson.loads(line)


def standings_of(taken: Iterable[Move]) -> Standings:
    """Add up what moves entered and left, as a recount of the log does."""
    found: Standings = defaultdict(lambda: (0, 0))
    for move in taken:
        for side, sign in (("to", 1), ("from", -1)):
            state = move[f"state_{side}"]
            if state is None:
                continue
            supervised, marks = bool(move[f"supervised_{side}"]), move.get(f"marks_{side}") or 0
            key = move["cell"], state, move[f"depth_{side}"], supervised, marks
            count, since = found[key]
            found[key] = count + sign, since + sign * (move[f"since_{side}"] // 1000)
    return dict(found)


def _ended(wanted: Wanted, month: Month) -> Select[Any]:
    return (
        select(moves, *veil.REPORTER)
        .join(cases, cases.c.id == moves.c.case_id)
        .where(
            moves.c.at.between(month.start, min(month.next.start, wanted.before) - 1),
            moves.c.seq <= wanted.upto,
            cases.c.state.in_(ENDED),
            cases.c.since < wanted.before,
        )
        .order_by(moves.c.seq)
    )


def _lines(connection: Connection, query: Select[Any]) -> Iterator[tuple[bytes, int]]:
    for row in connection.execute(query, execution_options={"yield_per": CHUNK}):
        move = dict(zip(NAMES, row, strict=False))
        move["note"] = veil.text(row.note, veil.reporter(row))
        yield orjson.dumps(move) + b"\n", row.seq


def _check(path: Path, digest: str, count: int) -> None:
    """Read a file back from its beginning; raises ArchiveError if it is not what was written."""
    found, lines = sha256(), 0
    try:
        with gzip.open(path, "rb") as packed:
            for line in packed:
                found.update(line)
                lines += 1
    except (OSError, EOFError) as error:
        raise ArchiveError(f"{path} cannot be read back, the log stays: {error}") from error
    if (found.hexdigest(), lines) != (digest, count):
        raise ArchiveError(f"{path} does not hold what was written, the log stays")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _free(folder: Path, name: str, digest: str) -> Path:
    """Return a name under which nothing else lies: files are never written over."""
    path, number = folder / f"{name}{SUFFIX}", 1
    while path.exists() and _digest(path) != digest:
        number += 1
        path = folder / f"{name}-{number}{SUFFIX}"
    return path


def _sync(folder: Path) -> None:
    """Make sure that the names of the files survive a loss of power too."""
    for path in (folder, *folder.glob("*.sha256")):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _drop_month(store: Store, written: Archive, now: Millis) -> bool:
    """Drop a partition that holds nothing else; False where it does, or is read all the time."""
    with store.read() as connection:
        if not has_only(connection, written.month, written.moves):
            return False
    total = standings_of(read(written.path))
    try:
        with store.write() as connection:
            shut(connection, written.month)
            if not has_only(connection, written.month, written.moves):
                return False
            _keep(connection, written, total, now)
            take_append_lock(connection)  # who appends has found the month there, or does not
            drop(connection, written.month)
    except StoreAway:  # readers kept it waiting for longer than others should wait for it
        return False
    return True


def _keep(connection: Connection, written: Archive, counted: Standings, now: Millis) -> None:
    add_archived(connection, counted)
    name = written.path.name
    if connection.execute(select(archives.c.name).where(archives.c.name == name)).first() is None:
        row = {
            "name": name, "digest": written.digest, "moves": written.moves,
            "last_seq": written.last_seq, "archived_at": now,
        }  # fmt: skip
        connection.execute(insert(archives), row)
