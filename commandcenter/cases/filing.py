"""New cases: inserted once per source and external id, with their first moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import count
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection

from commandcenter.cases import duplicates
from commandcenter.cases.duplicates import NOTHING, Finding, Placed
from commandcenter.cases.rows import columns
from commandcenter.domain.cases import OPEN, Command, Facts, Mark, Order, move
from commandcenter.domain.clocks import Clock, Millis, millis
from commandcenter.domain.desk import Desk, Given, in_time
from commandcenter.domain.likeness import Likeness, Told
from commandcenter.domain.matters import Matter
from commandcenter.domain.routing import Asked
from commandcenter.domain.terms import reversed_number
from commandcenter.domain.viewers import Viewer
from commandcenter.host.reports import Report
from commandcenter.store.bulk import insert_json, insert_rows, next_id
from commandcenter.store.log import Entry, append
from commandcenter.store.tables import cases


@dataclass(frozen=True, slots=True)
class NewCase:
    """A checked report with its place in the tree; `at` is when it was received.

    `by_rule` says that it is filed at once, and dispatched if its matter dispatches itself; `note`
    why it has its matter, where it did not name it.
    """

    report: Report
    cell: int
    matter: Matter | None
    at: Millis
    by_rule: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Life:
    """A new case with its first moves, its bucket of place, and what it is like."""

    case: NewCase
    moves: "list[_Move]"
    near: int | None
    finding: Finding
    matter_version: int | None


Known = dict[tuple[str, str], int]


def insert(
    connection: Connection,
    viewer: Viewer,
    desk: Desk,
    fresh: Sequence[NewCase],
    likeness: Likeness | None = None,
) -> list[tuple[int, bool]]:
    """Insert cases; return for each its id and whether it is new.

    What the source has sent before keeps the id it had and is not touched. With `likeness` what
    comes in by rule is compared with the open cases nearby, and with what comes in the same list.
    """
    told, keys = [_told(likeness, case) for case in fresh], list(map(_key, fresh))
    opening = cache(partial(_Opening.at, desk))
    compared = [
        duplicates.placed(each if case.by_rule else None)
        for each, case in zip(told, fresh, strict=True)
    ]
    lives: dict[int, _Life] = {}
    made: Known = {}
    for part in duplicates.divided(compared):
        found = _look(connection, likeness, [compared[index] for index in part])
        for index, finding in zip(part, found, strict=True):
            case = fresh[index]
            version = desk.versions.get(case.matter.code) if case.matter else None
            steps = _first_moves(desk, opening(case.at), case, finding)
            near = compared[index].bucket if case.by_rule else duplicates.near(told[index])
            lives[index] = _Life(case, steps, near, finding, version)
        made |= _insert_rows(connection, [_row(lives[index]) for index in part])
    known = made | find_ids(connection, {key for key in keys if key not in made})
    entries, answers, seen = [], [], set()
    likely: dict[int, Finding] = {}
    for index, (key, case) in enumerate(zip(keys, fresh, strict=True)):
        life = lives[index]
        is_new = key in made and key not in seen
        seen.add(key)
        answers.append((known[key], is_new))
        if is_new:
            entries += _entries(viewer, known[key], case, life.moves)
            likely[known[key]] = life.finding
    duplicates.keep(connection, likely)
    append(connection, entries)
    return answers


def _told(likeness: Likeness | None, case: NewCase) -> Told | None:
    if likeness is None:
        return None
    matter = case.matter.code if case.matter else None
    return duplicates.told(likeness, case.report, case.cell, matter, case.at)


def _look(
    connection: Connection, likeness: Likeness | None, asked: Sequence[Placed]
) -> list[Finding]:
    if likeness is None:
        return [NOTHING] * len(asked)
    return duplicates.look(connection, likeness, asked)


class _Move(NamedTuple):
    command: Command
    before: Facts | None
    after: Facts
    note: str = ""


class _Opening(NamedTuple):
    """How cases begin that were received at one instant: most of a list's."""

    clock: Clock
    file: Order
    merge: Order

    @classmethod
    def at(cls, desk: Desk, at: Millis) -> "_Opening":
        """Return what the desk says for an instant."""
        file, merge = desk.order(Command.FILE, at), desk.order(Command.MERGE, at)
        return cls(desk.filing_clock(at), file, merge)


