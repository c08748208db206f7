"""Inspections (巡查): somebody goes out, visits cells, notes, finds cases, and ends with a summary.

Acts carry the time of who acts and may be heard later, in any order: what was done before the end
counts, whenever it is heard of.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple

from commandcenter.domain.clocks import DAY, MINUTE, Millis
from commandcenter.domain.rights import Right, named
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import Forbidden, IllegalMove, Invalid


class InspectionState(StrEnum):
    """Where an inspection stands."""

    RUNNING = "running"
    FOLLOWED = "followed"
    """Ended, and cases that it found are open."""
    SETTLED = "settled"
    """Ended, and nothing that it found is open any more."""


class InspectionAct(StrEnum):
    """What is done in an inspection; `start` comes with the inspection itself."""

    START = "start"
    VISIT = "visit"
    NOTE = "note"
    FIND = "find"
    ROUTE = "route"
    """Says nothing but where one has been."""
    END = "end"


SKEW: Millis = 2 * MINUTE
"""By so much the clock of a tablet may differ from the server's."""
LATEST: Millis = 7 * DAY
"""So long after it was done an act is still taken."""
MOST_ACTS = 2000
MOST_PHOTOS = 10
MOST_POINTS = 1000
NEAREST_METRES = 20.0
"""Points of a route are at least so far apart."""
EARTH_METRES = 6_371_000.0


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody does in an inspection, at `at` by the own clock.

    `cell` is the position of the place, None for where one is. The same `key` is the same deed.
    """

    act: InspectionAct
    at: Millis
    cell: int | None = None
    lng: float | None = None
    lat: float | None = None
    text: str = ""
    case_id: int | None = None
    photos: tuple[int, ...] = ()
    points: tuple["Point", ...] = ()
    key: str | None = None


class Point(NamedTuple):
    """Where somebody was at an instant; `cell` is the position of the cell around it."""

    at: Millis
    lng: float
    lat: float
    cell: int


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when an inspection lasts; without an end it runs."""

    started_at: Millis
    ended_at: Millis | None = None


def require(viewer: Viewer) -> None:
    """Raise Forbidden for who may not inspect."""
    if not viewer.may(Right.INSPECT):
        raise Forbidden(f"an inspection is made by a {' or '.join(named(Right.INSPECT))}")


def started_at(at: Millis, now: Millis) -> Millis:
    """Return when an inspection begins whose start is heard of at `now`; raises Invalid."""
    _check_heard(at, now)
    return min(at, now)


def done_at(span: Span, act: InspectionAct, at: Millis, now: Millis) -> Millis:
    """Return when a deed counts as done; raises Invalid or IllegalMove for one out of its time.

    What lies before the start or in the future by no more than clocks differ is put right.
    """
    _check_heard(at, now)
    at = min(at, now)
    if at < span.started_at - SKEW:
        raise Invalid("lies before the start of the inspection", "at")
    at = max(at, span.started_at)
    if span.ended_at is None:
        return at
    if act is InspectionAct.END:
        raise IllegalMove("the inspection has ended already")
    if at > span.ended_at:
        raise IllegalMove("the inspection had ended before: start another one")
    return at


def _check_heard(at: Millis, now: Millis) -> None:
    if at > now + SKEW:
        raise Invalid("lies in the future: set the clock of the device", "at")
    if at < now - LATEST:
        raise Invalid(f"is heard of more than {LATEST // DAY} days later", "at")


def ended_at(at: Millis, others: Iterable[Millis]) -> Millis:
    """Return when an inspection ends: not before anything that was done in it."""
    return max([at, *others])


def check(deed: Deed) -> None:
    """Raise Invalid for a deed that lacks what it is about."""
    needs = {
        InspectionAct.VISIT: (deed.cell is not None, "name the cell that is visited", "cell"),
        InspectionAct.NOTE: (bool(deed.text or deed.photos), "write a note or add a photo", "text"),
        InspectionAct.FIND: (deed.case_id is not None, "name the case that was found", "case"),
        InspectionAct.ROUTE: (bool(deed.points), "give the points of the route", "points"),
    }
    is_given, message, field = needs.get(deed.act, (True, "", ""))
    if not is_given:
        raise Invalid(message, field)
    if len(deed.photos) > MOST_PHOTOS:
        raise Invalid(f"add at most {MOST_PHOTOS} photos to one act", "photos")


def state_of(span: Span, open_findings: int) -> InspectionState:
    """Return where an inspection stands."""
    if span.ended_at is None:
        return InspectionState.RUNNING
    return InspectionState.FOLLOWED if open_findings else InspectionState.SETTLED


def metres(one: Point, other: Point) -> float:
    """Return how far two points are apart on the ground (haversine)."""
    low, high = radians(one.lat), radians(other.lat)
    across = sin((high - low) / 2) ** 2
    along = sin(radians(other.lng - one.lng) / 2) ** 2
    return 2 * EARTH_METRES * asin(sqrt(min(1.0, across + cos(low) * cos(high) * along)))


def length(route: Sequence[Point]) -> float:
    """Return how long a route is, in metres."""
    return sum(metres(one, other) for one, other in pairwise(route))


def thinned(points: Iterable[Point], most: int = MOST_POINTS) -> tuple[Point, ...]:
    """Return points in order of time, at least 20 m apart and never more than `most`.

    A route that is too long for that has its points farther apart.
    """
    ordered = sorted(set(points))
    apart = NEAREST_METRES
    while True:
        kept = _spread(ordered, apart)
        if len(kept) <= most:
            return tuple(kept)
        apart *= 2


def _spread(ordered: Sequence[Point], apart: float) -> list[Point]:
    kept: list[Point] = []
    for point in ordered:
        if not kept or metres(kept[-1], point) >= apart:
            kept.append(point)
    return kept
