"""A case keeps the matter it was filed under; why it has it stands in its timeline, on both."""

from copy import copy
from dataclasses import replace

import pytest
from sqlalchemy import select

from commandcenter.api import ClassificationRule, Text, hookimpl
from commandcenter.cases import history, matter_versions, queries
from commandcenter.domain.cases import Command
from commandcenter.domain.clocks import HOUR, Limit
from commandcenter.domain.desk import Desk
from commandcenter.host.plugin import Plugin
from commandcenter.host.reports import Life, Update
from commandcenter.ingest.intake import Intake, Rules
from commandcenter.store.tables import cases
from commandcenter.testing import small_city, small_data, small_registry
from commandcenter.testing.city import LEVELS, MATTERS
from commandcenter.testing.stored import StoredCity

SOUTH, EAST = "990105", "990102"
RULE = ClassificationRule(
    "lamps.dark", Text("路灯"), Text("灯不亮归路灯"), "P0202", patterns=("灯*不亮",)
)


class Lamps:
    @hookimpl
    def register_classification_rules(self) -> list[ClassificationRule]:
        return [RULE]


@pytest.fixture
def city(stored: StoredCity) -> StoredCity:
    """The small city with a rule of its south, in both databases."""
    plugin = Plugin.of(Lamps(), "lamps", ("classification_rules",), (SOUTH,))
    registry = small_registry(plugin).placed_in(stored.tree, small_data().units)
    return StoredCity(stored.store, registry=registry)


def with_matter(city: StoredCity, code: str, **changes: object) -> StoredCity:
    """The same city after one matter was changed in the catalogue."""
    later = copy(city)
    later.matters = city.matters | {code: replace(city.matters[code], **changes)}  # type: ignore[arg-type]
    with city.store.write() as connection:
        versions = matter_versions.keep(connection, later.matters.values(), city.clock.now)
    units, calendar = small_data().units, small_city().calendar
    later.desk = Desk(city.tree, LEVELS, calendar, units, versions=versions)
    rules = Rules(city.tree, city.intake.places, later.desk, city.channels, later.matters)
    later.intake = Intake(city.store, rules, city.clock)
    return later


def changed(city: StoredCity) -> StoredCity:
    """The same city after the limit of one matter was changed."""
    return with_matter(city, "E0101", limit=Limit.urgent_hours(1))


def notes(city: StoredCity, case_id: int | None) -> dict[Command, str]:
    assert case_id is not None
    with city.store.read() as connection:
        return {s.command: s.note for s in queries.steps(connection, city.viewer(), case_id)}


def row(city: StoredCity, external_id: str) -> tuple[int | None, int]:
    query = select(cases.c.matter_version, cases.c.deadline)
    with city.store.read() as connection:
        found = connection.execute(query.where(cases.c.external_id == external_id)).one()
    return found.matter_version, found.deadline


def test_why_a_case_has_its_matter_stands_in_its_timeline(city: StoredCity) -> None:
    said = {"matter": None, "title": "门口的灯一直不亮", "description": "垃圾也没人收"}
    items = [
        city.report("rule", **said),
        city.report("words", **said, cell=f"{EAST}001"),
        city.report("named", title="灯不亮"),
        city.report("nothing", matter=None, title="你好"),
    ]
    by_rule, by_words, named, nothing = (notes(city, a.id) for a in city.accept(*items))
    assert by_rule[Command.FILE] == "lamps.dark: 灯不亮归路灯"
    assert by_words[Command.FILE] == "words: 含“垃圾”"
    assert named[Command.FILE] == "" and nothing == {Command.REPORT: ""}


def test_a_case_keeps_the_matter_as_it_was_when_it_was_filed(city: StoredCity) -> None:
    city.accept(city.report("old", matter="E0401"), city.report("plain"))
    version, deadline = row(city, "plain")
    later = changed(city)
    later.accept(later.report("new"))
    new_version, new_deadline = row(later, "new")
    assert version != new_version and new_version is not None and version is not None
    assert row(later, "plain") == (version, deadline)
    assert new_deadline == city.clock.now + HOUR != deadline
    with city.store.read() as connection:
        was = matter_versions.matter(connection, version)
        now = matter_versions.matter(connection, new_version)
    assert was == city.matters["E0101"] and now == later.matters["E0101"]
    assert row(later, "old")[0] == later.desk.versions["E0401"]


def test_a_case_filed_before_a_change_is_dispatched_by_the_limit_it_was_filed_under(
    city: StoredCity,
) -> None:
    before = with_matter(city, "E0101", dispatches_itself=False)
    before.accept(before.report("waits"))
    after = changed(before)
    assert after.advance("waits", Command.DISPATCH)
    limit = city.matters["E0101"].limit
    assert row(after, "waits")[1] == small_city().calendar.due(city.clock.now, limit)


def test_versions_are_written_once_and_old_contents_come_back_to_theirs(city: StoredCity) -> None:
    first = dict(city.desk.versions)
    other = changed(city)
    again = with_matter(other, "E0101", limit=city.matters["E0101"].limit)
    assert again.desk.versions == first
    assert {c for c, v in other.desk.versions.items() if first[c] != v} == {"E0101"}
    with city.store.write() as connection:
        assert matter_versions.keep(connection, city.matters.values(), 0) == first
        assert matter_versions.known(connection, [replace(MATTERS[0], words=("新",))]) == {}


def test_a_past_written_in_bulk_has_versions_too(city: StoredCity) -> None:
    life = Life("bulk", "app", "E0401", "占道", f"{SOUTH}001001001", city.clock.now, updates=[])
    past = history.Past(city.tree, city.desk, city.matters, "test")
    with city.store.write() as connection:
        history.write(connection, past, [life])
    assert row(city, "bulk")[0] == city.desk.versions["E0401"]


def test_a_unit_of_a_forbidden_level_is_refused_whoever_names_it(city: StoredCity) -> None:
    street = 2
    kept = with_matter(city, "E0401", forbidden=(street,))
    (answer,) = kept.accept(kept.report("one", matter="E0401", cell=f"{SOUTH}001001001"))
    named = Update("test", "one", Command.DISPATCH, kept.clock.now, f"{SOUTH}001-hw")
    viewer = kept.viewer()
    (refused,) = kept.intake.advance(viewer, [named])
    assert "E0401 占道经营 must not be given to a unit of the level" in str(refused.refusal)
    (taken,) = kept.intake.advance(viewer, [named._replace(unit=None)])
    assert taken.facts is not None and taken.facts.unit == f"{SOUTH}-cg"
    assert answer.id is not None
