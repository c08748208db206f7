"""Routing rules decide who handles a case: the district's first, then the city's, then the duty."""

from dataclasses import replace

import pytest

from commandcenter.domain.desk import Desk
from commandcenter.domain.routing import NEAREST, Asked, Decision, Route, Routes, RoutingRule
from commandcenter.domain.text import Text
from commandcenter.testing import small_city, small_data, small_tree
from commandcenter.testing.city import LEVELS, MATTERS

TREE, UNITS = small_tree(), small_data().units
EAST, SOUTH = "990102", "990105"
GRID = TREE.position[f"{SOUTH}001001001"]
WASTE = next(matter for matter in MATTERS if matter.code == "E0101")
CASE = Asked(WASTE, GRID, "app", "路边有垃圾", "已经三天")
RULE = RoutingRule(
    "market.waste", Text("市场垃圾", "Market waste"), Text("市场归城管"), unit=f"{SOUTH}-cg"
)


def desk(*routes: Route) -> Desk:
    return Desk(TREE, LEVELS, small_city().calendar, UNITS, Routes(routes))


def decided(rule: RoutingRule, case: Asked = CASE, districts: list[str] | None = None) -> Decision:
    return desk(Route.of(rule, districts, TREE)).decide(case)


def by_rule(rule: RoutingRule, **more: object) -> bool:
    return decided(rule, **more).note == rule.note  # type: ignore[arg-type]


def test_without_a_rule_the_nearest_unit_of_the_duty_is_responsible() -> None:
    unit, note = desk().decide(CASE)
    assert unit is not None and (unit.code, note) == (f"{SOUTH}001-hw", NEAREST)
    assert unit == desk().unit_for(WASTE, GRID)


def test_a_rule_gives_its_unit_and_notes_its_key_and_reason() -> None:
    unit, note = decided(replace(RULE, matters=("E0101",)))
    assert unit is not None and unit.code == f"{SOUTH}-cg"
    assert note == "market.waste: 市场归城管"


@pytest.mark.parametrize(
    ("conditions", "fits"),
    [
        ({"matters": ("E01",)}, True),
        ({"matters": ("P02", "E0101")}, True),
        ({"matters": ("E02",)}, False),
        ({"words": ("垃圾",)}, True),
        ({"words": ("三天",)}, True),
        ({"words": ("井盖",)}, False),
        ({"channels": ("app", "hotline")}, True),
        ({"channels": ("hotline",)}, False),
        ({"cells": (f"{SOUTH}001",)}, True),
        ({"cells": (EAST, f"{SOUTH}002")}, False),
        ({"matters": ("E01",), "channels": ("app",), "words": ("垃圾",), "cells": (SOUTH,)}, True),
        ({"matters": ("E01",), "channels": ("hotline",), "words": ("垃圾",)}, False),
    ],
)
def test_a_case_fits_where_every_condition_that_is_given_holds(
    conditions: dict[str, tuple[str, ...]], fits: bool
) -> None:
    assert by_rule(replace(RULE, **conditions)) is fits  # type: ignore[arg-type]


def test_words_are_found_whatever_their_case() -> None:
    rule = replace(RULE, words=("Market",))
    assert by_rule(rule, case=CASE._replace(title="Litter at the MARKET hall"))


def test_a_rule_counts_in_the_districts_of_its_plugin_alone() -> None:
    rule = replace(RULE, matters=("E",))
    assert by_rule(rule, districts=[SOUTH])
    assert not by_rule(rule, districts=[EAST])
    assert not by_rule(replace(rule, cells=(SOUTH,)), districts=[EAST])


def test_a_duty_names_the_nearest_unit_at_or_above_the_case() -> None:
    unit, note = decided(replace(RULE, unit=None, duty="市政", matters=("E",)))
    assert unit is not None and unit.code == f"{SOUTH}001-sz" and note


def test_a_duty_without_a_unit_leaves_the_case_to_the_next_rule() -> None:
    nobody = replace(RULE, key="nobody", unit=None, duty="林业", matters=("E",))
    after = replace(RULE, key="after", matters=("E",))
    found = desk(Route.of(nobody, None, TREE), Route.of(after, None, TREE)).decide(CASE)
    assert found.note.startswith("after: ")
    unit, note = desk(Route.of(nobody, None, TREE)).decide(CASE)
    assert unit == desk().unit_for(WASTE, GRID) and note == NEAREST


def test_the_first_of_two_rules_wins() -> None:
    rules = [replace(RULE, key=key, matters=("E",)) for key in ("one", "two")]
    found = desk(*(Route.of(rule, None, TREE) for rule in rules)).decide(CASE)
    assert found.note.startswith("one: ")


def test_the_rules_of_a_matter_are_looked_up_once() -> None:
    others = [replace(RULE, key=f"r{n}", matters=(f"X{n:04d}",)) for n in range(1000)]
    routes = Routes(Route.of(rule, None, TREE) for rule in (*others, replace(RULE, matters=("E",))))
    found = routes.for_matter("E0101")
    assert [route.rule.key for route in found] == ["market.waste"]
    assert routes.for_matter("E0101") is found
    assert not Routes() and routes.for_matter("P0201") == ()


def test_words_are_read_only_where_a_rule_asks_for_them() -> None:
    assert not desk().reads_words
    assert not desk(Route.of(replace(RULE, matters=("E",)), None, TREE)).reads_words
    assert desk(Route.of(replace(RULE, words=("市场",)), None, TREE)).reads_words
