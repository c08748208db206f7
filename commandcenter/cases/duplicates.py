"""The same thing reported twice: found among the open cases nearby when a report comes in.

A case bears the number of its bucket of place in `near` while it is open, and the index on it holds
no others: what is looked at does not grow with the history.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import cos, radians
from typing import NamedTuple, Protocol

import orjson
from sqlalchemy import Connection, insert, select, update

from commandcenter.domain.clocks import DAY, Millis
from commandcenter.domain.likeness import (
    REACH_DEGREES,
    Alike,
    Likeness,
    Told,
    Verdict,
    bucket,
    buckets_within_reach,
    is_default_point,
)
from commandcenter.store.desk_tables import likely
from commandcenter.store.tables import cases

NEWEST = 25
"""So many open cases of a bucket are compared, the newest: a place where thousands are reported
costs no more than another one."""
OFFERED = 3
"""The desk is shown so many likely ones of a case at most."""


class Found(NamedTuple):
    """An open case that a new report is like."""

    case_id: int
    alike: Alike
    at: Millis
    """When the new one came."""

    @property
    def note(self) -> str:
        """Why a report is merged into the case, in words."""
        return f"与案件 {self.case_id} 为同一问题：{self.alike.reason()}"


class Finding(NamedTuple):
    """What is known of a new report: merged into one case, or likely the same as some."""

    master: Found | None
    likely: tuple[Found, ...]


class Placed(NamedTuple):
    """A report that is compared, its bucket and those around it; None is compared with nothing."""

    told: Told | None
    around: tuple[int, ...]
    bucket: int | None


NOTHING = Finding(None, ())
NOWHERE = Placed(None, (), None)
SURELY = 0.97
"""What is so much alike is not compared with more."""


class Stated(Protocol):
    """Where and in which words something was reported: a report, or a case's row."""

    @property
    def lng(self) -> float | None:
        """Degrees east."""

    @property
    def lat(self) -> float | None:
        """Degrees north."""

    @property
    def title(self) -> str:
        """In a few words."""

    @property
    def description(self) -> str:
        """In more words."""


def told(
    likeness: Likeness, stated: Stated, cell: int, matter: str | None, at: Millis
) -> Told | None:
    """Return what is compared of a report; None for what has no place or is each one's own."""
    place = likeness.place(stated.lng, stated.lat, cell)
    if place is None or matter in likeness.thresholds.own:
        return None
    exact = stated.lng is not None and stated.lat is not None
    return Told(*place, cell, matter, at, stated.title, stated.description, exact)


def near(report: Told | None) -> int | None:
    """Return the bucket of a case that is open."""
    return None if report is None else bucket(report.lng, report.lat)


def place_again(connection: Connection, case_ids: Sequence[int]) -> None:
    """Put cases that are open again, with a point of their own, among those that are looked at."""
    if not case_ids:
        return
    pointed = select(cases.c.id, cases.c.lng, cases.c.lat).where(
        cases.c.id.in_(case_ids), cases.c.lng.is_not(None), cases.c.lat.is_not(None)
    )
    for row in connection.execute(pointed).all():
        number = bucket(row.lng, row.lat)
        connection.execute(update(cases).where(cases.c.id == row.id).values(near=number))


def placed(report: Told | None) -> Placed:
    """Return a report with the buckets in which what it may repeat lies."""
    if report is None:
        return NOWHERE
    around = tuple(buckets_within_reach(report.lng, report.lat))
    return Placed(report, around, bucket(report.lng, report.lat))


def look(connection: Connection, likeness: Likeness, asked: Sequence[Placed]) -> list[Finding]:
    """Return for each report what it is like among the open cases; one query for all.

    A case that a report is to be merged into is kept open until the transaction ends.
    """
    reports = [each.told for each in asked]
    since = max((r.at for r in reports if r is not None), default=0)
    since -= round(likeness.thresholds.days * DAY)
    rows = candidates(connection, asked, since)
    if not rows:
        return [NOTHING] * len(reports)
    found = [
        NOTHING if report is None else _weigh(likeness, report, rows.get(index, ()))
        for index, report in enumerate(reports)
    ]
    return _hold(connection, found)


def divided(asked: Sequence[Placed]) -> tuple[list[int], list[int]]:
    """Return the indices of reports that nothing before them in the list is near, and the others.

    The others are looked at when the first ones are stored.
    """
    taken: set[int] = set()
    first, second = [], []
    for index, (_, around, own) in enumerate(asked):
        if own is None:
            first.append(index)
        elif taken.isdisjoint(around):
            first.append(index)
            taken.add(own)
        else:
            second.append(index)
    return first, second


def keep(connection: Connection, found: Mapping[int, Finding]) -> None:
    """Write what new cases are likely the same as, by the case's id."""
    rows = [
        {"case_id": case_id, "other_id": other.case_id, "score": round(other.alike.score, 3),
         "reason": other.alike.reason(), "found_at": other.at}
        for case_id, finding in found.items() for other in finding.likely
    ]  # fmt: skip
    if rows:
        connection.execute(insert(likely), rows)


