"""The prevent face: three rules against numbers worked out by hand, and what is shown of them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.api import DAY, HOUR, Cell, Colour, ColourChange, Tree
from commandcenter.testing import FakeView, small_tree
from plugins.prevent.city_map import map_panel
from plugins.prevent.colours import colours_panel
from plugins.prevent.ranking import ranking_panel
from plugins.prevent.reddened import reddened_panel
from plugins.prevent.rules import (
    RULES,
    explain_crowded,
    explain_overdue,
    explain_surge,
    grade_crowded,
    grade_overdue,
    grade_surge,
)
from plugins.prevent.trend import trend_panel
from plugins.prevent.triggers import triggers_panel
from tests.plugins.faces import MICRO, big_tree, fastest, in_english, plugin, seconds, shown

RED, YELLOW, BLUE, NONE = Colour.RED, Colour.YELLOW, Colour.BLUE, 0
GRID = "990102001001001"


def row_tree(*households: int) -> Tree:
    """A root with one child for each number of households."""
    root = Cell("r", "root", 0, None, 0, 0, sum(households))
    return Tree.of([root, *(Cell(f"c{i:02d}", f"c{i}", 1, "r", 0, 0, n) for i, n in
                            enumerate(households))])  # fmt: skip


def children(levels: np.ndarray) -> list[int]:
    return levels.tolist()[1:]


def test_the_plugin_declares_panels_and_three_rules():
    loaded = plugin("prevent")
    assert loaded.manifest.core
    assert [p.key for p in loaded.code.register_panels()] == [
        "prevent.colours", "prevent.trend", "prevent.triggers", "prevent.ranking",
        "prevent.reddened", "prevent.map",
    ]  # fmt: skip
    assert [rule.key for rule in loaded.code.register_risk_rules()] == [
        "prevent.overdue", "prevent.surge", "prevent.crowded",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("held", "late", "colour"),
    [
        (26, 8, RED),  # 30.8 %
        (10, 3, RED),  # exactly 30 %
        (100, 29, YELLOW),
        (20, 3, YELLOW),  # exactly 15 %
        (100, 14, NONE),
        (8, 8, RED),
        (7, 7, NONE),  # too few to say
        (0, 0, NONE),
    ],
)
def test_share_overdue(held, late, colour):
    tree = row_tree(60)
    view = FakeView({"open": [held, held], "overdue": [late, late]}, tree=tree)
    assert grade_overdue(view).tolist() == [colour, colour]


@pytest.mark.parametrize(
    ("reported", "usual", "colour"),
    [
        (6, 1.0, RED),  # six times
        (12, 2.0, RED),
        (11, 2.0, YELLOW),
        (6, 2.0, YELLOW),  # three times
        (5, 0.1, NONE),  # too few to say
        (6, 0.0, RED),  # where nothing is usual six are a surge
        (60, 21.0, NONE),
        (0, 0.0, NONE),
    ],
)
def test_surge_against_the_usual(reported, usual, colour):
    view = FakeView(
        tree=row_tree(60), just_reported=[reported, reported], just_usual=[usual, usual]
    )
    assert grade_surge(view).tolist() == [colour, colour]


def test_without_a_usual_nothing_surges():
    view = FakeView(tree=row_tree(60), just_reported=[900, 900])
    assert grade_surge(view).tolist() == [NONE, NONE]


def test_open_per_100_households():
    tree = row_tree(100, 100, 150, 60, 60, 0, 1000, 1000)
    held = [0, 4, 6, 4, 3, 6, 50, 19, 20]
    levels = children(grade_crowded(FakeView({"open": held}, tree=tree)))
    #         4/100   6/100 4/150   3 only 6/60 nobody 19/1000 20/1000
    assert levels == [YELLOW, RED, YELLOW, NONE, RED, NONE, NONE, YELLOW]


def test_a_rule_grades_only_its_scope():
    view = FakeView({"open": {MICRO: 10}, "overdue": {MICRO: 10}}, at="990102")
    levels = grade_overdue(view)
    assert len(levels) == view.last - view.first + 1
    assert levels[view.tree.position[MICRO] - view.first] == RED


HOMES = row_tree(*[60] * 9)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=10, max_size=10))
def test_shares_are_graded_as_one_would_by_hand(pairs):
    held, late = [max(pair) for pair in pairs], [min(pair) for pair in pairs]
    view = FakeView({"open": held, "overdue": late}, tree=HOMES)
    by_hand = [
        NONE if h < 8 else RED if 10 * o >= 3 * h else YELLOW if 20 * o >= 3 * h else NONE
        for h, o in zip(held, late, strict=True)
    ]
    assert grade_overdue(view).tolist() == by_hand


def test_reasons_carry_their_numbers():
    view = FakeView({"open": {MICRO: 26}, "overdue": {MICRO: 8}})
    at = view.tree.position[MICRO]
    assert explain_overdue(view, at) == "超时占 31%(8/26)"
    assert explain_crowded(view, at) == "每百户在办 43.3 件(26/60户)"
    usual = np.full(len(view.tree), 2.0)
    surge = FakeView(just_reported={MICRO: 13}, just_usual=usual)
    assert explain_surge(surge, at) == "近两小时上报 13 件,为往常的 6.5 倍"
    sudden = FakeView(just_reported={MICRO: 7}, just_usual=usual * 0)
    assert explain_surge(sudden, at) == "近两小时上报 7 件,往常几乎没有"


def test_reasons_speak_english():
    view = in_english(given={"open": {MICRO: 26}, "overdue": {MICRO: 8}})
    assert explain_overdue(view, view.tree.position[MICRO]) == "31% overdue (8/26)"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
def test_every_rule_can_explain_a_cell_of_which_nothing_is_known(rule):
    assert rule.explain(FakeView(), 5)


def test_the_colours_count_the_grids():
    coloured = np.where(small_tree().depth == 4, BLUE, RED)
    coloured[small_tree().position[GRID]] = RED
    values = shown(colours_panel(), FakeView(coloured=coloured))
    assert values["red"] == {"value": 1, "tone": "red", "note": "网格"}
    assert values["yellow"] == {"value": 0, "tone": "quiet"}
    assert values["blue"]["value"] == int((small_tree().depth == 4).sum()) - 1


def test_the_trend_is_a_line_for_each_colour():
    view = FakeView(coloured={GRID: RED}, trend={"red": range(24), "yellow": [2] * 24})
    red, yellow = shown(trend_panel(), view)["chart"]["data"]
    assert (red["name"], red["y"], red["x"][-1]) == ("红", list(range(24)), "2026-06-01T16:00")
    assert (yellow["name"], yellow["line"]["dash"]) == ("黄", "dash")


def test_before_the_first_grading_no_colour_is_known():
    values = shown(colours_panel(), in_english())
    assert {values[tone]["value"] for tone in ("red", "yellow", "blue")} == {None}
    assert shown(trend_panel(), in_english())["chart"] is None
    bars = shown(ranking_panel(), in_english())["cells"]
    assert {bar["value"] for bar in bars} == {None}


def test_the_ranking_begins_where_most_grids_are_red():
    second = "990103001001001"
    view = FakeView(coloured={second: RED, MICRO: RED, "990103001001002": Colour.ORANGE, GRID: RED})
    bars = shown(ranking_panel(), view)["cells"]
    assert [(bar["label"], bar["value"], bar["tone"]) for bar in bars] == [
        ("西山区", 2, "red"),
        ("东湖区", 1, "red"),
        ("南门区", 0, "plain"),
    ]


def test_a_micro_grid_counts_itself():
    values = shown(colours_panel(), FakeView(at=MICRO, coloured={MICRO: YELLOW}))
    assert values["yellow"]["value"] == 1


def test_the_triggers_count_what_each_rule_says_of_the_grids():
    view = FakeView({"open": {MICRO: 10}, "overdue": {MICRO: 2}})
    rows = shown(triggers_panel(), view)["rules"]["rows"]
    assert [(r["rule"], r["red"], r["yellow"], r["check"]) for r in rows] == [
        ("超时占比", 0, 1, "每 2 小时"),
        ("上报激增", 0, 0, "每 1 小时"),
        ("每百户在办", 1, 0, "每 4 小时"),
    ]


def test_the_map_labels_the_red_grids_of_each_child():
    coloured = {"990102": YELLOW, GRID: RED, MICRO: RED, "990103": BLUE}
    values = shown(map_panel(), FakeView(coloured=coloured))
    labels = [(x["code"], x["value"], x["tone"]) for x in values["map"]["labels"]]
    assert labels == [("990102", 1, "yellow"), ("990103", 0, "blue"), ("990105", 0, "plain")]
    assert values["legend"] == {"red": 1, "yellow": 0, "blue": 0}


def test_a_map_without_colours_claims_no_calm():
    values = shown(map_panel(), FakeView())
    assert {label["value"] for label in values["map"]["labels"]} == {None}
    assert values["legend"] == {"red": None, "yellow": None, "blue": None}


def change(**given: Any) -> ColourChange:
    now = FakeView().now
    good: dict[str, Any] = {
        "cell": small_tree().position[GRID],
        "at": now - HOUR,
        "before": BLUE,
        "after": RED,
        "rule": "prevent.overdue",
        "words": "超时占 40%(4/10)",
        "owner": "",
        "next_check": now + HOUR,
    }
    return ColourChange(**{**good, **given})


def reddened(view: FakeView) -> dict[str, Any]:
    (row,) = shown(reddened_panel(), view)["cells"]["rows"]
    return row


def test_a_red_cell_has_its_place_reasons_owner_and_next_check():
    numbers = {"open": {MICRO: 10}, "overdue": {MICRO: 5}}
    row = reddened(FakeView(numbers, changes=[change()]))
    assert row["where"] == "东湖区 东湖1街道 东湖1街道1社区1网格"
    assert row["why"] == "超时占 50%(5/10)；每百户在办 8.3 件(10/120户)", (
        "what holds now, all of it"
    )
    assert row["owner"] == "网格负责人"
    assert (row["at"], row["check"]) == (change().at, change().next_check)


def test_a_reason_that_no_longer_holds_is_still_told_as_it_was_written():
    assert reddened(FakeView(changes=[change()]))["why"] == "超时占 40%(4/10)"


def test_the_reason_of_another_plugins_rule_comes_first():
    numbers = {"open": {MICRO: 10}, "overdue": {MICRO: 5}}
    row = reddened(FakeView(numbers, changes=[change(rule="flood.level", words="积水 40 cm")]))
    assert row["why"].split("；")[0] == "积水 40 cm"


def test_persons_are_named_to_staff_only_and_invented_ones_are_marked():
    wall = FakeView(changes=[change(owner="王某")], clearance=0)
    assert "王某" not in reddened(wall)["owner"]
    staff = FakeView(changes=[change(owner="王某")], clearance=1)
    assert reddened(staff)["owner"] == "王某(演示)"
    english = in_english(changes=[change(owner="王某")], clearance=1)
    assert reddened(english)["owner"] == "王某 (demo)"


def test_the_next_check_lies_ahead_however_long_a_cell_is_red():
    now = FakeView().now
    old = change(at=now - DAY - HOUR, next_check=now - DAY + HOUR)
    assert reddened(FakeView(changes=[old]))["check"] == now + HOUR
    due_now = change(at=now - 2 * HOUR, next_check=now)
    assert reddened(FakeView(changes=[due_now]))["check"] == now


def test_where_nothing_is_red_the_board_is_empty():
    assert shown(reddened_panel(), FakeView())["cells"] == {"rows": []}


def test_a_big_city_is_graded_and_drawn_in_a_few_milliseconds():
    tree = big_tree()
    size = len(tree)
    rng = np.random.default_rng(1)
    held = rng.integers(0, 20, size).astype(np.int32)
    view = FakeView(
        {"open": held, "overdue": held // 4}, tree=tree, coloured=np.ones(size, np.int8),
        just_reported=held, just_usual=rng.random(size).astype(np.float32),
        trend={"red": [1] * 24, "yellow": [2] * 24},
    )  # fmt: skip
    for rule in RULES:
        assert fastest(rule.grade, view) < 0.01, rule.key
    assert seconds(colours_panel(), view) < 0.01
    assert seconds(map_panel(), view) < 0.01


@pytest.mark.parametrize("rule", plugin("prevent").code.register_risk_rules(), ids=lambda r: r.key)
def test_each_rule_goes_by_its_scope_alone(assert_scoped, rule):
    assert_scoped(rule)