def _first_moves(desk: Desk, opening: _Opening, case: NewCase, finding: Finding) -> list[_Move]:
    """Return the moves that are made at once.

    What is likely a duplicate is filed and not dispatched: two units would be sent to one thing.
    """
    reported = desk.report(case.cell, case.at, opening.clock)
    if finding.likely:
        reported = reported._replace(marks=reported.marks | Mark.LIKELY)
    matter, report = case.matter, case.report
    is_filed = case.by_rule and matter is not None and finding.master is None
    life = [_Move(Command.REPORT, None, reported, "" if is_filed else case.note)]
    if finding.master is not None:
        merged = move(reported, opening.merge)
        return [*life, _Move(Command.MERGE, reported, merged, finding.master.note)]
    if not case.by_rule or matter is None:
        return life
    filed = move(reported, opening.file)
    life.append(_Move(Command.FILE, reported, filed, case.note))
    if not matter.dispatches_itself or finding.likely:
        return life
    asked = Asked(matter, case.cell, report.channel, report.title, report.description)
    unit, note = desk.decide(asked)
    if unit is not None:
        order = desk.order(Command.DISPATCH, case.at, Given(matter, unit.code, facts=filed))
        life.append(_Move(Command.DISPATCH, filed, move(filed, order), note))
    return life


def _entries(viewer: Viewer, case_id: int, case: NewCase, life: list[_Move]) -> list[Entry]:
    actors = {Command.REPORT: viewer.name}
    return [
        Entry(
            case_id, command, case.at, actors.get(command, "rule"), case.report.channel,
            None if before is None else in_time(before, command, case.at), before, after, note,
        )
        for command, before, after, note in life
    ]  # fmt: skip


def _row(life: _Life) -> dict[str, Any]:
    case, facts, master = life.case, life.moves[-1].after, life.finding.master
    report = case.report
    reporter = report.reporter
    return {
        "source": report.source,
        "external_id": report.external_id,
        "channel": report.channel,
        "matter": case.matter.code if case.matter else None,
        "matter_version": life.matter_version,
        "title": report.title,
        "description": report.description,
        "reporter_name": reporter.name if reporter else None,
        "reporter_phone": reporter.phone if reporter else None,
        "phone_reversed": reversed_number(reporter.phone) if reporter else None,
        "attachments": list(report.attachments) or None,
        "lng": report.lng,
        "lat": report.lat,
        "occurred_at": millis(report.occurred_at),
        "reported_at": case.at,
        "version": 1,
        "merged_into": master.case_id if master else None,
        "near": life.near if facts.state in OPEN else None,
        **columns(facts),
    }


def _key(case: NewCase) -> tuple[str, str]:
    return case.report.source, case.report.external_id


def _insert_rows(connection: Connection, rows: list[dict[str, Any]]) -> dict[tuple[str, str], int]:
    """Insert rows whose source and external id are new; return the ids they got."""
    if not rows:
        return {}
    # Senders of the same cases wait for each other's rows: in one order they cannot deadlock.
    rows = sorted(rows, key=lambda row: (row["source"], row["external_id"]))
    if connection.dialect.name == "postgresql":
        # One parameter, whatever the number of rows: thousands of them take longer to be read.
        returned = connection.exec_driver_sql(INSERT_JSON, (orjson.dumps(rows).decode(),))
        return {(source, external): case_id for case_id, source, external in returned}
    return _insert_numbered(connection, rows)


def _insert_numbered(connection: Connection, rows: list[dict[str, Any]]) -> Known:
    """Do so on SQLite, where nobody else writes meanwhile and numbers can be foretold."""
    named = {(row["source"], row["external_id"]): row for row in reversed(rows)}
    fresh = sorted(named.keys() - find_ids(connection, set(named)).keys())
    made = dict(zip(fresh, count(next_id(connection, cases)), strict=False))
    insert_rows(connection, cases, ("id", *rows[0]), [
        (number, *(orjson.dumps(v).decode() if type(v) is list else v for v in named[key].values()))
        for key, number in made.items()
    ])  # fmt: skip
    return made


INSERT_JSON = (
    insert_json(cases, [column.name for column in cases.columns if column.name != "id"])
    + " ON CONFLICT (source, external_id) DO NOTHING RETURNING id, source, external_id"
)
FIND_JSON = {
    "postgresql": (
        "SELECT source, external_id, cases.id FROM json_to_recordset(%s::json) "
        "AS x(source varchar, external_id varchar) JOIN cases USING (source, external_id)"
    ),
    "sqlite": (
        "SELECT source, external_id, cases.id FROM json_each(?) AS x CROSS JOIN cases "
        "ON source = json_extract(x.value, '$.source') "
        "AND external_id = json_extract(x.value, '$.external_id')"
    ),
}
"""Looks each key up in the index, in a statement that is the same for any number of keys."""


def find_ids(connection: Connection, keys: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Return the ids of cases by source and external id; unknown ones are missing."""
    if not keys:
        return {}
    asked = [{"source": source, "external_id": external} for source, external in sorted(keys)]
    found = connection.exec_driver_sql(
        FIND_JSON[connection.dialect.name], (orjson.dumps(asked).decode(),)
    )
    return {(source, external): case_id for source, external, case_id in found}
