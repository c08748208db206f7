"""Inspections by the rules alone: when a deed counts, what it needs, how a route is thinned."""

from itertools import pairwise, permutations
from random import Random

import pytest

from commandcenter.domain.clocks import DAY, HOUR, MINUTE, SECOND
from commandcenter.domain.inspections import (
    MOST_POINTS,
    NEAREST_METRES,
    Deed,
    InspectionAct,
    InspectionState,
    Point,
    Span,
    check,
    done_at,
    ended_at,
    length,
    metres,
    require,
    started_at,
    state_of,
    thinned,
)
from commandcenter.domain.rights import RIGHTS, Right
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.errors import Forbidden, IllegalMove, Invalid

A = InspectionAct
NOW = 1_767_578_400_000
STARTED = NOW - HOUR
METRE = 1 / 111_195
"""A metre in degrees of latitude."""


def north(at: int, far: float) -> Point:
    """A point so many metres north of the first one."""
    return Point(at, 113.6, 34.7 + far * METRE, 7)


def test_who_may_inspect_is_who_has_the_right() -> None:
    for role in Role:
        viewer = Viewer("x", "1", 0, 9, Clearance.STAFF, role=role)
        if role in RIGHTS[Right.INSPECT]:
            require(viewer)
        else:
            with pytest.raises(Forbidden, match="leader"):
                require(viewer)


def test_a_deed_counts_when_it_was_done_however_late_it_is_heard() -> None:
    ended = Span(STARTED, NOW - 10 * MINUTE)
    assert done_at(Span(STARTED), A.NOTE, NOW - MINUTE, NOW) == NOW - MINUTE
    assert done_at(ended, A.NOTE, NOW - 20 * MINUTE, NOW) == NOW - 20 * MINUTE
    assert done_at(ended, A.VISIT, NOW - 10 * MINUTE, NOW + 3 * DAY) == NOW - 10 * MINUTE


def test_clocks_that_differ_a_little_are_put_right() -> None:
    assert done_at(Span(STARTED), A.VISIT, STARTED - 90 * SECOND, NOW) == STARTED
    assert done_at(Span(STARTED), A.VISIT, NOW + 90 * SECOND, NOW) == NOW
    assert started_at(NOW + 90 * SECOND, NOW) == NOW


@pytest.mark.parametrize(
    ("span", "act", "at", "refusal", "words"),
    [
        (Span(STARTED), A.NOTE, STARTED - HOUR, Invalid, "before the start"),
        (Span(STARTED), A.NOTE, NOW + HOUR, Invalid, "future"),
        (Span(STARTED - 9 * DAY), A.NOTE, NOW - 8 * DAY, Invalid, "days later"),
        (Span(STARTED, NOW - MINUTE), A.NOTE, NOW, IllegalMove, "had ended"),
        (Span(STARTED, NOW), A.END, NOW, IllegalMove, "ended already"),
    ],
)
def test_what_lies_out_of_its_time_is_refused_with_words(
    span: Span, act: InspectionAct, at: int, refusal: type[Exception], words: str
) -> None:
    with pytest.raises(refusal, match=words):
        done_at(span, act, at, NOW)


def test_an_inspection_ends_no_sooner_than_what_was_done_in_it() -> None:
    assert ended_at(NOW, []) == NOW
    assert ended_at(NOW, [NOW - MINUTE, NOW + MINUTE]) == NOW + MINUTE


@pytest.mark.parametrize(
    ("deed", "field"),
    [
        (Deed(A.VISIT, NOW), "cell"),
        (Deed(A.NOTE, NOW), "text"),
        (Deed(A.FIND, NOW), "case"),
        (Deed(A.ROUTE, NOW), "points"),
        (Deed(A.NOTE, NOW, photos=tuple(range(11))), "photos"),
    ],
)
def test_a_deed_that_lacks_what_it_is_about_says_what(deed: Deed, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check(deed)
    assert refused.value.field == field


def test_a_photo_alone_is_a_note_and_an_end_needs_no_words() -> None:
    check(Deed(A.NOTE, NOW, photos=(1,)))
    check(Deed(A.END, NOW))


def test_an_inspection_is_followed_until_nothing_it_found_is_open() -> None:
    assert state_of(Span(STARTED), 0) is InspectionState.RUNNING
    assert state_of(Span(STARTED, NOW), 2) is InspectionState.FOLLOWED
    assert state_of(Span(STARTED, NOW), 0) is InspectionState.SETTLED


def test_metres_are_metres() -> None:
    assert metres(north(0, 0), north(1, 250)) == pytest.approx(250, rel=1e-3)
    assert length([north(0, 0), north(1, 250), north(2, 100)]) == pytest.approx(400, rel=1e-3)


def test_points_of_a_route_are_at_least_twenty_metres_apart() -> None:
    route = thinned(north(at, 3.0 * at) for at in range(200))
    assert all(metres(one, other) >= NEAREST_METRES for one, other in pairwise(route))
    assert len(route) == pytest.approx(600 / 21, abs=2)


def test_a_route_is_the_same_in_whatever_order_its_points_come() -> None:
    points = [north(at, 40.0 * at) for at in range(4)]
    assert len({thinned(order) for order in permutations(points)}) == 1
    late = thinned([*thinned(points[::2]), *points[1::2]])
    assert late == thinned(points) == thinned([*points, *points])


def test_a_route_never_has_more_points_than_are_kept() -> None:
    random = Random(7)
    points = [north(at, random.uniform(0, 90_000)) for at in range(4 * MOST_POINTS)]
    route = thinned(points)
    assert 0 < len(route) <= MOST_POINTS
    assert list(route) == sorted(route)
