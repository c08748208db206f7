"""The audit log: who did what, appended in a chain in which no entry can be changed unseen.

Each entry's hash is the SHA-256 of the hash before it and of the entry as canonical JSON. The row
of the head is what writers lock: whoever appends does so last in a transaction, after moves and
acts, so that nobody ever waits for their lock while holding this one. What is personal does not
come into the log, from which nothing is ever taken out again.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, select

from commandcenter.cases import veil
from commandcenter.domain.audit import AuditKind as AuditKind
from commandcenter.domain.clocks import Millis
from commandcenter.store.audit_tables import audit, audit_head
from commandcenter.store.upsert import dialect_insert

Detail = Mapping[str, Any]
"""What JSON can say, with keys that are words."""
GENESIS = "0" * 64
HEAD_ROW = 1
LONGEST_DETAIL = 4000
COLUMNS = tuple(f"{column.name}" for column in audit.columns)
OWN = re.compile(r"[a-z_]+(?::\d{1,10})?|[0-9a-f]{64}")
HASHED = tuple(name for name in COLUMNS if name != "hash")


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be appended: `scope` is the code of the cell it is about, `cell` its position.

    `who` is an account's name, `what` names the thing, as `case:17`; `session` is the number of the
    session, or names a key.
    """

    kind: AuditKind
    who: str
    what: str
    detail: Detail = field(default_factory=dict)
    scope: str = ""
    cell: int = 0
    address: str = ""
    session: str = ""


class Head(NamedTuple):
    """Where the chain ends: number, instant and hash of the last entry."""

    seq: int
    at: Millis
    hash: str

    def __str__(self) -> str:
        """Return the head as it is kept elsewhere."""
        return f"{self.seq}:{self.hash}"


def append(connection: Connection, entries: Sequence[Entry], now: Millis) -> None:
    """Append entries; call it last of all in a write transaction."""
    if not entries:
        return
    told = [_columns(entry) for entry in entries]
    rows, end = _chained(told, _lock(connection), now)
    if connection.dialect.name == "postgresql":
        said = {"rows": orjson.dumps(rows).decode()} | end._asdict()
        connection.exec_driver_sql(APPEND_POSTGRES, said)
    else:
        connection.exec_driver_sql(APPEND_SQLITE, rows)
        connection.exec_driver_sql(GO_ON_SQLITE, end)


def head(connection: Connection) -> Head:
    """Return where the chain ends."""
    query = select(audit_head.c.seq, audit_head.c.at, audit_head.c.hash)
    row = connection.execute(query.where(audit_head.c.id == HEAD_ROW)).first()
    return Head._make(row) if row else Head(0, 0, GENESIS)


def linked(before: str, entry: Mapping[str, Any]) -> str:
    """Return the hash of an entry, of its columns but the hash, after the hash before it."""
    canonical = orjson.dumps({name: entry[name] for name in HASHED}, option=orjson.OPT_SORT_KEYS)
    return sha256(before.encode() + canonical).hexdigest()


def _columns(entry: Entry) -> dict[str, Any]:
    """Return what an entry says as its columns, cut to what fits."""
    plain = {name: _plain(value) for name, value in entry.detail.items()}
    said = orjson.dumps(plain, option=orjson.OPT_SORT_KEYS, default=str).decode()
    if len(said) > LONGEST_DETAIL:
        said = orjson.dumps({"cut": said[: LONGEST_DETAIL // 2]}).decode()
    return {
        "kind": entry.kind._value_,
        "who": _covered(entry.who, 64),
        "what": _covered(entry.what, 200),
        "detail": said,
        "scope": entry.scope,
        "cell": entry.cell,
        "address": _cut(entry.address, 64),
        "session": _cut(entry.session, 64),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return _covered(value, LONGEST_DETAIL)
    if isinstance(value, list | tuple):
        return [each if type(each) is int else _plain(each) for each in value]
    return value


def _covered(text: str, longest: int) -> str:
    # Most words are our own, `take_up` or `case:17`, in which nobody can be named.
    is_own = len(text) <= longest and OWN.fullmatch(text)
    return text if is_own else veil.text(_cut(text, longest))


def _cut(text: str, longest: int) -> str:
    """Return what both databases keep of a text that a stranger may have written."""
    if text.isascii() and text.isprintable():
        return text[:longest]
    return text.encode("utf-8", "replace").decode().replace("\0", "")[:longest]


def _chained(
    told: Sequence[dict[str, Any]], before: Head, now: Millis
) -> tuple[list[dict[str, Any]], Head]:
    at, rows, last = max(now, before.at), [], before.hash
    for seq, said in enumerate(told, before.seq + 1):
        row = said | {"seq": seq, "at": at}
        last = row["hash"] = linked(last, row)
        rows.append(row)
    return rows, Head(before.seq + len(rows), at, last)


def _lock(connection: Connection) -> Head:
    """Return where the chain ends, while nobody else appends (SQLite has one writer anyway)."""
    locked = LOCKED[connection.dialect.name]
    found = connection.exec_driver_sql(locked).first()
    if found is None:
        first = {"id": HEAD_ROW, "seq": 0, "at": 0, "hash": GENESIS}
        connection.execute(dialect_insert(connection, audit_head).on_conflict_do_nothing(), first)
        found = connection.exec_driver_sql(locked).one()
    return Head._make(found)


HEAD_OF = f"SELECT seq, at, hash FROM audit_head WHERE id = {HEAD_ROW}"
LOCKED = {"sqlite": HEAD_OF, "postgresql": f"{HEAD_OF} FOR UPDATE"}
APPEND_SQLITE = (
    f"INSERT INTO audit ({', '.join(COLUMNS)}) VALUES ({', '.join(f':{name}' for name in COLUMNS)})"
)
GO_ON_SQLITE = f"UPDATE audit_head SET seq = ?, at = ?, hash = ? WHERE id = {HEAD_ROW}"
APPEND_POSTGRES = f"""
WITH told AS (
    INSERT INTO audit ({", ".join(COLUMNS)})
    SELECT {", ".join(COLUMNS)} FROM json_to_recordset(CAST(%(rows)s AS json)) AS x(
        seq bigint, at bigint, kind text, who text, what text, detail text, scope text, cell int,
        address text, session text, hash text)
)
UPDATE audit_head SET seq = %(seq)s, at = %(at)s, hash = %(hash)s WHERE id = {HEAD_ROW}
"""
"""One way to the server and back, under the lock."""
