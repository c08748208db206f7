"""Whole past cases, written in bulk for a demonstration or an import."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from sqlalchemy import Connection

from commandcenter.cases.crossing import BACK, PARTS, lead_of, part_due, units_of
from commandcenter.cases.rows import columns
from commandcenter.domain.cases import OPEN, Command, Facts, Mark, Order, State, move
from commandcenter.domain.cells import Tree
from commandcenter.domain.clocks import Millis
from commandcenter.domain.desk import Desk, Given, in_time
from commandcenter.domain.likeness import bucket
from commandcenter.domain.matters import Matter
from commandcenter.domain.metrics import SATISFIED
from commandcenter.domain.permits import PartState
from commandcenter.domain.routing import Asked, joined
from commandcenter.host.reports import Life, Update
from commandcenter.store.bulk import insert_rows, lock_against_inserts, next_id, set_next_id
from commandcenter.store.desk_tables import parts
from commandcenter.store.engines import be_patient
from commandcenter.store.log import COLUMNS, Entry, take_append_lock
from commandcenter.store.partitions import make_room
from commandcenter.store.tables import cases, moves

CASE_COLUMNS = (
    "id", "source", "external_id", "channel", "matter", "title", "description", "lng", "lat",
    "occurred_at", "reported_at", "cell", "state", "depth", "since", "due", "deadline", "unit",
    "supervised", "marks", "clock", "limit_ms", "warn", "left_ms", "version", "matter_version",
    "closed_at", "rating", "near",
)  # fmt: skip
PART_COLUMNS = tuple(parts.c.keys())
ENDS = frozenset({State.CLOSED, State.ASSESSED})
SENDING = frozenset({Command.DISPATCH, Command.ENGAGE})


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
    rows, entries, shared = [], [], []
    for case_id, life in enumerate(lives, first):
        told = list(_entries(past, case_id, life))
        entries += told
        rows.append(_case_row(past, case_id, life, told))
        if Command.ENGAGE in [update.command for update in life.updates]:
            shared += _part_rows(past, life, told)
    entries.sort(key=lambda entry: entry.at)
    insert_rows(connection, cases, CASE_COLUMNS, rows)
    insert_rows(connection, parts, PART_COLUMNS, shared)
    set_next_id(connection, cases)
    make_room(connection, (entry.at for entry in entries))
    insert_rows(connection, moves, COLUMNS, [entry.row() for entry in entries])
    return len(entries)


def _entries(past: Past, case_id: int, life: Life) -> Iterator[Entry]:
    matter = past.matters.get(life.matter)
    facts = past.desk.report(past.tree.position[life.cell], life.at)
    source, channel, lowest = past.source, life.channel, facts.depth
    yield Entry(case_id, Command.REPORT, life.at, source, channel, None, None, facts)
    for update in life.updates:
        _, _, command, at, unit, due, note, *_ = update
        if command in SENDING:
            unit, note = _responsible(past, life, facts, update)
        order = past.desk.order(command, at, Given(matter, unit, due, facts, facts.clock))
        if command in SENDING:
            order = _held_up(order, facts, (unit, lowest))
        after = move(facts, order)
        late = in_time(facts, command, at)
        if command is Command.RATE:
            late = update.rating is not None and update.rating >= SATISFIED
        yield Entry(case_id, command, at, source, channel, late, facts, after, note)
        facts = after


def _held_up(order: Order, facts: Facts, given: tuple[str | None, int]) -> Order:
    """Return an order to units with who leads, and with the level that has the case by now.

    `given` is who is responsible, and the lowest level that could hold the case.
    """
    unit, lowest = given
    if order.command is Command.ENGAGE:
        order = order._replace(unit=unit)
    return order._replace(depth=facts.depth) if facts.depth < lowest else order


def _responsible(
    past: Past, life: Life, facts: Facts, update: Update
) -> tuple[str | None, str]:
    """Return who is to handle a case and what is noted: who gives no unit leaves it to the desk."""
    if update.command is Command.ENGAGE:
        return lead_of(facts.unit, update), update.note
    matter = past.matters.get(life.matter)
    if update.unit is not None or matter is None:
        return update.unit, update.note
    cell = facts.cell
    if facts.marks & Mark.ESCALATED:
        cell = past.desk.holder_at(cell, facts.depth)
    asked = Asked(matter, cell, life.channel, life.title, life.description)
    found, reason = past.desk.decide(asked)
    return found.code if found else None, joined(reason, update.note)


def _case_row(past: Past, case_id: int, life: Life, told: Sequence[Entry]) -> tuple[Any, ...]:
    facts = told[-1].after
    set_by_moves = columns(facts)
    ended = _ended(told) if facts.state in ENDS else None
    near = None
    if facts.state in OPEN and life.lng is not None and life.lat is not None:
        near = bucket(life.lng, life.lat)
    return (
        case_id, past.source, life.external_id, life.channel, life.matter or None, life.title,
        life.description, life.lng, life.lat, life.at, life.at, *set_by_moves.values(), len(told),
        past.desk.versions.get(life.matter), ended, _rating(life) if ended else None, near,
    )  # fmt: skip


def _ended(told: Sequence[Entry]) -> Millis:
    """Return when a case was closed the last time."""
    return next(entry.at for entry in reversed(told) if entry.command is Command.CLOSE)


def _rating(life: Life) -> int | None:
    """Return how a case was rated since it was closed the last time."""
    since = takewhile(lambda update: update.command is not Command.CLOSE, reversed(life.updates))
    return next((update.rating for update in since if update.command is Command.RATE), None)


def _part_rows(past: Past, life: Life, told: Sequence[Entry]) -> list[tuple[Any, ...]]:
    """Return the parts of a cross case that is with its units, or was until it ended."""
    rows: dict[str, dict[str, Any]] = {}
    for update, entry in zip(life.updates, told[1:], strict=True):
        if update.command is Command.ENGAGE:
            rows = _engaged(past, life, update, entry) | rows
            for unit, row in rows.items():
                row["is_lead"] = unit == entry.after.unit
        elif update.command in BACK:
            rows = {}
        elif update.command in PARTS:
            is_done = update.command is Command.PART_DONE
            _go_on(rows.get(update.unit or ""), update.at, is_done)
        elif update.command is Command.TAKE_UP:
            lead = rows.get(entry.after.unit or "")
            if lead and lead["state"] == PartState.CALLED.value:
                _go_on(lead, update.at, is_done=False)
    return [tuple(row[name] for name in PART_COLUMNS) for row in rows.values()]


def _engaged(past: Past, life: Life, update: Update, entry: Entry) -> dict[str, dict[str, Any]]:
    before = entry.before or entry.after
    asked = Given(past.matters.get(life.matter), deadline=update.due)
    due = part_due(past.desk, before, entry.after, update.at, asked)
    return {
        unit: {
            "case_id": entry.case_id, "unit": unit, "is_lead": False, "task": update.note,
            "state": PartState.CALLED.value, "since": update.at, "due": due, "done_at": None,
            "note": "",
        }
        for unit in units_of(before.unit, update)
    }  # fmt: skip


def _go_on(row: dict[str, Any] | None, at: Millis, is_done: bool) -> None:
    if row is not None:
        state = PartState.DONE if is_done else PartState.ACTING
        row.update(state=state.value, since=at, done_at=at if is_done else None)
