"""Search for cases by code, words and phone, and for cells by code and name; each by an index."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select, text

from commandcenter.cases import search_index, veil
from commandcenter.cases.search_index import BLOCK_BITS
from commandcenter.domain import terms
from commandcenter.domain.cells import Tree
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.store.tables import cases

MOST = 200
AFTER_ALL = "9" * 32
LAST_DIGITS = 4
"""So many digits of a phone number are given at least."""
RECENT = 2000
"""The newest cases that are not in the index yet are read one by one, so many at most."""
LOOKED_AT = 2000
"""Rows that are looked at for one page: the index knows terms, and not how they follow."""
BLOCKS = 4
"""PostgreSQL looks in so many blocks of the newest cases before it looks in all."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is looked for in a range of cells; `before` is a case's id, `limit` at most MOST."""

    asked: str
    first: int
    last: int
    before: int | None = None
    limit: int = 50


class Hit(NamedTuple):
    """A case that was found; `phone` is masked, and None unless the phone was looked for."""

    id: int
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """What was found, newest first; `cursor` asks for more, None at the end.

    `behind` is how many cases and moves the index of words has not read yet; of these the newest
    were looked at all the same.
    """

    hits: tuple[Hit, ...]
    cursor: int | None = None
    behind: int = 0


NOTHING = Page(())


def by_code(connection: Connection, viewer: Viewer, wish: Wish) -> Page:
    """Return the case of a number, and those that a source knows by just this id."""
    asked = wish.asked.strip().lstrip("#")
    found: list[Row[Any]] = []
    if asked.isascii() and asked.isdecimal() and len(asked) < 16:
        query = select(cases.c.id, cases.c.cell).where(cases.c.id == int(asked))
        found += connection.execute(query)
    if asked:
        found += connection.execute(text(EXTERNAL), {"asked": asked})
    ids = {row.id for row in found if _is_within(viewer, wish, row.cell)}
    return Page(tuple(Hit(case_id) for case_id in sorted(ids, reverse=True)[: _size(wish)]))


# The index begins with the source: it is walked from source to source, of which there are few.
EXTERNAL = """
WITH RECURSIVE known(source) AS (
    SELECT min(source) FROM cases
    UNION ALL
    SELECT (SELECT min(c.source) FROM cases AS c WHERE c.source > known.source)
    FROM known WHERE known.source IS NOT NULL
)
SELECT c.id, c.cell FROM known CROSS JOIN cases AS c
WHERE known.source IS NOT NULL AND c.source = known.source AND c.external_id = :asked
"""


def by_phone(connection: Connection, viewer: Viewer, wish: Wish) -> Page:
    """Return cases by the reporter's phone, whole or its last digits.

    Nothing without the clearance for persons: whether a number is known is personal too.
    """
    digits = terms.reversed_number(wish.asked)
    if viewer.clearance < Clearance.PERSONAL or digits is None or len(digits) < LAST_DIGITS:
        return NOTHING
    column = cases.c.phone_reversed
    query = select(cases.c.id, cases.c.cell, cases.c.reporter_phone).where(
        column.is_not(None), column.between(digits, digits + AFTER_ALL)
    )
    if wish.before is not None:
        query = query.where(cases.c.id < wish.before)
    rows = connection.execute(query).all()
    found = sorted((r for r in rows if _is_within(viewer, wish, r.cell)), key=lambda r: -r.id)
    size = _size(wish)
    hits = tuple(Hit(row.id, veil.phone(row.reporter_phone)) for row in found[:size])
    return Page(hits, hits[-1].id if len(found) > size else None)


def by_words(connection: Connection, viewer: Viewer, wish: Wish) -> Page:
    """Return cases that say all parts of what is asked, each as it stands.

    Descriptions are read for who has the clearance of staff, titles for everybody.
    """
    parts = terms.parts(wish.asked)
    if not any(True for part in parts for _ in terms.looked_for(part)):
        return NOTHING
    position = search_index.position(connection)
    size, seen_to = _size(wish), None
    hits: list[Hit] = []
    for read, row in enumerate(_candidates(connection, viewer, wish, parts, position), 1):
        if len(hits) == size or read > LOOKED_AT:
            return Page(tuple(hits), seen_to, search_index.behind(connection))
        seen_to = row.id
        if _is_within(viewer, wish, row.cell) and _says(viewer, row, parts):
            hits.append(Hit(row.id))
    return Page(tuple(hits), None, search_index.behind(connection))


def cells(tree: Tree, viewer: Viewer, asked: str, limit: int) -> list[int]:
    """Return the positions of cells whose code or name begins or holds what is asked, upper first.

    The tree lies in memory: no table is read.
    """
    wanted = asked.strip()
    if not wanted:
        return []
    scope = range(viewer.first, viewer.last + 1)
    found = [
        at for at in scope
        if wanted in (cell := tree.cells[at]).name or cell.code.startswith(wanted)
    ]  # fmt: skip
    found.sort(key=lambda at: (int(tree.depth[at]), at))
    return found[:limit]


