"""Cases as a transaction holds them: locked, with what stands around them, and written back."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Row, Select, Update, bindparam, select, text, update

from commandcenter.cases import parts
from commandcenter.cases.rows import columns, facts_of
from commandcenter.domain.cases import OPEN, Command, Facts, Mark, State
from commandcenter.domain.desk import Desk
from commandcenter.domain.likeness import bucket
from commandcenter.domain.permits import Around
from commandcenter.store.bulk import AMONG, one
from commandcenter.store.tables import cases, moves


class Beside(NamedTuple):
    """What a case has beside its facts."""

    matter: str | None = None
    merged_into: int | None = None
    rating: int | None = None
    matter_version: int | None = None


NOTHING_BESIDE = Beside()


@dataclass(slots=True)
class Held:
    """One case in the hands of a transaction; `facts`, `version` and `others` go on with it.

    `others` are the columns beside the facts that a command changed.
    """

    row: Row[Any]
    facts: Facts
    version: int
    others: dict[str, Any] = field(default_factory=dict)
    was_reopened: bool | None = None
    """Whether it ever was; None until the log was asked."""

    @property
    def matter(self) -> str | None:
        """The code of the case's matter."""
        code: str | None = self._beside("matter")
        return code

    @property
    def matter_version(self) -> int | None:
        """Which version of the matter counts: the one that there was when the case was filed."""
        version: int | None = self._beside("matter_version")
        return version

    @property
    def rating(self) -> int | None:
        """How the case was rated."""
        stars: int | None = self._beside("rating")
        return stars

    @property
    def beside(self) -> Beside:
        """What the case has beside its facts."""
        return Beside(*map(self._beside, Beside._fields))

    def _beside(self, name: str) -> Any:
        return self.others[name] if name in self.others else getattr(self.row, name)

    def go_on(self, after: Facts) -> None:
        """Take what a command made of the case; an open one has a place, others have none."""
        is_open = after.state in OPEN
        if is_open is not (self.facts.state in OPEN):
            lng, lat = self.row.lng, self.row.lat
            has_place = is_open and lng is not None and lat is not None
            self.others["near"] = bucket(lng, lat) if has_place else None
        self.facts = after
        self.version += 1


READ = (
    "id", "channel", "matter", "matter_version", "cell", "state", "depth", "since", "due",
    "deadline", "unit", "supervised", "marks", "clock", "limit_ms", "warn", "left_ms", "version",
    "merged_into", "closed_at", "rating", "near", "lng", "lat",
)  # fmt: skip


def _locked(*more: str) -> dict[str, Select[Any]]:
    query = select(*(cases.c[name] for name in (*READ, *more))).order_by(cases.c.id)
    found = {name: query.where(text(f"cases.id {among}")) for name, among in AMONG.items()}
    return found | {"postgresql": found["postgresql"].with_for_update()}


# Made once: to write a statement down anew takes as long as to have it carried out.
LOCKED = {False: _locked(), True: _locked("title", "description")}
REOPENED = {
    name: select(moves.c.case_id).distinct().where(
        text(f"moves.case_id {among}"), moves.c.command == Command.REOPEN.value
    )
    for name, among in AMONG.items()
}


def lock(connection: Connection, ids: Iterable[int], with_words: bool) -> dict[int, Held]:
    """Return cases that nobody else changes until the transaction ends; unknown ones are missing.

    SQLite has one writer anyway.
    """
    name = connection.dialect.name
    rows = connection.execute(LOCKED[with_words][name], {"ids": one(name, set(ids))})
    return {row.id: Held(row, facts_of(row), row.version) for row in rows}


def read(connection: Connection, case_id: int) -> Held | None:
    """Return a case as it is now, None for one that does not exist."""
    query = select(*(cases.c[name] for name in READ)).where(cases.c.id == case_id)
    row = connection.execute(query).first()
    return Held(row, facts_of(row), row.version) if row else None


def around(
    connection: Connection, desk: Desk, held: Held, closing: Iterable[Held] = ()
) -> Around:
    """Return what decides beside the facts; asks the database only where the case calls for it.

    Of cases that are `closing` in the same transaction the same is asked along with the first one.
    """
    facts = held.facts
    return Around(
        desk.lowest_at(facts.cell),
        parts.of_case(connection, held.row.id) if facts.marks & Mark.CROSS else (),
        facts.state is State.CLOSED and _was_reopened(connection, held, closing),
        held.rating is not None,
    )


def _was_reopened(connection: Connection, held: Held, closing: Iterable[Held]) -> bool:
    if held.was_reopened is None:
        unknown = [each for each in (held, *closing) if each.was_reopened is None]
        name = connection.dialect.name
        asked = {"ids": one(name, {each.row.id for each in unknown})}
        found = set(connection.execute(REOPENED[name], asked).scalars())
        for each in unknown:
            each.was_reopened = each.row.id in found
    return bool(held.was_reopened)


def write(connection: Connection, changed: Iterable[Held]) -> None:
    """Write cases back: all in one statement, on SQLite all of which the same columns changed."""
    values = {
        held.row.id: columns(held.facts) | {"version": held.version} | held.others
        for held in changed
    }
    if connection.dialect.name == "postgresql":
        if values:
            ids = one("postgresql", values)
            connection.exec_driver_sql(WRITE, (orjson.dumps(_by_id(values)).decode(), ids))
        return
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for case_id, row in values.items():
        written = {f"new_{name}": value for name, value in row.items()}
        alike[tuple(row)].append(written | {"case": case_id})
    for names, rows in alike.items():
        connection.execute(_update_of(names), rows)


def _by_id(values: Mapping[int, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {f"{case_id}": row for case_id, row in values.items()}


WRITTEN = [f"{column.name}" for column in cases.columns if column.name != "id"]
WRITE = (
    f"UPDATE cases SET ({', '.join(WRITTEN)}) = (SELECT {', '.join(f'new.{n}' for n in WRITTEN)} "
    "FROM jsonb_populate_record(cases, %s::jsonb -> cases.id::text) AS new) "
    "WHERE id = ANY (%s::bigint[])"
)
"""What is not named in a case's new values stays as it is."""


@cache
def _update_of(names: tuple[str, ...]) -> Update:
    statement = update(cases).where(cases.c.id == bindparam("case"))
    return statement.values({name: bindparam(f"new_{name}") for name in names})
