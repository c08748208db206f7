"""What is pushed to a remote panel is shown with the age of the push, and costs no rendering."""

from collections.abc import Callable
from time import monotonic

import orjson
import pytest

from commandcenter.api import Number, Text
from commandcenter.host.plugin import Registered
from commandcenter.host.remote import RemotePanel
from commandcenter.live import render
from commandcenter.live.frames import Frame, decode, encode
from commandcenter.live.latest import Latest
from commandcenter.live.remote import tell
from commandcenter.live.topics import Topic
from commandcenter.store import remote
from commandcenter.store.remote import Place
from commandcenter.testing.stored import StoredCity
from tests.live.running import SOUTH, Running, run
from tests.live.streaming import until
from tests.live.test_render import Bench, key, parts

__all__ = ["run"]

PANEL = RemotePanel("air.flights", Text("航班"), (Number("landed"), Number("late")), interval=30.0)
FLIGHTS = key("air.flights", SOUTH)


def put(city: StoredCity, at: int, **values: int) -> None:
    raw = {name: orjson.dumps({"value": value}) for name, value in values.items()}
    with city.store.write() as connection:
        remote.put(connection, place(city), raw, at)


def refuse(city: StoredCity, reason: str) -> None:
    with city.store.write() as connection:
        remote.refuse(connection, place(city), reason, 1)


def place(city: StoredCity) -> Place:
    return Place("air.flights", city.tree.position[SOUTH])


@pytest.fixture
def bench(small: StoredCity, monkeypatch: pytest.MonkeyPatch) -> Bench:
    clock = [1000.0]
    monkeypatch.setattr(render, "monotonic", lambda: clock[0])
    made = Bench(small, clock)
    made.panels["air.flights"] = Registered(PANEL, "air", (SOUTH,))
    return made


def told(bench: Bench) -> None:
    body = {"panel": "air.flights", "cell": bench.city.tree.position[SOUTH]}
    bench.renderer.pushes.told(orjson.dumps(body))


def test_a_panel_that_was_never_pushed_shows_dashes_and_no_age(bench: Bench) -> None:
    bench.watch(FLIGHTS)
    (frame,) = bench.tick()
    assert parts(frame) == {"landed": b"null", "late": b"null"}
    assert (frame.full, frame.state, frame.pushed) == (True, "ok", 0)
    assert bench.tick() == [] and bench.tick(60) == [], "time alone says nothing new"


def test_what_was_pushed_before_is_there_with_its_age_when_somebody_looks(bench: Bench) -> None:
    put(bench.city, 5000, landed=7)
    bench.watch(FLIGHTS)
    (frame,) = bench.tick()
    assert parts(frame) == {"landed": b'{"value":7}', "late": b"null"}
    assert frame.pushed == 5000 < frame.at


def test_a_push_that_is_told_sends_the_parts_that_changed(bench: Bench) -> None:
    put(bench.city, 5000, landed=7, late=1)
    bench.watch(FLIGHTS)
    bench.tick()
    put(bench.city, 6000, landed=8)
    assert bench.tick() == [], "it was not told"
    told(bench)
    (frame,) = bench.tick()
    assert (parts(frame), frame.full, frame.pushed) == ({"landed": b'{"value":8}'}, False, 6000)
    put(bench.city, 7000, landed=8)
    told(bench)
    (frame,) = bench.tick()
    assert (parts(frame), frame.pushed) == ({}, 7000), "the same number is younger now"


def test_all_languages_get_a_push(bench: Bench) -> None:
    english = key("air.flights", SOUTH, language="en")
    bench.watch(FLIGHTS, english)
    assert len(bench.tick()) == 2
    put(bench.city, 5000, landed=7)
    told(bench)
    assert {frame.topic for frame in bench.tick()} == {FLIGHTS, english}


