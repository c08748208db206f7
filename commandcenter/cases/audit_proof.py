"""Proving that the audit log is whole: every link of its chain, and where it ends."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from commandcenter.cases import audit as log
from commandcenter.cases.audit import GENESIS, Head
from commandcenter.errors import Invalid
from commandcenter.store.audit_tables import audit
from commandcenter.store.engines import be_patient
from commandcenter.store.store import Store

BATCH = 5000
DIGITS = 64


@dataclass(frozen=True, slots=True)
class Proof:
    """How many entries were looked at, where the chain ends, and what is wrong with it."""

    entries: int
    head: Head
    broken: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.broken


def head_from(said: str) -> Head:
    """Read a head that was kept elsewhere, SEQ:HASH; raises Invalid."""
    seq, _, digest = said.strip().partition(":")
    if not seq.isdecimal() or len(digest) != DIGITS or set(digest) - set("0123456789abcdef"):
        raise Invalid(f"{said!r} is no head: give SEQ:HASH as `audit head` prints it", "head")
    return Head(int(seq), 0, digest)


def verify(store: Store, kept: Head | None = None) -> Proof:
    """Walk the whole chain in batches; `kept` is a head that the log had before."""
    with store.read() as connection:
        be_patient(connection)
        end = log.head(connection)
        reached, broken = _walk(connection, kept)
    if not broken and (reached.seq, reached.hash) != (end.seq, end.hash):
        broken = (
            f"the last entry is {reached.seq}, but the head says {end.seq}: "
            "entries were cut off at the end, or the head was changed"
        )
    if not broken and kept is not None and kept.seq > reached.seq:
        broken = f"entry {kept.seq} is gone: the log ends at {reached.seq}"
    return Proof(reached.seq, end, broken)


def _walk(connection: Connection, kept: Head | None) -> tuple[Head, str]:
    """Return where the chain ends, or its first broken link with the reason."""
    last = Head(0, 0, GENESIS)
    for row in _entries(connection):
        if row.seq != last.seq + 1:
            return last, f"entry {last.seq + 1} is missing"
        if row.hash != log.linked(last.hash, row._asdict()):
            return last, f"entry {row.seq} was changed: its hash is not that of what it says"
        if row.at < last.at:
            return last, f"entry {row.seq} is older than the one before"
        if kept is not None and row.seq == kept.seq and row.hash != kept.hash:
            return last, f"entry {row.seq} is another one than when the head was kept"
        last = Head(row.seq, row.at, row.hash)
    return last, ""


def _entries(connection: Connection) -> Iterator[Row[Any]]:
    after = -(2**62)
    query = select(audit).order_by(audit.c.seq).limit(BATCH)
    while rows := connection.execute(query.where(audit.c.seq > after)).all():
        yield from rows
        after = rows[-1].seq