COLUMNS = "c.id, c.lng, c.lat, c.cell, c.matter, c.reported_at, c.title, c.description"
WITHIN = (
    "(c.lat IS NULL OR c.lat BETWEEN x.south AND x.north AND c.lng BETWEEN x.west AND x.east)"
)
CANDIDATES = {
    "postgresql": (
        f"SELECT x.asked, {COLUMNS} FROM json_to_recordset(%s::json) AS x(asked integer, "
        "nears bigint[], west float8, south float8, east float8, north float8) "
        "CROSS JOIN LATERAL unnest(x.nears) AS around(near) CROSS JOIN LATERAL "
        "(SELECT * FROM cases WHERE near = around.near AND reported_at >= %s "
        f"ORDER BY reported_at DESC LIMIT {NEWEST}) AS c WHERE {WITHIN}"
    ),
    "sqlite": (
        "WITH x AS MATERIALIZED (SELECT r.value ->> 'asked' AS asked, n.value AS near, "
        "r.value ->> 'west' AS west, r.value ->> 'south' AS south, r.value ->> 'east' AS east, "
        "r.value ->> 'north' AS north FROM json_each(?) r, json_each(r.value, '$.nears') n) "
        f"SELECT x.asked, {COLUMNS} FROM x CROSS JOIN cases AS c ON c.id IN "
        "(SELECT id FROM cases WHERE near = x.near AND near IS NOT NULL AND reported_at >= ? "
        f"ORDER BY reported_at DESC LIMIT {NEWEST}) WHERE {WITHIN}"
    ),
}
"""The newest open cases of each bucket, each looked up in the index; most lie out of reach."""
UNTIL = {"postgresql": (">= %s", ">= %s AND reported_at <= %s"),
         "sqlite": (">= ?", ">= ? AND reported_at <= ?")}  # fmt: skip
"""How the same is asked with an end: intake has none to give."""


class Candidate(NamedTuple):
    """An open case that a report may repeat."""

    id: int
    lng: float | None
    lat: float | None
    cell: int
    matter: str | None
    reported_at: Millis
    title: str
    description: str


def candidates(
    connection: Connection, asked: Sequence[Placed], since: Millis, until: Millis | None = None
) -> dict[int, list[Candidate]]:
    """Return the open cases that each report may repeat, by its index, reported in that time."""
    around = []
    for index, (report, buckets, _) in enumerate(asked):
        if report is not None:
            lng, lat = report.lng, report.lat
            wide = REACH_DEGREES / max(0.01, cos(radians(lat)))
            around.append({
                "asked": index, "nears": buckets, "west": lng - wide, "south": lat - REACH_DEGREES,
                "east": lng + wide, "north": lat + REACH_DEGREES,
            })  # fmt: skip
    if not around:
        return {}
    found: dict[int, list[Candidate]] = defaultdict(list)
    dialect = connection.dialect.name
    query, ends = CANDIDATES[dialect], () if until is None else (until,)
    if ends:
        query = query.replace(*UNTIL[dialect])
    given = (orjson.dumps(around).decode(), since, *ends)
    for index, *row in connection.exec_driver_sql(query, given).all():
        found[index].append(Candidate(*row))
    return found


def _weigh(likeness: Likeness, report: Told, rows: Iterable[Candidate]) -> Finding:
    found, here = [], []
    for row in rows:
        if row.lat == report.lat and row.lng == report.lng:
            here.append(f"{row.title} {row.description}")
        if not likeness.may_be_alike(report.matter, row.matter):
            continue
        other = told(likeness, row, row.cell, row.matter, row.reported_at)
        if other is not None and (alike := likeness.compare(report, other)) is not None:
            found.append(Found(row.id, alike, report.at))
            if alike.score >= SURELY and not here:
                break
    if not found or is_default_point(here):
        return NOTHING
    # Of equally like ones the oldest case is the master.
    found.sort(key=lambda each: (-each.alike.score, each.case_id))
    verdict = likeness.thresholds.verdict
    if verdict(found[0].alike.score) is Verdict.SAME:
        return Finding(found[0], ())
    offered = [each for each in found if verdict(each.alike.score) is Verdict.LIKELY]
    return Finding(None, tuple(offered[:OFFERED]))


def _hold(connection: Connection, found: list[Finding]) -> list[Finding]:
    """Keep masters open until the transaction ends; what has ended by now is a master no more."""
    if connection.dialect.name != "postgresql":
        return found  # nobody else writes
    masters = {finding.master.case_id for finding in found if finding.master is not None}
    if not masters:
        return found
    query = (
        select(cases.c.id)
        .where(cases.c.id.in_(masters), cases.c.near.is_not(None))
        .order_by(cases.c.id)
        .with_for_update(read=True)
    )
    standing = set(connection.execute(query).scalars())
    return [
        NOTHING if f.master is not None and f.master.case_id not in standing else f for f in found
    ]
