"""What was answered to commands with an idempotency key: the same again gets the same answer."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import Connection, delete, select, tuple_

from commandcenter.domain.clocks import DAY, Millis
from commandcenter.store.desk_tables import answers

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
    asked = (orjson.dumps(rows).decode(),)
    taken = {(a, k) for a, k in connection.exec_driver_sql(CLAIM[connection.dialect.name], asked)}
    known = {(t.actor, t.key) for t in tokens} - taken
    if not known:
        return {}
    query = select(answers).where(tuple_(answers.c.actor, answers.c.key).in_(sorted(known)))
    return {
        (row.actor, row.key): Kept(row.digest, row.status, row.body)
        for row in connection.execute(query)
    }


def keep(connection: Connection, given: Mapping[Name, tuple[int, str]]) -> None:
    """Keep answers, status and body, of keys that this transaction took."""
    if not given:
        return
    rows = [
        {"actor": actor, "key": key, "status": status, "body": body}
        for (actor, key), (status, body) in given.items()
    ]
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(KEEP_ALL, (orjson.dumps(rows).decode(),))
    else:
        connection.exec_driver_sql(KEEP_ROW, rows)


COLUMNS = "actor, key, digest, status, body, at"
CLAIM = {
    "postgresql": (
        f"INSERT INTO answers ({COLUMNS}) SELECT {COLUMNS} FROM json_to_recordset(%s::json) AS "
        "x(actor text, key text, digest text, status smallint, body text, at bigint) "
        "ON CONFLICT (actor, key) DO NOTHING RETURNING actor, key"
    ),
    "sqlite": (
        f"INSERT INTO answers ({COLUMNS}) SELECT value ->> 'actor', value ->> 'key', "
        "value ->> 'digest', value ->> 'status', value ->> 'body', value ->> 'at' "
        # Without a condition SQLite takes ON CONFLICT for that of a join.
        "FROM json_each(?) WHERE true ON CONFLICT (actor, key) DO NOTHING RETURNING actor, key"
    ),
}
"""Takes keys in the order in which they are given."""
KEEP_ROW = (
    "UPDATE answers SET status = :status, body = :body WHERE actor = :actor AND key = :key"
)
KEEP_ALL = (
    "UPDATE answers SET status = x.status, body = x.body FROM json_to_recordset(%s::json) AS "
    "x(actor text, key text, status smallint, body text) "
    "WHERE answers.actor = x.actor AND answers.key = x.key"
)


def forget(connection: Connection, now: Millis) -> None:
    """Drop answers that are older than a repeated command can be."""
    connection.execute(delete(answers).where(answers.c.at < now - KEPT))
