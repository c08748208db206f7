"""The evaluate face: indices, the league, the scope itself, units, best and worst, formulas."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.api import Cell, Index, Text, Tree, composite
from commandcenter.testing import FakeView
from plugins.evaluate.extremes import composites, extremes_panel
from plugins.evaluate.formulas import formulas_panel
from plugins.evaluate.indices import INDICES, REWORK
from plugins.evaluate.league import league_panel
from plugins.evaluate.scope import scope_panel
from plugins.evaluate.units import units_panel
from tests.plugins.faces import big_tree, english, loads, plugin, seconds, shown

EAST, WEST, SOUTH = "990102", "990103", "990105"
METRICS = sorted({name for i in INDICES for name in (i.numerator, i.denominator)})


def view(given: dict[str, Any] | None = None, **more: Any) -> FakeView:
    return FakeView(given or {}, indices=INDICES, **more)


def flows(code: str, filed: int, handled: int, closed: int, reworked: int) -> dict[str, Any]:
    """Give a cell a hundred of everything, and how many were in time or done again."""
    return {
        "filed.judged.30d": {code: 100}, "filed.on_time.30d": {code: filed},
        "handled.judged.30d": {code: 100}, "handled.on_time.30d": {code: handled},
        "closed.judged.30d": {code: 100}, "closed.on_time.30d": {code: closed},
        "handled.30d": {code: 100}, "reworked.30d": {code: reworked}, "filed.30d": {code: 100},
    }  # fmt: skip


def merged(*parts: dict[str, Any]) -> dict[str, Any]:
    names = {name for part in parts for name in part}
    return {name: {k: v for part in parts for k, v in part[name].items()} for name in names}


def rows(found: dict[str, Any], part: str = "cells") -> list[dict[str, Any]]:
    return found[part]["rows"]


def test_the_plugin_declares_panels_and_indices():
    loaded = plugin("evaluate")
    assert loaded.manifest.core
    assert [index.key for index in loaded.code.register_indices()] == [
        "evaluate.filed", "evaluate.handled", "evaluate.closed", "evaluate.rework",
        "evaluate.reported_in",
    ]  # fmt: skip
    assert [p.key for p in loaded.code.register_panels()] == [
        "evaluate.league", "evaluate.scope", "evaluate.units", "evaluate.extremes",
        "evaluate.formulas",
    ]  # fmt: skip


def test_the_weights_make_a_whole_and_only_rework_is_better_when_low():
    assert sum(index.weight for index in INDICES) == pytest.approx(1)
    assert [index.key for index in INDICES if index.low_is_good] == [REWORK.key]
    assert all(index.formula.zh and index.formula.en for index in INDICES)


def test_the_league_ranks_the_districts_by_the_composite():
    numbers = merged(flows(EAST, 100, 90, 80, 10), flows(WEST, 100, 100, 100, 0)) | {
        "reported_in.judged.30d": {EAST: 20}, "reported_in.on_time.30d": {EAST: 18},
    }  # fmt: skip
    first, second, last = rows(shown(league_panel(), view(numbers)))
    assert first == {
        "key": WEST, "rank": 1, "cell": "西山区", "filed": 1, "handled": 1, "closed": 1,
        "rework": 0, "reported_in": None, "score": "100.0", "grade": {"tone": "plain", "text": "A"},
    }  # fmt: skip
    # 0.20 x 100 + 0.30 x 90 + 0.20 x 80 + 0.20 x (100 - 10) + 0.10 x 90
    assert (second["rank"], second["score"], second["grade"]["text"]) == (2, "90.0", "A")
    assert (second["handled"], second["rework"], second["reported_in"]) == (0.9, 0.1, 0.9)
    assert last["cell"] == "南门区"


def test_no_data_is_a_dash_and_has_no_rank():
    numbers = merged(flows(EAST, 0, 0, 0, 100))
    worst, *unknown = rows(shown(league_panel(), view(numbers)))
    assert (worst["rank"], worst["filed"], worst["score"]) == (1, 0, "0.0")
    assert worst["grade"] == {"tone": "red", "text": "E"}
    for row in unknown:
        assert [row[k] for k in ("rank", "filed", "handled", "closed", "rework")] == [None] * 5
        assert (row["score"], row["grade"]) == ("—", {"tone": "plain", "text": "—"})


def test_equal_scores_share_a_rank():
    numbers = merged(*(flows(code, 90, 90, 90, 10) for code in (EAST, WEST)),
                     flows(SOUTH, 50, 50, 50, 50))  # fmt: skip
    found = rows(shown(league_panel(), view(numbers)))
    assert [row["rank"] for row in found] == [1, 1, 3]
    assert found[2]["grade"] == {"tone": "yellow", "text": "D"}


def test_a_districts_league_is_of_its_streets():
    found = rows(shown(league_panel(), view(at=WEST)))
    assert [row["cell"] for row in found] == ["西山1街道", "西山2街道"]


def test_the_composite_leaves_out_what_has_no_data():
    numbers = {"filed.judged.30d": {EAST: 10}, "filed.on_time.30d": {EAST: 8}}
    first = rows(shown(league_panel(), view(numbers)))[0]
    assert (first["score"], first["handled"], first["filed"]) == ("80.0", None, 0.8)


def test_the_scope_has_its_composite_with_grade_and_each_index():
    values = shown(scope_panel(), view(flows(EAST, 100, 90, 80, 10)))
    assert values["score"] == {"value": pytest.approx(90), "tone": "plain", "note": "等级 A"}
    assert [values[k]["value"] for k in ("filed", "handled", "closed", "rework")] == [
        100, 90, 80, 10,
    ]  # fmt: skip


def test_a_scope_without_data_is_not_zero():
    values = shown(scope_panel(), view(language="en", words=english()))
    assert {value["value"] for value in values.values()} == {None}
    assert values["score"]["note"] == "No data"


def test_units_are_ranked_by_the_share_overdue_when_they_hold_enough():
    given = view(loads=loads((100, 5), (10, 4), (7, 7), (20, 8)))
    found = rows(shown(units_panel(), given), "units")
    assert [(r["rank"], r["held"], r["share"], r["tone"]) for r in found] == [
        (1, 20, 0.4, "red"),
        (2, 10, 0.4, "red"),
        (3, 100, 0.05, "plain"),
    ]


def test_best_and_worst_are_streets_with_enough_cases():
    numbers = merged(
        flows("990102001", 99, 99, 99, 0), flows("990102002", 40, 40, 40, 50),
        flows("990103001", 80, 80, 80, 5), flows("990105001", 60, 60, 60, 5),
    )  # fmt: skip
    numbers["filed.30d"]["990105001"] = 9
    found = shown(extremes_panel(), view(numbers))
    assert [row["cell"] for row in rows(found, "best")] == ["东湖区 东湖1街道"]
    assert [row["cell"] for row in rows(found, "worst")] == ["东湖区 东湖2街道"]
    assert rows(found, "worst")[0]["grade"] == {"tone": "yellow", "text": "D"}


def test_a_place_with_one_rated_cell_has_a_best_and_no_worst():
    found = shown(extremes_panel(), view(flows("990102001", 99, 99, 99, 0)))
    assert [len(rows(found, part)) for part in ("best", "worst")] == [1, 0]


def test_where_nothing_is_rated_best_and_worst_are_empty():
    found = shown(extremes_panel(), view())
    assert found == {"best": {"rows": []}, "worst": {"rows": []}}


CELLS = 5
TREE = Tree.of(
    [Cell("r", "r", 0, None, 0, 0), *(Cell(f"c{i}", "c", 1, "r", 0, 0) for i in range(1, CELLS))]
)
Numbers = st.lists(st.integers(0, 30), min_size=CELLS, max_size=CELLS)


@given(st.lists(Numbers, min_size=len(METRICS), max_size=len(METRICS)))
def test_all_composites_at_once_are_those_of_each_cell(lines):
    given = view(dict(zip(METRICS, lines, strict=True)), tree=TREE)
    together = composites(given, np.arange(CELLS))
    for at in range(CELLS):
        alone = composite({i: i.value(lambda m, at=at: given.count(m, at)) for i in INDICES})
        assert (alone is None and np.isnan(together[at])) or alone == pytest.approx(together[at])


def test_the_formulas_stand_beside_the_numbers_with_their_weight():
    words = shown(formulas_panel(), view())["words"]
    assert len(words.splitlines()) == 5
    assert words.startswith("按时立案率（20%）= 按时立案数 ÷ 立案数")
    spoken = shown(formulas_panel(), view(language="en", words=english()))["words"]
    assert "Handled on time (30%) = " in spoken


def test_an_index_of_another_plugin_counts_and_is_explained():
    extra = Index(
        "x.rejected", Text("不予立案率"), "rejected.30d", "reported.30d", Text("口径"), 1.0, True
    )
    numbers = {
        **flows(EAST, 100, 100, 100, 0),
        "rejected.30d": {EAST: 1},
        "reported.30d": {EAST: 2},
    }
    given = FakeView(numbers, indices=(*INDICES, extra))
    assert rows(shown(league_panel(), given))[0]["score"] == "73.7"
    assert "不予立案率（50%）= 口径" in shown(formulas_panel(), given)["words"]


def test_without_indices_there_are_no_formulas():
    assert shown(formulas_panel(), FakeView()) == {"words": None}


def test_a_big_city_is_rated_in_a_few_milliseconds():
    tree = big_tree()
    ones = np.ones(len(tree), np.int32)
    given = view({name: ones for name in (*METRICS, "filed.30d")}, tree=tree)
    assert seconds(league_panel(), given) < 0.005
    assert seconds(extremes_panel(), given) < 0.02
