"""Many rows at once, by each database's quickest way."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Table, TextClause, func, select, text
from sqlalchemy.dialects import postgresql

FEW = 64
"""So many rows come to PostgreSQL quicker as one parameter than by COPY, which takes some words."""

AMONG = {
    "postgresql": "IN (SELECT unnest(CAST(:ids AS bigint[])))",
    "sqlite": "IN (SELECT value FROM json_each(:ids))",
}
"""Numbers given as one parameter: the statement is the same for any number of them.

Each is looked up by itself, also by a planner that knows nothing of the table yet.
"""


def among(connection: Connection, column: str, ids: Iterable[int]) -> TextClause:
    """Return the condition that a column, as `cases.id`, is one of many numbers."""
    name = connection.dialect.name
    return text(f"{column} {AMONG[name]}").bindparams(ids=one(name, ids))


def one(name: str, ids: Iterable[int]) -> str:
    """Return numbers as one parameter of a database, for AMONG."""
    numbers = ",".join(map(str, ids))
    return f"{{{numbers}}}" if name == "postgresql" else f"[{numbers}]"


def insert_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert plain tuples in the order of `columns`; values are as the driver wants them."""
    if not rows:
        return
    names = ", ".join(columns)
    if connection.dialect.name == "postgresql":
        copy(connection, table.name, columns, rows)
        return
    marks = ", ".join("?" * len(columns))
    sql = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"
    connection.exec_driver_sql(sql, list(rows))


def insert_json(table: Table, columns: Sequence[str]) -> str:
    """Return PostgreSQL's statement that inserts the rows of one parameter, JSON objects.

    Whatever the number of rows it is the same, and it is read as quickly.
    """
    names, dialect = ", ".join(columns), postgresql.dialect()  # type: ignore[no-untyped-call]
    typed = ", ".join(f"{name} {table.c[name].type.compile(dialect)}" for name in columns)
    return (
        f"INSERT INTO {table.name} ({names}) "
        f"SELECT {names} FROM json_to_recordset(%s::json) AS x({typed})"
    )


def named(columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> str:
    """Return plain tuples as such a parameter."""
    names = [f"{name}" for name in columns]  # JSON takes no names of SQLAlchemy's own kind
    return orjson.dumps([dict(zip(names, row, strict=True)) for row in rows]).decode()


def copy(
    connection: Connection, name: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Copy plain tuples into a table of PostgreSQL."""
    cursor: Any = connection.connection.cursor()
    with cursor, cursor.copy(f"COPY {name} ({', '.join(columns)}) FROM STDIN") as copying:
        for row in rows:
            copying.write_row(row)


def lock_against_inserts(connection: Connection, table: Table) -> None:
    """Wait until nobody else is writing to a table, and keep it so (SQLite has one writer)."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))


def next_id(connection: Connection, table: Table) -> int:
    """Return the id after the largest one; the caller holds a lock against other writers."""
    return (connection.execute(select(func.max(table.c.id))).scalar() or 0) + 1


def set_next_id(connection: Connection, table: Table) -> None:
    """Let PostgreSQL go on numbering after the largest id that was written by hand."""
    if connection.dialect.name == "postgresql":
        name = table.name
        sequence = f"pg_get_serial_sequence('{name}', 'id')"
        connection.execute(text(f"SELECT setval({sequence}, (SELECT max(id) FROM {name}))"))
