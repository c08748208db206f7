"""Two reports are the more alike the nearer, the sooner, the more of one matter and words."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.domain.cells import Cell, Tree
from commandcenter.domain.clocks import DAY, HOUR, Limit, Millis
from commandcenter.domain.likeness import (
    METRES_PER_DEGREE,
    REACH,
    Likeness,
    Thresholds,
    Told,
    Verdict,
    bucket,
    buckets_within_reach,
    is_default_point,
)
from commandcenter.domain.matters import Matter
from commandcenter.domain.text import Text

NOW: Millis = 1_767_578_400_000
TREE = Tree.of([Cell("z", "郑州", 0, None, 113.6, 34.7), Cell("z1", "一格", 1, "z", 113.61, 34.71)])


def matter(code: str, title: str, group: str, subgroup: str) -> Matter:
    names = Text(title, title), Text(group, group), Text(subgroup, subgroup)
    return Matter(code, *names, Limit.urgent_hours(2), "d", 1)


MATTERS = {
    each.code: each
    for each in (
        matter("cover", "井盖缺失", "部件", "公用设施"),
        matter("lamp", "路灯不亮", "部件", "公用设施"),
        matter("tree", "树木倒伏", "部件", "园林绿化"),
        matter("noise", "噪音扰民", "事件", "突发事件"),
    )
}
LIKE = Likeness(Thresholds(0.86, 0.0001), TREE, MATTERS, 0)
ONE = Told(113.65, 34.75, 1, "cover", NOW, "", "文化路东北角，已放路锥")


def north(told: Told, metres: float) -> Told:
    return told._replace(lat=told.lat + metres / METRES_PER_DEGREE)


def score(one: Told, other: Told) -> float:
    alike = LIKE.compare(one, other)
    return 0.0 if alike is None else alike.score


def test_the_same_report_is_the_same_and_never_quite_one() -> None:
    assert 0.99 < score(ONE, ONE) < 1
    assert LIKE.thresholds.verdict(score(ONE, ONE)) is Verdict.SAME
    assert Thresholds(1.0, 1.0).verdict(score(ONE, ONE)) is Verdict.OTHER


def falls(scores: list[float]) -> bool:
    return all(before > after for before, after in pairwise(scores))


def test_it_falls_with_distance_time_matter_and_words() -> None:
    assert falls([score(ONE, north(ONE, metres)) for metres in (5, 20, 40, 59, 61)])
    assert falls([score(ONE, ONE._replace(at=NOW + days * DAY)) for days in (0.5, 2, 10, 29)])
    matters = ("cover", "lamp", None, "tree", "noise")
    assert falls([score(ONE, ONE._replace(matter=code)) for code in matters])
    said = ("文化路东北角 已放路锥", "东北角文化路有路锥", "楼上漏水")
    assert falls([score(ONE, ONE._replace(description=words)) for words in said])


def test_other_numbers_speak_against_it_and_the_same_for_it() -> None:
    def at(number: int) -> Told:
        return ONE._replace(description=f"{number}号楼前")

    assert score(at(3), at(7)) < 0.6 < score(at(3), at(3))


def test_a_report_that_says_no_more_than_its_matter_is_held_for_neither_alike_nor_other() -> None:
    assert LIKE.said("cover", "井盖缺失", "") == ("", "")
    silent = ONE._replace(title="井盖缺失", description="")
    other = ONE._replace(title="楼上漏水", description="")
    assert score(ONE, other) <= score(ONE, silent) < score(ONE, ONE)


def test_a_micro_grid_is_a_place_and_what_lies_above_is_none() -> None:
    assert LIKE.place(None, None, 1) == (113.61, 34.71)
    assert LIKE.place(None, None, 0) is None
    assert LIKE.place(1.0, 2.0, 0) == (1.0, 2.0)
    rough = ONE._replace(exact=False)
    assert 0 < score(ONE, rough._replace(cell=2)) < score(north(ONE, 55), rough) < score(ONE, ONE)


def test_the_reason_says_what_the_score_follows_from() -> None:
    alike = LIKE.compare(ONE, north(ONE, 20)._replace(at=NOW + 3 * HOUR))
    assert alike is not None
    assert alike.reason().startswith("相距 20 米，相隔 3 小时，事项相同，文字相似 100%")


@given(
    lng=st.floats(-179, 179), lat=st.floats(-80, 80),
    east=st.floats(-REACH, REACH), up=st.floats(-REACH, REACH),
)  # fmt: skip
def test_whatever_is_within_reach_lies_in_the_buckets_around(
    lng: float, lat: float, east: float, up: float
) -> None:
    there = ONE._replace(lng=lng + east / METRES_PER_DEGREE, lat=lat + up / METRES_PER_DEGREE)
    around = set(buckets_within_reach(lng, lat))
    assert len(around) <= 6
    if LIKE._metres(ONE._replace(lng=lng, lat=lat), there) < REACH:
        assert bucket(there.lng, there.lat) in around


def test_a_point_where_many_say_different_things_is_a_default_point() -> None:
    assert is_default_point([f"第{n}件事" for n in range(12)])
    assert not is_default_point(["井盖缺失"] * 50)
    assert not is_default_point([f"第{n}件事" for n in range(7)])


@pytest.mark.parametrize("days", [1.0, 0.5])
def test_a_day_is_the_shortest_time(days: float) -> None:
    like = replace(LIKE, thresholds=Thresholds(0.86, 0.1, days))
    assert like.compare(ONE, ONE._replace(at=NOW + 2 * DAY)) is not None