def test_a_push_that_nobody_told_is_found(bench: Bench) -> None:
    bench.watch(FLIGHTS)
    bench.tick()
    put(bench.city, 5000, landed=7)
    bench.renderer.look_for_pushes()
    assert [frame.pushed for frame in bench.tick()] == [5000]
    bench.renderer.look_for_pushes()
    assert bench.tick() == []


def test_a_push_renders_no_panel_and_a_move_shows_no_push(bench: Bench) -> None:
    bench.panel("x.p")
    bench.watch(key("x.p"), FLIGHTS)
    bench.tick()
    before = len(bench.rendered)
    for at in (5000, 6000, 7000):
        put(bench.city, at, landed=at)
        told(bench)
        assert [frame.topic for frame in bench.tick()] == [FLIGHTS]
    assert len(bench.rendered) == before
    bench.city.accept(bench.city.report("one"))
    assert [frame.topic for frame in bench.tick()] == [key("x.p")]


def test_a_refused_push_fails_the_tile_until_one_is_taken(bench: Bench) -> None:
    put(bench.city, 5000, landed=7)
    bench.watch(FLIGHTS)
    bench.tick()
    refuse(bench.city, "part landed: value is a str")
    told(bench)
    (frame,) = bench.tick()
    assert (frame.state, frame.reason) == ("failed", "part landed: value is a str")
    assert (parts(frame), frame.pushed) == ({}, 5000), "the old numbers stay, with their age"
    put(bench.city, 6000, landed=7)
    told(bench)
    (frame,) = bench.tick()
    assert (frame.state, frame.reason, frame.pushed) == ("ok", "", 6000)


def test_a_value_that_an_older_manifest_allowed_is_not_known_any_more(bench: Bench) -> None:
    with bench.city.store.write() as connection:
        old = {"landed": b'{"words":"many"}', "gone": b"1", "late": b'{"value":2}'}
        remote.put(connection, place(bench.city), old, 5000)
    bench.watch(FLIGHTS)
    assert parts(bench.tick()[0]) == {"landed": b"null", "late": b'{"value":2}'}


def test_a_remote_panel_is_shown_for_its_own_districts_alone(bench: Bench) -> None:
    bench.watch(key("air.flights", "990102"))
    (frame,) = bench.sent
    assert frame.state == "failed" and "for this place" in frame.reason


def test_the_age_of_the_push_reaches_the_screens() -> None:
    frame = Frame("t", 9000, {"a": b"1"}, True, pushed=4000)
    assert decode(encode(frame)) == frame
    topic = Topic.parse(FLIGHTS)
    latest = Latest(topic)
    latest.take(frame, 1)
    assert b'"at":4000' in (latest.since(0) or b"")


def shown(live: Running) -> list[tuple[int | None, bytes]]:
    return [
        (frame.pushed, frame.parts["landed"])
        for frame in live.frames
        if frame.topic == FLIGHTS and "landed" in frame.parts
    ]


def watched(live: Running) -> Running:
    live.live.renderer.means.panels["air.flights"] = Registered(PANEL, "air", (SOUTH,))  # type: ignore[index]
    body = {"hub": "h", "topics": [FLIGHTS], "new": [FLIGHTS]}
    live.bus.publish("interest", orjson.dumps(body))
    return live


def test_a_push_is_on_the_screens_at_once_and_survives_the_worker(
    small: StoredCity, run: Callable[[], Running]
) -> None:
    live = watched(run())
    until(lambda: shown(live) == [(0, b"null")])
    put(small, 5000, landed=1)
    began = monotonic()
    tell(live.bus, place(small))
    until(lambda: shown(live)[-1] == (5000, b'{"value":1}'))
    assert monotonic() - began < 10.0  # a look without being told comes after 30 s
    put(small, 6000, landed=2)  # told to nobody: Redis was away
    until(lambda: shown(live)[-1] == (6000, b'{"value":2}'))
    live.stop()
    after = watched(run())
    until(lambda: shown(after)[-1:] == [(6000, b'{"value":2}')])
