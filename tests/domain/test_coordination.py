"""How a level bears its load: the gravest rule that fits, with the numbers it goes by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.domain.cells import Level
from commandcenter.domain.coordination import (
    RULES,
    WORDS,
    LevelStatus,
    Measure,
    Strain,
    answers_for,
)
from commandcenter.domain.text import Text

ORDER = tuple(Strain)
COUNT = st.integers(0, 300)


def called(waiting: int, late: int) -> LevelStatus:
    return LevelStatus(9, 0, 0, whistles_waiting=waiting, whistles_late=late)


@pytest.mark.parametrize(
    ("status", "strain", "reason"),
    [
        (LevelStatus(0, 0, 0), Strain.CALM, "无在办"),
        (LevelStatus(50, 4, 20), Strain.CALM, "各项均在限内"),
        (LevelStatus(58, 18, 0), Strain.STRAINED, "超时 31%（18/58），达 25% 线"),
        (LevelStatus(1200, 0, 1100), Strain.STRAINED, "未接办 92%（1,100/1,200），达 90% 线"),
        (LevelStatus(10, 0, 0, soon=4), Strain.CALM, "各项均在限内"),
        (LevelStatus(10, 0, 0, soon=5), Strain.BUSY, "一小时内到期 50%（5/10），达 30% 线"),
        (called(9, 1), Strain.BUSY, "哨令逾期未到 1/9"),
        (called(2, 2), Strain.BUSY, "哨令逾期未到 2/2"),
        (called(6, 3), Strain.STRAINED, "哨令逾期未到 3/6，达 50% 线"),
        (
            LevelStatus(9, 0, 0, directive_cells=40, directive_done=10, directive_late=30),
            Strain.BROKEN,
            "指令逾期 75%（30/40），达 50% 线",
        ),
        (LevelStatus(9, 0, 0, directive_cells=40, directive_done=10), Strain.CALM, "各项均在限内"),
    ],
)
def test_the_reason_names_the_rule_and_its_numbers(
    status: LevelStatus, strain: Strain, reason: str
) -> None:
    assert (status.strain, status.reason.zh) == (strain, reason)


def test_the_reason_is_said_in_both_languages() -> None:
    assert LevelStatus(58, 18, 0).reason.en == "31% overdue (18/58), bound 25%"
    assert LevelStatus(0, 0, 0).reason.en == "Nothing held"


def test_rules_go_from_the_worst_down_and_every_measure_has_words_and_a_rule() -> None:
    ranks = [ORDER.index(rule.strain) for rule in RULES]
    assert ranks == sorted(ranks, reverse=True)
    assert {rule.measure for rule in RULES} == set(WORDS) == set(Measure)


@given(COUNT, COUNT, COUNT, COUNT, COUNT, COUNT)
def test_the_state_is_the_worst_that_any_rule_gives(
    held: int, overdue: int, waiting: int, soon: int, called: int, late: int
) -> None:
    status = LevelStatus(
        held, min(overdue, held), min(waiting, held), soon=min(soon, held),
        whistles_waiting=called, whistles_late=min(late, called),
    )  # fmt: skip
    fitting = [Strain.CALM]
    for rule in RULES:
        part, whole = status.share(rule.measure)
        if whole and part >= rule.least and part >= rule.bound * whole:
            fitting.append(rule.strain)
    assert status.strain is max(fitting, key=ORDER.index)


def test_a_directive_says_how_much_is_done_only_where_there_is_one() -> None:
    assert LevelStatus(1, 0, 0).directive is None
    assert LevelStatus(1, 0, 0, directive_cells=4, directive_done=1).directive == 0.25


def test_who_does_not_coordinate_reports_through_the_level_above() -> None:
    names = ("city", "district", "grid", "micro")
    levels = [Level(name, Text(name), coordinates=name != "micro") for name in names]
    answering = {to: [at for at in range(4) if answers_for(levels, at, to)] for to in range(1, 4)}
    assert answering == {1: [1], 2: [2], 3: [2, 3]}
