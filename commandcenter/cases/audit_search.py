"""Searching the audit log: page by page along one index, never more than a budget of entries.

Where the budget did not fill a page, the page says how far back it looked, and goes on from there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, select, text

from commandcenter.cases import audit as log
from commandcenter.cases import audit_index
from commandcenter.cases.audit import Detail
from commandcenter.cases.queries import WIDE_SCOPE
from commandcenter.domain import terms
from commandcenter.domain.audit import AuditKind
from commandcenter.domain.clocks import Millis
from commandcenter.domain.rights import Right
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import Forbidden
from commandcenter.store.audit_tables import audit

PAGE_LIMIT = 500
BUDGET = 20_000
"""Entries that a page looks at before it gives what it has."""
FOUND_AT_ONCE = 500
ALL = 2**62


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: all that is given must hold; `first` to `last` are cells within the scope.

    Times are from `since` until before `until`; `before` is a number, for the next page.
    """

    who: str = ""
    kind: AuditKind | None = None
    since: Millis | None = None
    until: Millis | None = None
    words: str = ""
    first: int = 0
    last: int = ALL
    before: int = ALL
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as auditors read it."""

    seq: int
    at: Millis
    kind: str
    who: str
    what: str
    scope: str
    address: str
    session: str
    hash: str
    detail: Detail = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, the newest first; `cursor` asks for more, None at the end.

    `reached` is the instant of the last entry that was looked at, where the page is not full.
    """

    lines: list[Line]
    cursor: int | None = None
    reached: Millis | None = None


def search(connection: Connection, viewer: Viewer, wanted: Wanted) -> Page:
    """Return the page of what an auditor looks for; raises Forbidden for who is none."""
    if not viewer.may(Right.AUDIT):
        raise Forbidden("the audit log is for auditors")
    first, last = max(wanted.first, viewer.first), min(wanted.last, viewer.last)
    lowest, highest = _between(connection, wanted)
    size = max(1, min(wanted.limit, PAGE_LIMIT))
    lines: list[Line] = []
    seen, at = highest, None
    parts = terms.parts(wanted.words)
    is_whole = first == 0 and last == viewer.last and viewer.first == 0
    for count, row in enumerate(_walk(connection, wanted, (lowest, highest), (first, last)), 1):
        if len(lines) == size:
            return Page(lines, seen)
        if count > BUDGET:
            return Page(lines, seen, at)
        seen, at = row.seq, row.at
        if (is_whole or first <= row.cell <= last) and _fits(row, wanted, parts):
            lines.append(_line(row))
    return Page(lines)


def _between(connection: Connection, wanted: Wanted) -> tuple[int, int]:
    """Return the numbers between which entries lie: times never go back, so they are numbers."""
    lowest, highest = 1, wanted.before
    if wanted.since is not None:
        lowest = _first_from(connection, wanted.since)
    if wanted.until is not None:
        highest = min(highest, _first_from(connection, wanted.until))
    return lowest, highest


def _first_from(connection: Connection, at: Millis) -> int:
    """Return the number of the first entry from an instant on, by halves; none is left out."""
    low, high = 1, log.head(connection).seq + 1
    query = select(audit.c.at).where(audit.c.seq == bindparam("seq"))
    while low < high:
        middle = (low + high) // 2
        if (connection.execute(query, {"seq": middle}).scalar() or 0) < at:
            low = middle + 1
        else:
            high = middle
    return low


def _walk(
    connection: Connection, wanted: Wanted, between: tuple[int, int], cells: tuple[int, int]
) -> Any:
    """Yield entries, the newest first, by the index that leaves the fewest."""
    lowest, highest = between
    within = [audit.c.seq >= lowest]
    looked_for = _looked_for(connection, wanted.words)
    if looked_for:
        indexed = audit_index.position(connection) + 1
        yield from _in_order(connection, [audit.c.seq >= max(lowest, indexed)], highest)
        yield from _by_words(connection, looked_for, lowest, min(highest, indexed))
        return
    if wanted.who:
        within.append(audit.c.who == wanted.who)
    elif wanted.kind is not None:
        within.append(audit.c.kind == wanted.kind.value)
    elif cells[1] - cells[0] < WIDE_SCOPE:
        within.append(audit.c.cell.between(*cells))
    yield from _in_order(connection, within, highest)


def _in_order(
    connection: Connection, within: Sequence[ColumnElement[bool]], before: int
) -> Any:
    query: Select[Any] = select(audit).where(*within).order_by(audit.c.seq.desc())
    while rows := connection.execute(
        query.where(audit.c.seq < before).limit(FOUND_AT_ONCE)
    ).all():  # fmt: skip
        yield from rows
        before = rows[-1].seq


FOUND = {
    "sqlite": (
        "SELECT rowid FROM audit_words WHERE audit_words MATCH :asked AND rowid < :before "
        "AND rowid >= :lowest ORDER BY rowid DESC LIMIT :limit"
    ),
    "postgresql": (
        "SELECT seq FROM audit_words WHERE words @@ CAST(:asked AS tsquery) AND seq < :before "
        "AND seq >= :lowest ORDER BY seq DESC LIMIT :limit"
    ),
}


def _by_words(connection: Connection, asked: str, lowest: int, before: int) -> Any:
    given = {"asked": asked, "lowest": lowest, "limit": FOUND_AT_ONCE}
    query = text(FOUND[connection.dialect.name])
    while ids := list(connection.execute(query, given | {"before": before}).scalars()):
        rows = connection.execute(select(audit).where(audit.c.seq.in_(ids)))
        yield from sorted(rows, key=lambda row: -row.seq)
        before = ids[-1]


def _looked_for(connection: Connection, words: str) -> str:
    """Return what the index of words is asked, in the language of the database."""
    found = {term for part in terms.parts(words) for term in terms.looked_for(part)}
    ordered = sorted(found)
    if connection.dialect.name == "postgresql":
        return " & ".join(f"'{term.text}'{':*' * term.is_beginning}" for term in ordered)
    return " AND ".join(f'"{term.text}"{"*" * term.is_beginning}' for term in ordered)


def _fits(row: Row[Any], wanted: Wanted, parts: Sequence[str]) -> bool:
    if wanted.who and row.who != wanted.who:
        return False
    if wanted.kind is not None and row.kind != wanted.kind.value:
        return False
    said = terms.plain(audit_index.said(row))
    return all(part in said for part in parts)


def _line(row: Row[Any]) -> Line:
    return Line(
        row.seq, row.at, row.kind, row.who, row.what, row.scope, row.address, row.session, row.hash,
        orjson.loads(row.detail),
    )  # fmt: skip
