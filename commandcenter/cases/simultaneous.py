"""Reports of one thing that came at the same moment: compared when the log tells of them.

Intake sees what was committed before it looked. What it could not see is found here afterwards, in
the order of the log: of two cases the one whose report is read last sees the other, whichever
committed first. Only neighbours reported within WINDOW of one another are compared, which no two
transactions that missed each other exceed; so what was judged long ago is not judged again.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import Connection, select, update

from commandcenter.cases import duplicates, held
from commandcenter.cases.commands import execute
from commandcenter.cases.duplicates import OFFERED, Candidate, Finding, Found, Placed
from commandcenter.cases.held import Held
from commandcenter.cases.instructions import Instruction
from commandcenter.domain.cases import OPEN, WAITING, Command, Mark
from commandcenter.domain.clocks import DAY, MINUTE, Millis
from commandcenter.domain.desk import Desk
from commandcenter.domain.likeness import Likeness, Told, Verdict, is_default_point
from commandcenter.domain.matters import Matter
from commandcenter.domain.viewers import Viewer
from commandcenter.store.bulk import among
from commandcenter.store.desk_tables import likely
from commandcenter.store.log import last_seq
from commandcenter.store.settings import set_setting, setting
from commandcenter.store.tables import cases, moves, settings

MARK = "compared"
"""The setting that says up to which move reports have been compared."""
WINDOW = 15 * MINUTE
"""Longer than any write transaction lives."""
READ_MOVES = 2000
RULE = "rule"

Pairs = dict[int, list[Found]]
"""What cases are like, by the case that came later."""


class Batch(NamedTuple):
    """What the log told of next: up to which move, and which cases are like others."""

    before: str | None
    after: int
    pairs: Pairs


@dataclass(frozen=True, slots=True)
class Rules:
    """What cases are compared and merged by."""

    likeness: Likeness
    desk: Desk
    matters: Mapping[str, Matter]


def upcoming(connection: Connection, likeness: Likeness, limit: int = READ_MOVES) -> Batch | None:
    """Return what the log tells of next, None with nothing left; begins with its end."""
    mark = setting(connection, MARK)
    if mark is None:
        return Batch(None, last_seq(connection), {})
    columns = (moves.c.seq, moves.c.case_id, moves.c.command)
    query = select(*columns).where(moves.c.seq > int(mark)).order_by(moves.c.seq).limit(limit)
    told = connection.execute(query).all()
    if not told:
        return None
    pairs: Pairs = defaultdict(list)
    for part in _spans(_taken_in(connection, told)):
        _pair(connection, likeness, part, pairs)
    return Batch(mark, told[-1].seq, _unsettled(connection, likeness, pairs))


def settle(
    connection: Connection, viewer: Viewer, rules: Rules, batch: Batch, now: Millis
) -> bool:
    """Merge or offer what was found; False, and nothing written, where another was quicker."""
    if not _claim(connection, batch):
        return False
    ids = set(batch.pairs) | {each.case_id for each in chain.from_iterable(batch.pairs.values())}
    known, asked = held.lock(connection, ids, False), _asked(connection, batch.pairs)
    wanted: list[Instruction] = []
    offered: dict[int, Finding] = {}
    into: dict[int, int] = {}
    for case_id in sorted(batch.pairs):
        found = _still(batch.pairs[case_id], into, known)
        found = [each for each in found if (case_id, each.case_id) not in asked]
        case = known.get(case_id)
        if not found or case is None or case.facts.state not in OPEN:
            continue
        at = max(now, found[0].at)
        if _is_same(rules.likeness, found[0]) and case.facts.state in WAITING:
            wanted.append(_merge(case_id, found[0], at))
            into[case_id] = found[0].case_id
        elif rules.likeness.thresholds.likely < 1:
            offered[case_id] = Finding(None, tuple(found[:OFFERED]))
            wanted += [] if case.facts.marks & Mark.LIKELY else [_offer(case_id, found[0], at)]
    duplicates.keep(connection, offered)
    execute(connection, viewer, rules.desk, rules.matters, wanted)
    return True


def _still(
    found: Iterable[Found], into: Mapping[int, int], known: Mapping[int, Held]
) -> list[Found]:
    """Return what a case is like that is open, or the cases that went into just now; each once."""
    left: dict[int, Found] = {}
    for each in found:
        master = into.get(each.case_id, each.case_id)
        case = known.get(master)
        if case is not None and case.facts.state in OPEN:
            left.setdefault(master, each._replace(case_id=master))
    return list(left.values())


def _merge(case_id: int, found: Found, at: Millis) -> Instruction:
    return Instruction(case_id, Command.MERGE, at, note=found.note, master=found.case_id)


def _offer(case_id: int, found: Found, at: Millis) -> Instruction:
    return Instruction(case_id, Command.LIKELY, at, note=found.alike.reason())


def _asked(connection: Connection, ids: Iterable[int]) -> set[tuple[int, int]]:
    """Return the pairs that the desk has been asked about."""
    pairs = select(likely.c.case_id, likely.c.other_id)
    query = pairs.where(among(connection, "likely.case_id", ids))
    return {(row.case_id, row.other_id) for row in connection.execute(query)}


def _taken_in(connection: Connection, told: Iterable[Any]) -> list[Candidate]:
    """Return the open ones of the new cases that intake has compared, in the order of time."""
    steps = (Command.REPORT.value, Command.FILE.value)
    told_of = {row.case_id for row in told if row.command in steps}
    if not told_of:
        return []
    return _by_rule(connection, told_of)


def _by_rule(connection: Connection, ids: Iterable[int]) -> list[Candidate]:
    """Return the open ones of cases that came by rule: they were filed so, or have no matter.

    What a replay tells has one, and waits for what the replay says next.
    """
    wanted = list(ids)
    filing = (moves.c.command == Command.FILE.value, moves.c.actor == RULE)
    steps = select(moves.c.case_id).where(among(connection, "moves.case_id", wanted), *filing)
    filed = set(connection.execute(steps).scalars())
    columns = [cases.c[name] for name in Candidate._fields]
    query = select(*columns).where(
        among(connection, "cases.id", wanted), cases.c.near.is_not(None)
    )
    rows = connection.execute(query.order_by(cases.c.reported_at, cases.c.id))
    found = (Candidate(*row) for row in rows)
    return [row for row in found if row.matter is None or row.id in filed]


def _spans(rows: Sequence[Candidate]) -> Iterator[list[Candidate]]:
    """Yield lists that lie within WINDOW each: what is looked up around one is bounded by it."""
    part: list[Candidate] = []
    for row in rows:
        if part and row.reported_at - part[0].reported_at > WINDOW:
            yield part
            part = []
        part.append(row)
    if part:
        yield part


def _pair(
    connection: Connection, likeness: Likeness, rows: Sequence[Candidate], pairs: Pairs
) -> None:
    """Add what cases are like of those reported at about the same time."""
    placed = [duplicates.placed(_told(likeness, row)) for row in rows]
    since, until = rows[0].reported_at - WINDOW, rows[-1].reported_at + WINDOW
    near = duplicates.candidates(connection, placed, since, until)
    for index, others in near.items():
        for other in others:
            found = _compare(likeness, rows[index], other)
            if found is not None and found[1] not in pairs[found[0]]:
                pairs[found[0]].append(found[1])


def _compare(likeness: Likeness, one: Candidate, other: Candidate) -> tuple[int, Found] | None:
    """Return which case came later and what it is like; one who looked later has a higher id."""
    apart = abs(one.reported_at - other.reported_at)
    if one.id == other.id or apart > WINDOW or not likeness.may_be_alike(one.matter, other.matter):
        return None
    first, second = sorted((one, other), key=lambda row: row.id)
    a, b = _told(likeness, second), _told(likeness, first)
    alike = likeness.compare(a, b) if a is not None and b is not None else None
    if alike is None or likeness.thresholds.verdict(alike.score) is Verdict.OTHER:
        return None
    return second.id, Found(first.id, alike, second.reported_at)


def _told(likeness: Likeness, row: Candidate) -> Told | None:
    return duplicates.told(likeness, row, row.cell, row.matter, row.reported_at)


def _unsettled(connection: Connection, likeness: Likeness, pairs: Pairs) -> Pairs:
    """Return the pairs of which nobody has said anything, the likeliest first."""
    found = {case_id: each for case_id, each in pairs.items() if each}
    if not found:
        return {}
    every = set(found) | {each.case_id for others in found.values() for each in others}
    by_rule = {row.id: row for row in _by_rule(connection, every)}
    parted = select(moves.c.case_id).where(
        among(connection, "moves.case_id", found),
        moves.c.command.in_([Command.UNMERGE.value, Command.DISTINCT.value]),
    )
    out = set(connection.execute(parted).scalars())
    later = [row for case_id, row in by_rule.items() if case_id in found]
    out |= _at_default_points(connection, likeness, later)
    left = {
        case_id: sorted(
            (each for each in others if each.case_id in by_rule),
            key=lambda each: (-each.alike.score, each.case_id),
        )
        for case_id, others in found.items() if case_id in by_rule and case_id not in out
    }  # fmt: skip
    return {case_id: others for case_id, others in left.items() if others}


def _at_default_points(
    connection: Connection, likeness: Likeness, rows: Sequence[Candidate]
) -> set[int]:
    """Return which cases lie at a point that is no place, by all that stands open there."""
    placed: list[Placed] = [duplicates.placed(_told(likeness, row)) for row in rows]
    since = rows[0].reported_at - round(likeness.thresholds.days * DAY) if rows else 0
    near = duplicates.candidates(connection, placed, since)
    return {
        row.id for index, row in enumerate(rows)
        if is_default_point([
            f"{other.title} {other.description}" for other in near.get(index, ())
            if other.id != row.id and (other.lng, other.lat) == (row.lng, row.lat)
        ])
    }  # fmt: skip


def _claim(connection: Connection, batch: Batch) -> bool:
    """Say how far the log is compared; of several workers one is the first."""
    if batch.before is None:
        set_setting(connection, MARK, str(batch.after))
        return True
    mine = (settings.c.key == MARK, settings.c.value == batch.before)
    said = connection.execute(update(settings).where(*mine).values(value=str(batch.after)))
    return said.rowcount == 1


def _is_same(likeness: Likeness, found: Found) -> bool:
    return likeness.thresholds.verdict(found.alike.score) is Verdict.SAME