def _size(wish: Wish) -> int:
    return max(1, min(wish.limit, MOST))


def _is_within(viewer: Viewer, wish: Wish, cell: int) -> bool:
    return viewer.sees(cell) and wish.first <= cell <= wish.last


def _says(viewer: Viewer, row: Row[Any], parts: Sequence[str]) -> bool:
    """Tell whether a case says all parts, in what of it is not covered: else a guess would tell."""
    said, who = row.title, veil.reporter(row, viewer)
    if viewer.clearance >= Clearance.STAFF:
        said = f"{said}\n{row.description}"
    plain = terms.plain(said)
    if not all(part in plain for part in parts):
        return False
    shown = terms.plain(veil.text(said, who))
    return all(part in shown for part in parts)


ROW = select(cases.c.id, cases.c.cell, cases.c.title, cases.c.description, *veil.REPORTER)


def _candidates(
    connection: Connection,
    viewer: Viewer,
    wish: Wish,
    parts: Sequence[str],
    position: search_index.Position | None,
) -> Iterator[Any]:
    """Yield what may be meant, newest first: what is not in the index yet, then what it finds."""
    newest = 0 if position is None else position.newest
    fresh = ROW.where(cases.c.id > newest)
    if wish.before is not None:
        fresh = fresh.where(cases.c.id < wish.before)
    yield from connection.execute(fresh.order_by(cases.c.id.desc()).limit(RECENT))
    before = newest + 1 if wish.before is None else min(wish.before, newest + 1)
    if connection.dialect.name == "postgresql":
        pages = _ids_of_postgres(connection, _tsquery(viewer, wish, parts), before)
    else:
        pages = _ids_of_sqlite(connection, _match(viewer, wish, parts), before)
    for ids in pages:
        rows = connection.execute(ROW.where(cases.c.id.in_(ids)))
        yield from sorted(rows, key=lambda row: -row.id)


def _wanted(viewer: Viewer, wish: Wish, parts: Sequence[str]) -> Iterator[terms.Term]:
    kind = "d" if viewer.clearance >= Clearance.STAFF else "t"
    found = dict.fromkeys(term for part in parts for term in terms.looked_for(part))
    # One character begins many terms: beside others the rows themselves decide whether it is there.
    longer = [term for term in found if len(term.text) > 1 or not term.is_beginning]
    for term in longer or found:
        yield terms.Term(kind + term.text, term.is_beginning)
    first = max(viewer.first, wish.first)
    if first > 0:
        yield terms.Term(f"c{first}", False)


def _match(viewer: Viewer, wish: Wish, parts: Sequence[str]) -> str:
    wanted = _wanted(viewer, wish, parts)
    return " AND ".join(f'"{term.text}"{"*" * term.is_beginning}' for term in wanted)


def _tsquery(viewer: Viewer, wish: Wish, parts: Sequence[str]) -> str:
    wanted = _wanted(viewer, wish, parts)
    return " & ".join(f"'{term.text}'{':*' * term.is_beginning}" for term in wanted)


def _ids_of_sqlite(connection: Connection, match: str, before: int) -> Iterator[list[int]]:
    sql = (
        "SELECT rowid FROM case_words WHERE case_words MATCH ? AND rowid < ? "
        "ORDER BY rowid DESC LIMIT ?"
    )
    while ids := list(connection.exec_driver_sql(sql, (match, before, MOST)).scalars()):
        yield ids
        before = ids[-1]


def _ids_of_postgres(connection: Connection, query: str, before: int) -> Iterator[list[int]]:
    """Look in the newest blocks first: the index gives what it finds in no order, all at once."""
    lowest = max(0, ((before - 1) >> BLOCK_BITS) - BLOCKS + 1)
    blocks = " | ".join(f"'b{n}'" for n in range(lowest, lowest + BLOCKS))
    for asked, least in ((f"{query} & ({blocks})", lowest << BLOCK_BITS), (query, 0)):
        while ids := _found_in(connection, asked, before, least):
            yield ids
            before = ids[-1]
        before = min(before, lowest << BLOCK_BITS)
        if before <= 0:
            return


FOUND_IN = (
    "WITH found AS MATERIALIZED "
    "(SELECT case_id FROM case_words WHERE words @@ CAST(:query AS tsquery)) "
    "SELECT case_id FROM found WHERE case_id < :before AND case_id >= :least "
    "ORDER BY case_id DESC LIMIT :limit"
)


def _found_in(connection: Connection, query: str, before: int, least: int) -> list[int]:
    # A word that most cases hold is looked up all the same: reading the table would take longer.
    # And compiling a query takes longer than answering it.
    connection.exec_driver_sql(
        "SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)"
    )
    asked = {"query": query, "before": before, "least": least, "limit": MOST}
    return list(connection.execute(text(FOUND_IN), asked).scalars())
