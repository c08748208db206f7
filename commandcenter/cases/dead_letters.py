"""Dead letters: what intake could not accept, kept with the reason until it is sent again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from sqlalchemy import Connection, func, select, update

from commandcenter.cases import veil
from commandcenter.domain.clocks import Millis
from commandcenter.store.tables import dead_letters
from commandcenter.store.upsert import dialect_insert


@dataclass(frozen=True, slots=True)
class Letter:
    """A refused payload (JSON) with the reason; `sender` is who handed it in."""

    payload: str
    sender: str
    source: str | None
    code: str
    field: str | None
    message: str


@dataclass(frozen=True, slots=True)
class KeptLetter:
    """A dead letter as it lies in the store; `times` counts how often it came."""

    id: int
    letter: Letter
    received_at: Millis
    times: int


def keep(connection: Connection, letters: Sequence[Letter], at: Millis) -> None:
    """Keep letters; the same payload from the same sender is kept once and counted."""
    if not letters:
        return
    rows = [
        {
            "fingerprint": sha256(f"{x.sender}\n{x.payload}".encode()).hexdigest(),
            "received_at": at,
            "times": 1,
            "source": x.source,
            "sender": x.sender,
            "payload": x.payload,
            "code": x.code,
            "field": x.field,
            "message": x.message,
            "resent_at": None,
        }
        for x in letters
    ]
    rows.sort(key=lambda row: str(row["fingerprint"]))  # in one order senders cannot deadlock
    statement = dialect_insert(connection, dead_letters)
    statement = statement.on_conflict_do_update(
        index_elements=["fingerprint"],
        set_={"times": dead_letters.c.times + 1, "resent_at": None, "code": statement.excluded.code,
              "field": statement.excluded.field, "message": statement.excluded.message},
    )  # fmt: skip
    connection.execute(statement, rows)


def waiting(connection: Connection, limit: int = 1000) -> list[KeptLetter]:
    """Return letters that were not accepted since, the oldest first, as they came: for intake."""
    table = dead_letters.c
    query = select(dead_letters).where(table.resent_at.is_(None)).order_by(table.id).limit(limit)
    return [
        KeptLetter(
            row.id,
            Letter(row.payload, row.sender, row.source, row.code, row.field, row.message),
            row.received_at,
            row.times,
        )
        for row in connection.execute(query)
    ]


def shown(connection: Connection, limit: int) -> list[KeptLetter]:
    """Return letters that wait as operators read them: what is personal in them is covered."""
    return [
        replace(kept, letter=replace(
            kept.letter,
            payload=veil.payload(kept.letter.payload),
            message=veil.text(kept.letter.message),
        ))
        for kept in waiting(connection, limit)
    ]  # fmt: skip


def count_by_code(connection: Connection) -> dict[str, int]:
    """Return how many letters wait, by the code of their reason."""
    query = (
        select(dead_letters.c.code, func.count())
        .where(dead_letters.c.resent_at.is_(None))
        .group_by(dead_letters.c.code)
    )
    return {code: count for code, count in connection.execute(query)}


def mark_resent(connection: Connection, ids: Sequence[int], at: Millis) -> None:
    """Mark letters as accepted after all."""
    if ids:
        statement = update(dead_letters).where(dead_letters.c.id.in_(ids)).values(resent_at=at)
        connection.execute(statement)
