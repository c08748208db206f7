"""Readings: kept by source and key, seen by panels of the same plugin, in the scope alone."""

from collections.abc import Callable, Iterator, Sequence

import orjson
import pytest

from commandcenter.api import Reading, Source, Text
from commandcenter.domain.viewers import Clearance
from commandcenter.errors import PluginError
from commandcenter.host import readings as limits
from commandcenter.host.deliveries import check
from commandcenter.host.plugin import Registered
from commandcenter.host.reports import Delivery
from commandcenter.ingest import readings as shelves
from commandcenter.ingest.locator import Locator
from commandcenter.ingest.readings import Shelf
from commandcenter.live.colours import Colours
from commandcenter.live.readings import Readings
from commandcenter.live.topics import Topic
from commandcenter.live.view import City, ScopeView
from commandcenter.testing import small_data
from commandcenter.testing.city import LEVELS
from commandcenter.testing.stored import MONDAY, StoredCity
from tests.live.running import SOUTH, TOPIC, Running, run
from tests.live.streaming import until

__all__ = ["run"]
CITY, EAST, WEST = "990100", "990102", "990103"
STREET = f"{EAST}001"


def shelf(
    city: StoredCity,
    publish: Callable[[str, bytes], None] = lambda channel, payload: None,
    plugin: str = "flood",
    districts: Sequence[str] = (EAST,),
) -> Shelf:
    def nothing(_: object) -> Iterator[Sequence[Delivery]]:
        yield []

    sensors = Source(f"{plugin}.sensors", Text("传感器"), nothing)
    source = Registered(sensors, plugin, tuple(districts))
    places = Locator(city.tree, small_data().outlines)
    return Shelf(source, city.store, city.tree, places, publish)


def reading(key: str, level: float = 1.0, **given: object) -> Reading:
    return Reading(key, MONDAY, {"level": level}, **given)  # type: ignore[arg-type]


def seen(city: StoredCity, scope: str, panel: str = "flood.levels") -> list[tuple[str, object]]:
    """Return what a panel sees of all that is kept: keys and levels."""
    found = Readings()
    with city.store.read() as connection:
        found.refresh(connection, city.tree)
    around = City(city.rollup(), Colours(city.tree), LEVELS, {}, {}, (), (), found)
    topic = Topic.of(panel, scope, Clearance.PUBLIC, "zh", {})
    view = ScopeView(around, topic, str.format, lambda: pytest.fail("no case is needed"))
    return [(r.key, (r.values or {})["level"]) for r in view.readings()]


def test_devices_are_those_that_readings_of_any_plugin_speak_of(stored):
    def said(key, tone):
        return Reading(key, MONDAY, {"device": {"name": key, "says": "3 cm", "tone": tone}}, STREET)

    shelf(stored).keep([said("p1", "blue"), said("p2", "yellow"), reading("p3", cell=STREET)])
    broken = Reading("m2", MONDAY, {"device": {"name": 7, "tone": "pink"}}, STREET)
    shelf(stored, plugin="mine", districts=["*"]).keep([said("m1", "red"), broken])
    found = Readings()
    with stored.store.read() as connection:
        found.refresh(connection, stored.tree)
    here = found.devices(*stored.tree.range_of(STREET))
    assert [(d.key, d.says, d.tone) for d in here] == [
        ("m1", "3 cm", "red"), ("p2", "3 cm", "yellow"), ("p1", "3 cm", "blue"),
    ]  # fmt: skip
    assert found.devices(*stored.tree.range_of(WEST)) == []


def test_a_panel_sees_the_last_word_of_each_key_of_its_own_plugin_in_its_scope(stored):
    shelf(stored).keep([reading("p1", 1.0, cell=STREET), reading("p2", 2.0, cell=f"{EAST}002")])
    shelf(stored).keep([reading("p1", 1.5, cell=STREET)])
    shelf(stored, plugin="mine", districts=["*"]).keep([reading("m1", 9.0, cell=STREET)])
    assert seen(stored, EAST) == [("p1", 1.5), ("p2", 2.0)]
    assert seen(stored, STREET) == [("p1", 1.5)]
    assert seen(stored, WEST) == []
    assert seen(stored, CITY, "mine.board") == [("m1", 9.0)]
    assert seen(stored, CITY, "other.board") == []


