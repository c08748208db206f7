"""The index of words, which follows the log in the background.

What a case says never changes, so that each is indexed once: first those that were there before
the index, by their numbers, then those whose reports the log tells of. One row says how far it is;
who writes looks there first whether somebody else was quicker. PostgreSQL and SQLite are given the
same terms: what is said in the title (t), in title and description (d), each cell above the case
(c), and the block of its number (b), by which PostgreSQL finds the newest first.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Row, func, select, text

from commandcenter.domain.cases import Command
from commandcenter.domain.cells import Tree
from commandcenter.domain.terms import terms
from commandcenter.store.bulk import among, copy
from commandcenter.store.log import last_seq
from commandcenter.store.settings import set_setting, setting
from commandcenter.store.tables import cases, moves

POSITION = "search"
BLOCK_BITS = 14
"""PostgreSQL is asked for so many cases at once, to the power of two."""
READ_MOVES = 4


class Position(NamedTuple):
    """How far the index is.

    Cases up to `done` of those up to `until` are in it, and those whose reports came before `seq`.
    """

    done: int
    until: int
    seq: int
    newest: int

    @property
    def is_whole(self) -> bool:
        """Whether all cases from before the index are in it."""
        return self.done >= self.until


class Batch(NamedTuple):
    """The next cases with their terms, and how far the index is before and after them."""

    before: Position | None
    after: Position
    rows: list[tuple[int, str]]


def position(connection: Connection) -> Position | None:
    """Return how far the index is, None before it was begun."""
    known = setting(connection, POSITION)
    return None if known is None else Position(**orjson.loads(known))


def behind(connection: Connection) -> int:
    """Return how many cases and moves the index has not read yet."""
    at = position(connection)
    if at is None:
        return connection.execute(select(func.max(cases.c.id))).scalar() or 0
    return max(0, at.until - at.done) + max(0, last_seq(connection) - at.seq)


def upcoming(connection: Connection, tree: Tree, limit: int) -> Batch | None:
    """Return what is to be indexed next, at most `limit` cases; None with nothing left."""
    at = position(connection)
    if at is None:
        # In this order: what commits between the two is told by the log, and by it alone.
        seq = last_seq(connection)
        last = connection.execute(select(func.max(cases.c.id))).scalar() or 0
        return Batch(None, Position(0, last, seq, 0), [])
    if not at.is_whole:
        return _from_before(connection, tree, at, limit)
    query = select(moves.c.seq, moves.c.case_id, moves.c.command).where(moves.c.seq > at.seq)
    told = connection.execute(query.order_by(moves.c.seq).limit(limit * READ_MOVES)).all()
    if not told:
        return None
    ids = [row.case_id for row in told if row.command == Command.REPORT.value][:limit]
    last = told[-1].seq
    if len(ids) == limit:
        last = next(row.seq for row in told if row.case_id == ids[-1])
    rows = _rows(tree, connection.execute(_said().where(among(connection, "cases.id", ids))).all())
    after = at._replace(seq=last, newest=max([at.newest, *ids]))
    return Batch(at, after, rows)


def write(connection: Connection, batch: Batch) -> bool:
    """Write what was read; False, and nothing written, where another was quicker."""
    _lock(connection)
    if position(connection) != batch.before:
        return False
    if batch.before is None:
        _clear(connection)
    if connection.dialect.name == "postgresql":
        known = _known(connection, [case_id for case_id, _ in batch.rows])
        rows = [row for row in batch.rows if row[0] not in known]
        copy(connection, "case_words", ("case_id", "words"), rows)
    elif batch.rows:
        sql = "INSERT INTO case_words (rowid, words) VALUES (?, ?)"
        connection.exec_driver_sql(sql, batch.rows)
    set_setting(connection, POSITION, orjson.dumps(batch.after._asdict()).decode())
    return True


def _from_before(connection: Connection, tree: Tree, at: Position, limit: int) -> Batch:
    query = _said().where(cases.c.id > at.done, cases.c.id <= at.until)
    rows = _rows(tree, connection.execute(query.order_by(cases.c.id).limit(limit)))
    done = rows[-1][0] if len(rows) == limit else at.until
    return Batch(at, at._replace(done=done, newest=max(at.newest, done)), rows)


def _said() -> Any:
    return select(cases.c.id, cases.c.cell, cases.c.title, cases.c.description)


def _rows(tree: Tree, found: Iterable[Row[Any]]) -> list[tuple[int, str]]:
    return sorted((row.id, _words(tree, row)) for row in found)


def _words(tree: Tree, row: Row[Any]) -> str:
    title, description = terms(row.title), terms(row.description)
    above = [f"c{cell}" for cell in tree.ancestors(row.cell)[1:]]
    said = chain(map("t".__add__, title), map("d".__add__, title | description))
    return " ".join([*said, *above, f"b{row.id >> BLOCK_BITS}"])


def _lock(connection: Connection) -> None:
    """Let one write at a time; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": POSITION}
        )


def _known(connection: Connection, ids: Sequence[int]) -> set[int]:
    """Return which cases are in the index already: what commits late is told of twice."""
    query = text("SELECT case_id FROM case_words WHERE case_id = ANY(:ids)")
    return set(connection.execute(query, {"ids": list(ids)}).scalars())


def _clear(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("TRUNCATE case_words")
    else:
        connection.exec_driver_sql("INSERT INTO case_words (case_words) VALUES ('delete-all')")
