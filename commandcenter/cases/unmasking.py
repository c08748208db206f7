"""The plain words of a case: the one way past the veil, for who may, and for a reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from commandcenter.cases import veil
from commandcenter.domain.clocks import Millis
from commandcenter.domain.rights import Block, Right
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.errors import Forbidden, NotFound
from commandcenter.store.desk_tables import evidence, parts
from commandcenter.store.tables import cases, moves

MOST_WORDS = 200


@dataclass(frozen=True, slots=True)
class Said:
    """Words in which somebody is named: where they stand, and since when."""

    where: str
    at: Millis
    words: str


@dataclass(frozen=True, slots=True)
class Plain:
    """What of a case is covered elsewhere, in plain words; `said` holds those alone that differ."""

    case_id: int
    cell: int
    title: str
    description: str
    reporter_name: str | None
    reporter_phone: str | None
    attachments: tuple[str, ...]
    said: tuple[Said, ...]

    @property
    def fields(self) -> list[str]:
        """The names of what was told, for the audit log."""
        known = {
            "reporter_name": self.reporter_name, "reporter_phone": self.reporter_phone,
            "said": self.said,
        }  # fmt: skip
        return ["title", "description", *(name for name, value in known.items() if value)]


def plain(connection: Connection, viewer: Viewer, case_id: int) -> Plain:
    """Return a case in plain words; raises Forbidden, or NotFound outside scope and blocks."""
    if not {Block.CASES, Block.PEOPLE} <= viewer.blocks:
        raise NotFound(f"case {case_id} does not exist")
    row = connection.execute(select(cases).where(cases.c.id == case_id)).first()
    if row is None or not viewer.sees(row.cell):
        raise NotFound(f"case {case_id} does not exist")
    if not viewer.may(Right.UNMASK) or viewer.clearance < Clearance.PERSONAL:
        raise Forbidden("plain words need the right to unmask and the clearance for personal data")
    return Plain(
        case_id, row.cell, row.title, row.description, row.reporter_name, row.reporter_phone,
        tuple(row.attachments or ()), tuple(_said(connection, row))[:MOST_WORDS],
    )  # fmt: skip


def _said(connection: Connection, case: Row[Any]) -> Iterator[Said]:
    """Yield what was said of a case in words that the veil covers."""
    who = veil.reporter(case)
    for table, name, column, at, order in (
        (moves, "move", moves.c.note, moves.c.at, moves.c.seq),
        (parts, "task", parts.c.task, parts.c.since, parts.c.unit),
        (parts, "part", parts.c.note, parts.c.since, parts.c.unit),
        (evidence, "evidence", evidence.c.note, evidence.c.at, evidence.c.id),
        (evidence, "link", evidence.c.url, evidence.c.at, evidence.c.id),
    ):
        query = select(column, at).where(table.c.case_id == case.id).order_by(order)
        for words, since in connection.execute(query):
            if veil.text(words, who) != words:
                yield Said(name, since, words)
