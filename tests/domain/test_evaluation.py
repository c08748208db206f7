"""Indices, coordination and colours: rules that are data, and no data is not 0 %."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.domain.colours import Colour
from commandcenter.domain.coordination import RULES, TITLES, LevelStatus, Strain
from commandcenter.domain.indices import Index, composite, grade
from commandcenter.domain.text import Text

ON_TIME = Index("x.t", Text("按期"), "handled.on_time", "handled.judged", Text("a / b"), 3.0)
REWORK = Index("x.r", Text("返工"), "reworked", "handled", Text("a / b"), 1.0, low_is_good=True)
ORDER = (Strain.CALM, Strain.BUSY, Strain.STRAINED, Strain.BROKEN)
COUNTS = st.dictionaries(
    st.sampled_from(["handled.on_time", "handled.judged", "reworked", "handled"]),
    st.integers(0, 50),
)


def test_a_rate_over_nothing_is_no_data_and_not_zero() -> None:
    assert ON_TIME.value(lambda _: 0) is None
    assert ON_TIME.value({"handled.on_time": 0, "handled.judged": 4}.__getitem__) == 0.0
    assert ON_TIME.value({"handled.on_time": 3, "handled.judged": 4}.__getitem__) == 75.0


def test_no_data_has_neither_score_nor_grade() -> None:
    assert REWORK.score(None) is None
    assert composite({ON_TIME: None, REWORK: None}) is None
    assert composite({}) is None
    assert grade(None) is None


def test_a_low_rate_of_rework_scores_high() -> None:
    assert REWORK.score(10.0) == 90.0
    assert ON_TIME.score(10.0) == 10.0


def test_what_has_no_data_weighs_nothing_in_the_composite() -> None:
    assert composite({ON_TIME: 80.0, REWORK: 40.0}) == pytest.approx((3 * 80 + 60) / 4)
    assert composite({ON_TIME: 80.0, REWORK: None}) == 80.0
    assert composite({ON_TIME: None, REWORK: 40.0}) == 60.0


@given(COUNTS)
def test_a_composite_lies_between_its_scores(counts: dict[str, int]) -> None:
    def count(name: str) -> int:
        return min(counts.get(name, 0), counts.get("handled.judged", 50))

    rates = {index: index.value(count) for index in (ON_TIME, REWORK)}
    scores = [s for s in (index.score(rate) for index, rate in rates.items()) if s is not None]
    mean = composite(rates)
    if not scores:
        assert mean is None
    else:
        assert mean is not None
        assert min(scores) - 1e-9 <= mean <= max(scores) + 1e-9


@pytest.mark.parametrize(
    ("score", "letter"),
    [(100, "A"), (90, "A"), (89.99, "B"), (75, "B"), (74.9, "C"), (60, "C"), (59, "D"), (40, "D"),
     (39.9, "E"), (0, "E")],
)  # fmt: skip
def test_grades_begin_at_their_marks(score: float, letter: str) -> None:
    assert grade(score) == letter


@pytest.mark.parametrize(
    ("overdue", "waiting", "strain"),
    [
        (0, 0, Strain.CALM),
        (9, 59, Strain.CALM),
        (10, 0, Strain.BUSY),
        (0, 60, Strain.BUSY),
        (25, 0, Strain.STRAINED),
        (0, 90, Strain.STRAINED),
        (0, 100, Strain.STRAINED),
        (50, 0, Strain.BROKEN),
        (50, 100, Strain.BROKEN),
    ],
)
def test_a_level_is_as_strained_as_the_worst_rule_says(
    overdue: int, waiting: int, strain: Strain
) -> None:
    assert LevelStatus(100, overdue, waiting).strain is strain


def test_a_level_that_holds_nothing_is_calm() -> None:
    assert LevelStatus(0, 0, 0).strain is Strain.CALM


@given(st.integers(1, 60), st.integers(0, 60), st.integers(0, 60))
def test_one_more_overdue_case_never_eases_a_level(held: int, overdue: int, waiting: int) -> None:
    overdue, waiting = min(overdue, held - 1), min(waiting, held)
    now, worse = (LevelStatus(held, late, waiting).strain for late in (overdue, overdue + 1))
    assert ORDER.index(now) <= ORDER.index(worse)


def test_every_strain_has_a_title_and_all_but_calm_a_rule() -> None:
    assert set(TITLES) == set(Strain)
    assert {rule.strain for rule in RULES} == set(Strain) - {Strain.CALM}


def test_orange_is_kept_and_shown_as_red() -> None:
    assert [colour.shown for colour in Colour] == ["blue", "yellow", "red", "red"]
    assert sorted(Colour) == [Colour.BLUE, Colour.YELLOW, Colour.ORANGE, Colour.RED]
