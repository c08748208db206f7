"""Tests of mine safety, on the recorded ledger and on a live one."""

import pytest

from commandcenter.api import DAY, HOUR, Feed, Reading, Report

from .board import board_panel
from .deadlines import deadlines_panel
from .ledger import FOLDER, dangers
from .progress import progress_panel
from .source import ledger_source

PANELS = (board_panel, deadlines_panel, progress_panel)
SAMPLE = Feed("sample.json", FOLDER)


def danger(key, now, due, submitted=None, closed=None, major=False, cell="410185001"):
    """A reading as the source gives it; due, submitted and closed in hours from now."""
    def at(hours):
        return None if hours is None else now + round(hours * HOUR)

    values = {
        "mine": f"矿{key}", "what": "瓦斯", "major": major, "owner": "机电科", "due": at(due),
        "submitted": at(submitted), "closed": at(closed), "sample": True,
    }  # fmt: skip
    return Reading(key, now - DAY, values, cell)


@pytest.fixture
def five(frozen_clock):
    now = frozen_clock.now
    return [
        danger("later", now, 60), danger("over", now, -5, major=True), danger("soon", now, 3),
        danger("sent", now, -1, submitted=-2), danger("done", now, -9, -12, -3),
    ]  # fmt: skip


def test_the_sample_gives_a_reading_for_each_danger_and_a_case_for_each_major_one(
    small_city, source_context
):
    found = source_context.collect(ledger_source(small_city.settings))
    reports = [item for item in found if isinstance(item, Report)]
    major = {entry["id"] for entry in SAMPLE.read("dangers")["dangers"] if entry["major"]}
    assert {report.external_id for report in reports} <= major
    assert len(reports) == len({report.external_id for report in reports}) > 3
    assert small_city.refusals(reports) == []
    assert all(r.values["sample"] for r in found if isinstance(r, Reading) and r.values)


def test_the_sample_goes_through_its_steps_in_the_course_of_the_day(source_context):
    sample, zone = SAMPLE.read("dangers"), source_context.calendar.zone
    midnight = source_context.now() // DAY * DAY - 8 * HOUR
    steps = []
    for hour in (1, 10, 23):
        found = {d.key: d for d in dangers(sample, midnight + hour * HOUR, zone)}
        assert found["D01"].due < midnight, "overdue on every day"
        steps.append((found["D07"].submitted is not None, found["D07"].closed is not None))
    assert steps == [(False, False), (True, False), (True, True)]


def test_a_danger_that_left_the_ledger_leaves_the_wall(small_city, source_context, fake_feed):
    entry = {
        "id": "1", "mine": "甲", "cell": "410185001", "what": "x", "major": True, "owner": "y",
        "found": "2026-06-01T08:00:00+08:00", "due": "2026-06-03T08:00:00+08:00",
    }  # fmt: skip
    url = fake_feed.serve({"dangers": [entry, entry | {"id": "2", "major": False}]}).url
    batches = source_context.batches(ledger_source({**small_city.settings, "feed": url}))
    said, gone, cases = next(batches), next(batches), next(batches)
    assert ([r.key for r in said], list(gone)) == (["1", "2"], [])
    assert [case.external_id for case in cases] == ["1"]
    fake_feed.serve({"dangers": [entry]})
    said, gone, cases = next(batches), next(batches), next(batches)
    assert [(r.key, r.values) for r in gone] == [("2", None)]
    assert list(cases) == [], "it was reported before"


@pytest.mark.parametrize("fault", ["fail", "garbage"])
def test_a_broken_ledger_is_an_error_that_is_shown(small_city, source_context, fake_feed, fault):
    getattr(fake_feed, fault)()
    source = ledger_source({**small_city.settings, "feed": fake_feed.url})
    with pytest.raises((OSError, ValueError)):
        source_context.collect(source)


def test_overdue_dangers_come_first_then_the_nearest_deadline(city_view, shown, five):
    values = shown(board_panel(), city_view(said=five))
    rows = values["board"]["rows"]
    assert [row["key"] for row in rows] == ["over", "sent", "soon", "later"]
    assert [row["state"]["text"] for row in rows] == ["已超期", "待验收", "整改中", "整改中"]
    assert [row["tone"] for row in rows] == ["red", "plain", "yellow", "plain"]
    assert values["origin"].startswith("示例数据")


def test_the_line_has_the_deadlines_that_are_near(city_view, shown, five, frozen_clock):
    far = danger("far", frozen_clock.now, 100)
    items = shown(deadlines_panel(), city_view(said=[*five, far]))["deadlines"]["items"]
    assert [item["label"] for item in items] == ["矿over", "矿sent", "矿soon", "矿later"]
    assert items[0]["tone"] == "red"


def test_progress_counts_the_steps(city_view, shown, five):
    values = shown(progress_panel(), city_view(said=five, language="en"))
    assert [values[name]["value"] for name in ("open", "major", "overdue")] == [4, 1, 1]
    assert values["overdue"]["tone"] == "red"
    steps = [(step["label"], step["value"]) for step in values["steps"]]
    assert steps == [("At work", 3), ("To be checked", 1), ("Closed", 1)]


def test_a_town_sees_its_own_mines_alone(city_view, shown, frozen_clock):
    now = frozen_clock.now
    given = [danger("here", now, 1), danger("there", now, 1, cell="410185002")]
    rows = shown(board_panel(), city_view(said=given, at="410185001"))["board"]["rows"]
    assert [row["key"] for row in rows] == ["here"]


@pytest.mark.parametrize("panel", PANELS)
def test_without_a_ledger_nothing_is_shown_as_zero(city_view, shown, panel):
    values = shown(panel(), city_view())
    assert values["origin"] == "本辖区没有隐患记录"
    assert 0 not in [part.get("value") for part in values.values() if isinstance(part, dict)]


@pytest.mark.parametrize("panel", PANELS)
def test_panels_show_their_district_alone(assert_scoped, panel):
    assert_scoped(panel())
