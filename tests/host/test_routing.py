"""The routing rules of plugins are checked against the city, and asked in a fixed order."""

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from commandcenter.api import ClassificationRule, RoutingRule, Text, hookimpl
from commandcenter.host.catalogue import Catalogue
from commandcenter.host.plugin import Plugin
from commandcenter.host.registry import Registry
from commandcenter.testing import small_data, small_registry, small_tree

TREE, UNITS = small_tree(), small_data().units
SOUTH, EAST = "990105", "990102"
RULE = RoutingRule(
    "market.food", Text("食品"), Text("归市场监管"), matters=("E",), unit=f"{SOUTH}-cg"
)


def plugin(name: str, *rules: RoutingRule, districts: Sequence[str] = ("*",)) -> Plugin:
    class Code:
        @hookimpl
        def register_routing_rules(self) -> list[RoutingRule]:
            return list(rules)

    return Plugin.of(Code(), name, ("routing_rules",), districts)


def placed(*plugins: Plugin) -> Registry:
    return small_registry(*plugins).placed_in(TREE, UNITS)


def reason(registry: Registry, name: str) -> str:
    state = next(state for state in registry.states if state.name == name)
    assert state.state == "failed", state
    return state.reason


def test_a_good_rule_is_in_the_registry_and_in_the_catalogue() -> None:
    registry = placed(plugin("market", RULE, districts=[SOUTH]))
    assert [found.item for found in registry.routing] == [RULE]
    catalogue = Catalogue.of(registry, UNITS)
    read = Catalogue.from_json(catalogue.to_json())
    assert read == catalogue
    assert [(p.rule, p.plugin, p.districts) for p in read.routing] == [
        (RULE, "market", (SOUTH,))
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"unit": None}, "give either unit or duty"),
        ({"duty": "城管"}, "give either unit or duty"),
        ({"matters": ()}, "names no case: give one or more of matters, words, channels, cells"),
        ({"words": (" ",)}, "words holds an empty word, which every case has"),
        ({"matters": "E"}, "matters = E: Input should be a valid tuple"),
    ],
)
def test_a_rule_that_cannot_be_meant_refuses_its_plugin(
    changes: dict[str, object], words: str
) -> None:
    rule = replace(RULE, **changes)  # type: ignore[arg-type]
    said = reason(small_registry(plugin("market", rule)), "market")
    assert said.startswith("plugin market: register_routing_rules: routing rule 'market.food': ")
    assert words in said


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"unit": "990105-zz"}, 'unit = "990105-zz" is no unit of the city'),
        ({"unit": f"{EAST}-cg"}, f'unit = "{EAST}-cg" belongs to another district'),
        ({"unit": None, "duty": "林业"}, 'duty = "林业" is the duty of no unit of the city'),
        ({"matters": ("E01", "X9")}, 'matters: "X9" is or begins the code of no matter'),
        ({"channels": ("radio",)}, 'channels: "radio" is no channel; there are patrol, app'),
        ({"cells": (f"{EAST}001",)}, f'cells: "{EAST}001" is no cell of the districts'),
        ({"cells": ("nowhere",)}, 'cells: "nowhere" is no cell of the districts'),
    ],
)
def test_a_rule_that_names_what_is_not_there_refuses_its_plugin_at_the_start(
    changes: dict[str, object], words: str
) -> None:
    rule = replace(RULE, **changes)  # type: ignore[arg-type]
    registry = placed(plugin("market", rule, districts=[SOUTH]))
    said = reason(registry, "market")
    assert re.match(r'plugin market: routing rule "market.food": ', said), said
    assert words in said
    assert registry.routing == []


def test_a_district_may_name_a_unit_of_the_whole_city() -> None:
    city = replace(UNITS[0], code="990100-cg", cell="990100")
    rule = replace(RULE, unit="990100-cg")
    registry = small_registry(plugin("market", rule, districts=[SOUTH]))
    assert registry.placed_in(TREE, (*UNITS, city)).routing


def test_districts_are_asked_before_the_city_in_the_worker_and_in_the_web_process() -> None:
    rules = {key: replace(RULE, key=key) for key in ("z1", "a2", "c3")}
    registry = placed(
        plugin("aaa", rules["c3"]), plugin("zzz", rules["z1"], rules["a2"], districts=[SOUTH])
    )
    catalogue = Catalogue.from_json(Catalogue.of(registry, UNITS).to_json())
    for routes in (registry.routes(TREE), catalogue.routes(TREE)):
        asked = [route.rule.key for route in routes.for_matter("E0101")]
        assert asked == ["z1", "a2", "c3"]


SIGN = ClassificationRule(
    "market.waste", Text("垃圾"), Text("市场垃圾"), "E0101", words=("市场",)
)


def classifying(
    name: str, *rules: ClassificationRule, districts: Sequence[str] = (SOUTH,)
) -> Plugin:
    class Code:
        @hookimpl
        def register_classification_rules(self) -> list[ClassificationRule]:
            return list(rules)

    return Plugin.of(Code(), name, ("classification_rules",), districts)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"words": ()}, "names no report: give one or more of words, patterns, channels, cells"),
        ({"patterns": ("*",)}, "patterns holds an empty word, which every report has"),
        ({"matter": ""}, "matter is empty: it is the code that the reports get"),
        ({"matter": "X9"}, 'matter = "X9" is not in the catalogue of matters'),
        ({"channels": ("radio",)}, 'channels: "radio" is no channel; there are patrol, app'),
        ({"cells": (f"{EAST}001",)}, f'cells: "{EAST}001" is no cell of the districts'),
    ],
)
def test_a_rule_of_classification_that_cannot_be_meant_refuses_its_plugin(
    changes: dict[str, object], words: str
) -> None:
    rule = replace(SIGN, **changes)  # type: ignore[arg-type]
    registry = placed(classifying("market", rule))
    assert words in reason(registry, "market")
    assert registry.classification == []


def test_reports_are_classified_by_districts_before_the_city_in_both_processes() -> None:
    rules = {key: replace(SIGN, key=key) for key in ("z1", "a2", "c3")}
    registry = placed(
        classifying("aaa", rules["c3"], districts=["*"]),
        classifying("zzz", rules["z1"], rules["a2"]),
    )
    catalogue = Catalogue.from_json(Catalogue.of(registry, UNITS).to_json())
    for signs in (registry.signs(TREE), catalogue.signs(TREE)):
        assert [sign.rule.key for sign in signs] == ["z1", "a2", "c3"]
