"""Tests of the flood watch, on its recorded sample and on a feed."""

from dataclasses import replace
from datetime import datetime

import pytest

from commandcenter.api import MINUTE, Colour, Feed, Reading, Report

from .feed import FOLDER, measured
from .levels import levels_panel
from .rule import flood_rule
from .source import sensors_source
from .stations import stations_panel

NOON = "2026-06-01T12:00:00+08:00"
SAMPLE = Feed("sample.json", FOLDER)


def readings(delivered):
    return [item for item in delivered if isinstance(item, Reading)]


def reports(delivered):
    return [item for item in delivered if isinstance(item, Report)]


def sensor(level, id="S1", **given):
    return {
        "id": id, "name": "桥下", "cell": "410105001", "lng": 113.6, "lat": 34.7,
        "yellow_cm": 15, "red_cm": 27, "level_cm": level,
    } | given  # fmt: skip


def feed(*sensors, at=NOON):
    return {"at": at, "sensors": list(sensors)}


def test_the_sample_says_that_it_is_made_up_and_gives_a_reading_for_each_sensor(
    small_city, source_context
):
    delivered = source_context.collect(sensors_source(small_city.settings))
    assert "示例" in SAMPLE.read("sensors")["sample"]
    assert {r.key for r in readings(delivered)} == {f"S{at:02}" for at in range(1, 11)}
    assert all(r.values["sample"] for r in readings(delivered))
    assert small_city.refusals(reports(delivered)) == []


def test_the_recorded_day_is_played_again_every_day(source_context):
    sample, zone = SAMPLE.read("sensors"), source_context.calendar.zone
    noon = datetime.fromisoformat(NOON).timestamp() * 1000
    today, tomorrow = measured(sample, noon, zone), measured(sample, noon + 1440 * MINUTE, zone)
    assert [one.level for one in today] == [one.level for one in tomorrow]
    assert today[0].at == noon and len(today[0].trail) == 36
    assert today[0].trail[-1] == today[0].level


def test_water_above_the_red_limit_is_reported_once_until_it_has_fallen(
    small_city, source_context, fake_feed
):
    source = sensors_source({**small_city.settings, "feed": fake_feed.url})
    batches, found = source_context.batches(source), []
    source_context.waits = 9
    for level in (10, 30, 35, 20, 28):
        fake_feed.serve(feed(sensor(level)))
        found.append([len(next(batches)), len(next(batches))])
    assert found == [[1, 0], [1, 1], [1, 0], [1, 0], [1, 1]]


def test_a_case_that_is_still_open_after_a_restart_is_not_reported_again(
    small_city, source_context, fake_feed
):
    fake_feed.serve(feed(sensor(40), sensor(40, id="S2")))
    context = replace(source_context, cases=[("S1@1", "dispatched", "", "410105001", 0)])
    source = sensors_source({**small_city.settings, "feed": fake_feed.url})
    (only,) = reports(context.collect(source))
    assert only.external_id.startswith("S2@")
    assert small_city.refusals([only]) == []


def test_a_street_the_city_does_not_know_is_the_district(small_city, source_context, fake_feed):
    fake_feed.serve(feed(sensor(1, cell="999")))
    source = sensors_source({**small_city.settings, "feed": fake_feed.url})
    assert readings(source_context.collect(source))[0].cell == "410105"


@pytest.mark.parametrize("fault", ["fail", "garbage"])
def test_a_broken_feed_is_an_error_that_is_shown(small_city, source_context, fake_feed, fault):
    getattr(fake_feed, fault)()
    source = sensors_source({**small_city.settings, "feed": fake_feed.url})
    with pytest.raises((OSError, ValueError)):
        source_context.collect(source)


def said(now, *levels, street="410105001", age=0, **given):
    return [
        Reading(f"S{at}", now - age, {
            "name": f"桥{at}", "level": level, "yellow": 15, "red": 27,
            "trail": [5] * 6 + [level], "sample": True,
        } | given, street, 113.6, 34.7)
        for at, level in enumerate(levels)
    ]  # fmt: skip


def test_the_panel_shows_the_worst_and_says_that_it_is_a_sample(city_view, shown, frozen_clock):
    values = shown(levels_panel(), city_view(said=said(frozen_clock.now, 3, 30, 18)))
    assert [values[name]["value"] for name in ("red", "yellow", "normal")] == [1, 1, 1]
    assert values["red"]["tone"] == "red"
    assert (values["worst"]["value"], values["worst"]["note"]) == (30, "桥1")
    assert values["trail"]["values"][-1] == 30
    assert len(values["sensors"]["points"]) == 3
    assert values["origin"].startswith("示例数据")


def test_without_readings_nothing_is_shown_as_zero(city_view, shown):
    values = shown(levels_panel(), city_view(language="en"))
    assert values["red"]["value"] is None and values["worst"]["value"] is None
    assert values["origin"] == "No readings yet"


def test_a_silent_sensor_is_listed_last_and_counts_for_nothing(city_view, shown, frozen_clock):
    now = frozen_clock.now
    old = [replace(r, key="old") for r in said(now, 50, age=40 * MINUTE)]
    view = city_view(said=[*said(now, 3), *old], language="en")
    rows = shown(stations_panel(), view)["stations"]["rows"]
    assert [row["key"] for row in rows] == ["S0", "old"]
    assert rows[1]["level"] is None and rows[1]["state"]["text"] == "Silent"
    assert shown(levels_panel(), view)["red"]["value"] == 0
    assert not flood_rule().grade(view).any()


def test_the_street_of_the_water_is_coloured_and_the_reason_told(city_view, frozen_clock):
    view = city_view(said=said(frozen_clock.now, 16, 30))
    levels, at = flood_rule().grade(view), view.tree.position["410105001"]
    assert levels[at - view.first] == Colour.RED
    assert (levels != 0).sum() == 1
    assert flood_rule().explain(view, at) == "桥1积水 30 厘米"


def test_panels_and_rule_go_by_their_district_alone(assert_scoped):
    assert_scoped(levels_panel())
    assert_scoped(stations_panel())
    assert_scoped(flood_rule())
