"""Receipts: who reported without an account follows the case by a code, and sees how far it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, select

from commandcenter.cases import queries
from commandcenter.domain.cases import State
from commandcenter.domain.clocks import Millis
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import NotFound
from commandcenter.store.public_tables import receipts
from commandcenter.store.tables import cases
from commandcenter.store.upsert import dialect_insert

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Nothing that is read as something else: no 0 and O, no 1 and I."""
CODE_LENGTH = 10


@dataclass(frozen=True, slots=True)
class Stage:
    """A state that the case came to, and when."""

    state: State
    at: Millis


@dataclass(frozen=True, slots=True)
class Followed:
    """A case as anybody may see it who has its code: neither words nor persons nor units."""

    matter: str | None
    state: State
    since: Millis
    reported_at: Millis
    stages: Sequence[Stage]
    is_merged: bool = False
    """Whether somebody had reported the same before: the states are those of that case."""


def code_of(secret: bytes) -> str:
    """Return the code that follows from bytes that nobody can guess."""
    number = int.from_bytes(sha256(secret).digest(), "big")
    letters = []
    for _ in range(CODE_LENGTH):
        number, letter = divmod(number, len(LETTERS))
        letters.append(LETTERS[letter])
    return "".join(letters)


def plain(said: str) -> str:
    """Return a code as it was given out, however somebody typed it."""
    return "".join(letter for letter in said.upper() if letter in LETTERS)[: CODE_LENGTH + 1]


def give(connection: Connection, viewer: Viewer, code: str, case_id: int, at: Millis) -> None:
    """Let a code lead to a case, once; raises NotFound for a case that the viewer does not see."""
    queries.case(connection, viewer, case_id)
    row = {"digest": _digest(code), "case_id": case_id, "at": at}
    connection.execute(dialect_insert(connection, receipts).values(row).on_conflict_do_nothing())


def follow(connection: Connection, viewer: Viewer, code: str) -> Followed:
    """Return how far the case of a code is; raises NotFound for no such code."""
    query = select(receipts.c.case_id).where(receipts.c.digest == _digest(plain(code)))
    number = connection.execute(query).scalar()
    if number is None:
        raise NotFound("no receipt has this code")
    reported = queries.case(connection, viewer, number).line
    master = _master(connection, number)
    line = queries.case(connection, viewer, master).line
    stages: list[Stage] = []
    for step in queries.steps(connection, viewer, master):
        if not stages or stages[-1].state is not step.state:
            stages.append(Stage(step.state, step.at))
    return Followed(
        line.matter, line.state, line.since, reported.reported_at, stages, master != number
    )


def _master(connection: Connection, number: int) -> int:
    """Return the case into which one was merged, itself for one that stands alone."""
    seen = {number}
    while True:
        query = select(cases.c.merged_into).where(cases.c.id == number)
        into = connection.execute(query).scalar()
        if into is None or into in seen:
            return number
        seen.add(number := into)


def _digest(code: str) -> str:
    return sha256(code.encode()).hexdigest()
