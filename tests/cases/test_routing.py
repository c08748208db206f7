"""A routing rule's decision and its reason are kept with the dispatch, on both databases."""

import pytest

from commandcenter.api import RoutingRule, Text, hookimpl
from commandcenter.cases import history, queries
from commandcenter.cases.queries import Step
from commandcenter.domain.cases import Command
from commandcenter.domain.routing import NEAREST
from commandcenter.host.plugin import Plugin
from commandcenter.host.reports import Life, Update
from commandcenter.testing import small_data, small_registry
from commandcenter.testing.stored import StoredCity

SOUTH, EAST = "990105", "990102"
RULE = RoutingRule(
    "market.waste", Text("市场垃圾", "Market waste"), Text("市场归城管", "The markets are theirs"),
    words=("市场",), unit=f"{SOUTH}-cg",
)  # fmt: skip
NOTE = "market.waste: 市场归城管"


class Market:
    @hookimpl
    def register_routing_rules(self) -> list[RoutingRule]:
        return [RULE]


@pytest.fixture
def city(stored: StoredCity) -> StoredCity:
    """The small city with a rule of its south, in both databases."""
    plugin = Plugin.of(Market(), "market", ("routing_rules",), (SOUTH,))
    registry = small_registry(plugin).placed_in(stored.tree, small_data().units)
    return StoredCity(stored.store, registry=registry)


def dispatch(city: StoredCity, case_id: int | None) -> Step:
    assert case_id is not None
    with city.store.read() as connection:
        steps = queries.steps(connection, city.viewer(), case_id)
    return next(step for step in steps if step.command is Command.DISPATCH)


def test_a_report_that_dispatches_itself_goes_where_the_rule_says(city: StoredCity) -> None:
    here = city.report("one", title="市场门口有垃圾")
    elsewhere = city.report("two", title="市场门口有垃圾", cell=f"{EAST}001")
    other = city.report("three", title="路边有垃圾")
    ids = [answer.id for answer in city.accept(here, elsewhere, other)]
    by_rule, east, plain = (dispatch(city, case_id) for case_id in ids)
    assert (by_rule.unit, by_rule.note) == (f"{SOUTH}-cg", NOTE)
    assert (east.unit, east.note) == (f"{EAST}001-hw", NEAREST)
    assert plain.note == NEAREST and plain.unit != by_rule.unit


def test_a_dispatch_that_names_no_unit_is_decided_by_the_rule(city: StoredCity) -> None:
    (answer,) = city.accept(city.report("one", title="市场占道", matter="E0401"))
    assert city.advance("one", Command.DISPATCH)
    assert (dispatch(city, answer.id).unit, dispatch(city, answer.id).note) == (f"{SOUTH}-cg", NOTE)


def test_who_names_a_unit_is_not_overruled(city: StoredCity) -> None:
    (answer,) = city.accept(city.report("one", title="市场占道", matter="E0401"))
    named = Update("test", "one", Command.DISPATCH, city.clock.now, f"{SOUTH}-sz", note="当面说定")
    city.intake.advance(city.viewer(), [named])
    step = dispatch(city, answer.id)
    assert (step.unit, step.note) == (f"{SOUTH}-sz", "当面说定")


def test_a_sources_own_note_stands_behind_the_reason(city: StoredCity) -> None:
    (answer,) = city.accept(city.report("one", title="市场占道", matter="E0401"))
    noted = Update("test", "one", Command.DISPATCH, city.clock.now, note="急")
    city.intake.advance(city.viewer(), [noted])
    assert dispatch(city, answer.id).note == f"{NOTE} · 急"


def test_a_past_that_is_written_in_bulk_follows_the_rules_too(city: StoredCity) -> None:
    at = city.clock.now
    said = (Command.FILE, Command.DISPATCH)
    updates = [Update("test", "old", command, at) for command in said]
    life = Life("old", "app", "E0401", "市场占道", f"{SOUTH}001001001", at, updates=updates)
    past = history.Past(city.tree, city.desk, city.matters, "test")
    with city.store.write() as connection:
        history.write(connection, past, [life])
    with city.store.read() as connection:
        (line,) = queries.newest(connection, city.viewer(), 0, 108, 9)
    assert (dispatch(city, line.id).unit, dispatch(city, line.id).note) == (f"{SOUTH}-cg", NOTE)
