"""What was answered to commands with an idempotency key: the same again gets the same answer."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, select, tuple_, update

from commandcenter.domain.clocks import DAY, Millis
from commandcenter.store.desk_tables import answers
from commandcenter.store.upsert import dialect_insert

KEPT = 7 * DAY
PENDING = 0
"""The status of a key that a transaction has taken and not answered yet; nobody else sees it."""


class Token(NamedTuple):
    """An idempotency key of one caller, with the digest of what was asked under it."""

    actor: str
    key: str
    digest: str


class Kept(NamedTuple):
    """An answer that was given before."""

    digest: str
    status: int
    body: str


Name = tuple[str, str]
"""An actor and a key."""


def claim(connection: Connection, tokens: Sequence[Token], at: Millis) -> dict[Name, Kept]:
    """Take keys for this transaction; returns the answers of those that were used before.

    Who asks with the same key at the same time waits here until the first one is answered.
    """
    if not tokens:
        return {}
    # In one order, so that two transactions cannot wait for each other.
    rows = [
        {"actor": actor, "key": key, "digest": digest, "status": PENDING, "body": "", "at": at}
        for actor, key, digest in sorted(tokens)
    ]
    columns = (answers.c.actor, answers.c.key)
    statement = dialect_insert(connection, answers).on_conflict_do_nothing(
        index_elements=["actor", "key"]
    )
    taken = {(a, k) for a, k in connection.execute(statement.returning(*columns), rows)}
    known = {(t.actor, t.key) for t in tokens} - taken
    if not known:
        return {}
    query = select(answers).where(tuple_(*columns).in_(sorted(known)))
    return {
        (row.actor, row.key): Kept(row.digest, row.status, row.body)
        for row in connection.execute(query)
    }


def keep(connection: Connection, given: Mapping[Name, tuple[int, str]]) -> None:
    """Keep answers, status and body, of keys that this transaction took."""
    if not given:
        return
    rows = [
        {"of": actor, "under": key, "new_status": status, "new_body": body}
        for (actor, key), (status, body) in given.items()
    ]
    connection.execute(KEEP, rows)


KEEP = (
    update(answers)
    .where(answers.c.actor == bindparam("of"), answers.c.key == bindparam("under"))
    .values(status=bindparam("new_status"), body=bindparam("new_body"))
)


def forget(connection: Connection, now: Millis) -> None:
    """Drop answers that are older than a repeated command can be."""
    connection.execute(delete(answers).where(answers.c.at < now - KEPT))
