"""Tests of isolation and testing, on the recorded sample and on a feed."""

import pytest

from commandcenter.api import HOUR, Feed, Reading

from .overview import overview_panel
from .queues import queues_panel
from .sites import sites_panel
from .source import FOLDER, sites_source

PANELS = (overview_panel, queues_panel, sites_panel)
SAMPLE = Feed("sample.json", FOLDER)


def site(key, kind, used, capacity=100, at=0, **given):
    values = {
        "name": f"点{key}", "kind": kind, "capacity": capacity, "used": used, "tested": 40,
        "trail": [1, 2, used], "sample": True,
    }  # fmt: skip
    return Reading(key, at, values | given, "410104001", 113.7, 34.7)


def test_the_sample_gives_a_reading_for_each_site_and_no_case(small_city, source_context):
    found = source_context.collect(sites_source(small_city.settings))
    sample = SAMPLE.read("sites")
    assert "示例" in sample["sample"]
    assert {type(item) for item in found} == {Reading}
    assert {item.key for item in found} == {entry["id"] for entry in sample["sites"]}
    assert all(item.values["sample"] and len(item.values["trail"]) == 12 for item in found)


def test_a_site_that_left_the_feed_leaves_the_wall(small_city, source_context, fake_feed):
    entry = {
        "id": "A", "name": "甲", "kind": "testing", "cell": "410104001", "capacity": 60,
        "used": 5, "tested": 9,
    }  # fmt: skip
    feed = {"at": "2026-06-01T12:00:00+08:00", "sites": [entry, entry | {"id": "B"}]}
    source = sites_source({**small_city.settings, "feed": fake_feed.serve(feed).url})
    batches = source_context.batches(source)
    assert [r.key for r in next(batches)] == ["A", "B"]
    fake_feed.serve(feed | {"sites": [entry]})
    assert [(r.key, r.values is None) for r in next(batches)] == [("A", False), ("B", True)]


@pytest.mark.parametrize("fault", ["fail", "garbage"])
def test_a_broken_feed_is_an_error_that_is_shown(small_city, source_context, fake_feed, fault):
    getattr(fake_feed, fault)()
    source = sites_source({**small_city.settings, "feed": fake_feed.url})
    with pytest.raises((OSError, ValueError)):
        source_context.collect(source)


def test_beds_and_queues_are_added_up(city_view, shown, frozen_clock):
    now = frozen_clock.now
    view = city_view(said=[
        site("1", "isolation", 90, at=now), site("2", "isolation", 30, at=now),
        site("3", "testing", 50, at=now), site("4", "testing", 7, at=now),
    ])  # fmt: skip
    values = shown(overview_panel(), view)
    assert [values[part]["value"] for part in ("free", "waiting", "tested")] == [80, 57, 80]
    assert (values["share"]["value"], values["share"]["note"]) == (60, "120 / 200 床")
    assert values["origin"].startswith("示例数据")


def test_the_longest_wait_comes_first_with_its_minutes(city_view, shown, frozen_clock):
    now = frozen_clock.now
    view = city_view(
        said=[site("1", "testing", 20, at=now), site("2", "testing", 120, at=now)], language="en"
    )
    values = shown(queues_panel(), view)
    first, second = values["queues"]
    assert values["whole"]["values"] == [2, 4, 140]
    assert (first["label"], first["note"], first["tone"]) == ("点2", "72 min", "red")
    assert (second["note"], second["tone"]) == ("12 min", "plain")


def test_full_sites_come_first_and_silent_ones_last(city_view, shown, frozen_clock):
    now = frozen_clock.now
    view = city_view(said=[
        site("1", "isolation", 99, at=now - 3 * HOUR), site("2", "isolation", 40, at=now),
        site("3", "isolation", 96, at=now), site("4", "testing", 1, capacity=0, at=now),
    ])  # fmt: skip
    rows = shown(sites_panel(), view)["sites"]["rows"]
    assert [row["key"] for row in rows] == ["3", "4", "2", "1"]
    assert [row["state"]["text"] for row in rows] == ["占用 96%", "未开放", "占用 40%", "未上报"]
    assert rows[3]["used"] is None
    assert shown(overview_panel(), view)["free"]["value"] == 64


@pytest.mark.parametrize("panel", PANELS)
def test_without_readings_nothing_is_shown_as_zero(city_view, shown, panel):
    values = shown(panel(), city_view())
    assert values["origin"] == "还没有读数"
    assert 0 not in [part.get("value") for part in values.values() if isinstance(part, dict)]


@pytest.mark.parametrize("panel", PANELS)
def test_panels_show_their_district_alone(assert_scoped, panel):
    assert_scoped(panel())