def test_what_says_nothing_new_is_not_written_again_and_nobody_is_told(small):
    told: list[str] = []
    one = shelf(small, lambda channel, payload: told.append(channel))
    one.keep([reading("p1"), reading("p2")])
    one.keep([reading("p1"), reading("p2")])
    assert told == ["readings"]
    one.keep([reading("p1"), reading("p2", 2.0)])
    assert told == ["readings"] * 2


def test_a_reading_lies_where_it_says_or_in_the_plugins_district(small):
    inside = small.tree[STREET]
    shelf(small).keep([reading("point", lng=inside.lng, lat=inside.lat), reading("nowhere")])
    assert seen(small, STREET) == [("point", 1.0)]
    assert seen(small, EAST) == [("nowhere", 1.0), ("point", 1.0)]


def test_what_lies_outside_the_plugins_districts_is_not_kept(small, caplog):
    refused = shelf(small).keep([
        reading("here", cell=STREET), reading("west", cell=WEST), reading("sea", lng=0.0, lat=0.0),
        reading("unknown", cell="1"),
    ])  # fmt: skip
    assert refused == 3
    assert seen(small, CITY) == [("here", 1.0)]
    assert "3 of 4 readings refused" in caplog.text


def test_a_thing_that_is_gone_is_forgotten(small):
    shelf(small).keep([reading("p1"), reading("p2")])
    shelf(small).keep([Reading("p1", MONDAY, None)])
    assert seen(small, EAST) == [("p2", 1.0)]


def test_no_more_keys_are_kept_than_a_source_may_have(small, monkeypatch):
    monkeypatch.setattr(shelves, "MOST_KEYS", 3)
    shelf(small).keep([reading("p1"), reading("p2")])
    assert shelf(small).keep([reading("p2", 2.0), reading("p3"), reading("p4")]) == 1
    assert seen(small, EAST) == [("p1", 1.0), ("p2", 2.0), ("p3", 1.0)]


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        (Reading("", MONDAY), "key = ''"),
        (Reading("p", -1), "at = -1 is no instant"),
        (Reading("p", MONDAY, {"level": object()}), "values are no JSON"),
        (Reading("p", MONDAY, {"x": "y" * limits.MAX_BYTES}), "at most 2,048 are kept"),
        (Reading("p", MONDAY, [1]), "values is list, a dict is needed"),  # type: ignore[arg-type]
        (Reading("p", MONDAY, {}, lng=1.0), "is no point"),
    ],
)
def test_a_reading_that_cannot_be_kept_is_an_error_of_its_source(wrong, fault):
    with pytest.raises(PluginError, match="item 0 of a list") as refused:
        check([wrong], "flood.sensors")
    assert fault in str(refused.value)


def test_only_what_changed_is_read_anew_and_its_cells_are_told(small):
    found = Readings()
    with small.store.read() as connection:
        assert found.refresh(connection, small.tree) == set()
    shelf(small).keep([reading("p1", cell=STREET)])
    with small.store.read() as connection:
        assert found.refresh(connection, small.tree) == {small.tree.position[STREET]}
        assert found.refresh(connection, small.tree) == set()


def test_a_reading_reaches_the_screen_at_once(small, run: Callable[[], Running]):
    one = run()
    one.watch(TOPIC.key)
    until(lambda: one.shown("total") is not None)
    before = one.live.renderer.rendered
    shelf(small, one.bus.publish, "x", [SOUTH]).keep([reading("p1")])
    until(lambda: one.live.renderer.rendered > before)
    assert [r.key for r in one.live.renderer.means.city.readings.of("x", 0, 108)] == ["p1"]


def test_the_values_come_back_as_they_were_given(small):
    shelf(small).keep([Reading("p1", MONDAY, {"trail": [1, None], "name": "桥"}, cell=STREET)])
    found = Readings()
    with small.store.read() as connection:
        found.refresh(connection, small.tree)
    (kept,) = found.of("flood", 0, 108)
    assert kept == Reading("p1", MONDAY, {"trail": [1, None], "name": "桥"}, STREET)
    assert orjson.dumps(kept.values)
