"""Cases as a transaction holds them: locked, with what stands around them, and written back."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, Update, bindparam, exists, select, update

from commandcenter.cases import parts
from commandcenter.cases.rows import columns, facts_of
from commandcenter.domain.cases import OPEN, Command, Facts, Mark, State
from commandcenter.domain.desk import Desk
from commandcenter.domain.likeness import bucket
from commandcenter.domain.permits import Around
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
    was_reopened: bool = False
    """In this transaction; the log has those before."""

    @property
    def matter(self) -> str | None:
        """The code of the case's matter."""
        return self.beside.matter

    @property
    def matter_version(self) -> int | None:
        """Which version of the matter counts: the one that there was when the case was filed."""
        return self.beside.matter_version

    @property
    def beside(self) -> Beside:
        """What the case has beside its facts."""
        return Beside(*(self.others.get(name, getattr(self.row, name)) for name in Beside._fields))

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


def _locked(*more: str) -> Select[Any]:
    columns = [cases.c[name] for name in (*READ, *more)]
    wanted = cases.c.id.in_(bindparam("ids", expanding=True))
    return select(*columns).where(wanted).order_by(cases.c.id)


# Made once: to write a statement down anew takes as long as to have it carried out.
LOCKED = {False: _locked(), True: _locked("title", "description")}
LOCKED_ROWS = {with_words: query.with_for_update() for with_words, query in LOCKED.items()}


def lock(connection: Connection, ids: Iterable[int], with_words: bool) -> dict[int, Held]:
    """Return cases that nobody else changes until the transaction ends; unknown ones are missing.

    SQLite has one writer anyway.
    """
    queries = LOCKED_ROWS if connection.dialect.name == "postgresql" else LOCKED
    rows = connection.execute(queries[with_words], {"ids": list(set(ids))})
    return {row.id: Held(row, facts_of(row), row.version) for row in rows}


def read(connection: Connection, case_id: int) -> Held | None:
    """Return a case as it is now, None for one that does not exist."""
    query = select(*(cases.c[name] for name in READ)).where(cases.c.id == case_id)
    row = connection.execute(query).first()
    return Held(row, facts_of(row), row.version) if row else None


def around(connection: Connection, desk: Desk, held: Held) -> Around:
    """Return what decides beside the facts; asks the database only where the case calls for it."""
    facts = held.facts
    return Around(
        desk.lowest_at(facts.cell),
        parts.of_case(connection, held.row.id) if facts.marks & Mark.CROSS else (),
        facts.state is State.CLOSED
        and (held.was_reopened or _was_reopened(connection, held.row.id)),
        held.beside.rating is not None,
    )


def _was_reopened(connection: Connection, case_id: int) -> bool:
    found = exists().where(moves.c.case_id == case_id, moves.c.command == Command.REOPEN.value)
    return bool(connection.execute(select(found)).scalar())


def write(connection: Connection, changed: Iterable[Held]) -> None:
    """Write cases back, in one statement for all of which the same columns changed."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for held in changed:
        values = columns(held.facts) | {"version": held.version} | held.others
        row = {f"new_{name}": value for name, value in values.items()}
        alike[tuple(values)].append(row | {"case": held.row.id})
    for names, rows in alike.items():
        connection.execute(_update_of(names), rows)


@cache
def _update_of(names: tuple[str, ...]) -> Update:
    statement = update(cases).where(cases.c.id == bindparam("case"))
    return statement.values({name: bindparam(f"new_{name}") for name in names})
