"""Whole past cases, written in bulk for a demonstration or an import."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from commandcenter.cases.rows import columns
from commandcenter.domain.cases import Command, move
from commandcenter.domain.cells import Tree
from commandcenter.domain.desk import Desk, Given, in_time
from commandcenter.domain.matters import Matter
from commandcenter.domain.routing import Asked, joined
from commandcenter.host.reports import Life
from commandcenter.store.bulk import insert_rows, lock_against_inserts, next_id, set_next_id
from commandcenter.store.engines import be_patient
from commandcenter.store.log import COLUMNS, Entry, take_append_lock
from commandcenter.store.partitions import make_room
from commandcenter.store.tables import cases, moves

CASE_COLUMNS = (
    "id", "source", "external_id", "channel", "matter", "title", "description", "lng", "lat",
    "occurred_at", "reported_at", "cell", "state", "depth", "since", "due", "deadline", "unit",
    "supervised", "marks", "clock", "limit_ms", "warn", "left_ms", "version", "matter_version",
)  # fmt: skip


@dataclass(frozen=True)
class Past:
    """What turns lives into rows: the city's tree, desk and matters, and whose lives they are."""

    tree: Tree
    desk: Desk
    matters: Mapping[str, Matter]
    source: str


def write(connection: Connection, past: Past, lives: Sequence[Life]) -> int:
    """Write lives as cases with all their moves; returns how many moves.

    Raises IllegalMove for a life that breaks the table of legal moves.
    """
    be_patient(connection)  # with the locks held, ten thousand lives are lived through
    lock_against_inserts(connection, cases)  # before the other lock: those in there need that one
    take_append_lock(connection)
    first = next_id(connection, cases)
    rows, entries = [], []
    for case_id, life in enumerate(lives, first):
        told = list(_entries(past, case_id, life))
        entries += told
        rows.append(_case_row(past, case_id, life, told))
    entries.sort(key=lambda entry: entry.at)
    insert_rows(connection, cases, CASE_COLUMNS, rows)
    set_next_id(connection, cases)
    make_room(connection, (entry.at for entry in entries))
    insert_rows(connection, moves, COLUMNS, [entry.row() for entry in entries])
    return len(entries)


def _entries(past: Past, case_id: int, life: Life) -> Iterator[Entry]:
    matter = past.matters.get(life.matter)
    facts = past.desk.report(past.tree.position[life.cell], life.at)
    yield Entry(case_id, Command.REPORT, life.at, past.source, life.channel, None, None, facts)
    for update in life.updates:
        unit, note = update.unit, update.note
        if unit is None and update.command is Command.DISPATCH and matter is not None:
            asked = Asked(matter, facts.cell, life.channel, life.title, life.description)
            found, reason = past.desk.decide(asked)
            unit, note = found.code if found else None, joined(reason, note)
        given = Given(matter, unit, update.due, facts, facts.clock)
        order = past.desk.order(update.command, update.at, given)
        after = move(facts, order)
        late = in_time(facts, update.command, update.at)
        yield Entry(
            case_id, update.command, update.at, past.source, life.channel, late, facts, after,
            note,
        )  # fmt: skip
        facts = after


def _case_row(past: Past, case_id: int, life: Life, told: Sequence[Entry]) -> tuple[Any, ...]:
    set_by_moves = columns(told[-1].after)
    return (
        case_id, past.source, life.external_id, life.channel, life.matter or None, life.title,
        life.description, life.lng, life.lat, life.at, life.at, *set_by_moves.values(), len(told),
        past.desk.versions.get(life.matter),
    )  # fmt: skip
