"""Tests of market supervision, on the recorded list and on a live one."""

from datetime import datetime

import pytest

from commandcenter.api import HOUR, Feed, Filing, Reading, Update

from .complaints import FOLDER, complaints
from .kinds import kinds_panel
from .listing import listing_panel
from .routing import RULES
from .source import complaints_source
from .week import week_panel

PANELS = (kinds_panel, listing_panel, week_panel)
SAMPLE = Feed("sample.json", FOLDER)
EVENING = round(datetime.fromisoformat("2026-06-01T21:30:00+08:00").timestamp()) * 1000


def complaint(key, now, ago, taken=None, closed=None, cell="410184001", kind="计量"):
    """A reading as the source gives it; instants in hours before now."""
    def at(hours):
        return None if hours is None else round(now - hours * HOUR)

    values = {
        "shop": f"店{key}", "kind": kind, "what": "缺斤短两", "station": "监管所",
        "taken": at(taken), "closed": at(closed), "sample": True,
    }  # fmt: skip
    return Reading(key, at(ago), values, cell)


@pytest.fixture
def some(frozen_clock):
    now = frozen_clock.now
    return [
        complaint("done", now, 9, 8, 2), complaint("late", now, 5), complaint("new", now, 1),
        complaint("work", now, 6, 5, kind="食品安全"),
    ]  # fmt: skip


def test_the_sample_comes_in_through_the_day_as_readings_and_cases(
    small_city, source_context, frozen_clock
):
    frozen_clock.move_to(EVENING)
    found = source_context.collect(complaints_source(small_city.settings))
    reports = [item for item in found if isinstance(item, Filing)]
    assert len(reports) == len({filing.report.external_id for filing in reports}) > 20
    assert small_city.refusals(reports) == []
    morning = list(complaints(SAMPLE.read("complaints"), EVENING - 12 * HOUR, None))
    assert 0 < len(morning) < len(reports)


def test_the_same_recording_comes_in_as_other_cases_on_another_day(source_context):
    sample, zone = SAMPLE.read("complaints"), source_context.calendar.zone
    today = {c.key for c in complaints(sample, EVENING, zone)}
    tomorrow = {c.key for c in complaints(sample, EVENING + 24 * HOUR, zone)}
    assert len(today) == len(tomorrow) and not today & tomorrow


def test_what_was_reported_is_not_reported_again_and_what_left_the_list_is_gone(
    small_city, source_context, fake_feed
):
    entry = {
        "id": "7", "shop": "甲", "kind": "价格", "what": "x", "cell": "410184001",
        "station": "y", "at": "2026-06-01T08:00:00+08:00", "taken": None,
    }  # fmt: skip
    url = fake_feed.serve({"complaints": [entry, entry | {"id": "8"}]}).url
    batches = source_context.batches(complaints_source({**small_city.settings, "feed": url}))
    assert [r.key for r in next(batches)] == ["7", "8", "week"]
    assert told(next(batches)) == ["7", "7 file", "7 dispatch", "8", "8 file", "8 dispatch"]
    fake_feed.serve({"complaints": [entry]})
    assert [(r.key, r.values is None) for r in next(batches)][-1] == ("8", True)
    assert list(next(batches)) == []


def told(batch):
    """What a list says: the numbers of new cases, and the steps of cases."""
    return [
        item.report.external_id if isinstance(item, Filing) else f"{item[1]} {item.command}"
        for item in batch
    ]


def test_after_a_restart_only_the_steps_are_told_that_were_not(
    small_city, source_context, fake_feed
):
    entry = {
        "shop": "甲", "kind": "价格", "what": "x", "cell": "410184001", "station": "y",
        "at": "2026-06-01T08:00:00+08:00", "taken": "2026-06-01T09:00:00+08:00",
    }  # fmt: skip
    closed = {"closed": "2026-06-01T10:00:00+08:00"}
    late = {"id": "late", "taken": None}
    fake_feed.serve({"complaints": [
        entry | {"id": "work"}, entry | {"id": "done"} | closed,
        entry | {"id": "ends"} | closed, entry | late,
    ]})  # fmt: skip
    source_context.last = source_context.now() - HOUR
    source_context.cases = [
        ("work", "handling", "", "", 0), ("ends", "handling", "", "", 0),
        ("late", "dispatched", "", "", 0),
    ]  # fmt: skip
    source = complaints_source({**small_city.settings, "feed": fake_feed.url})
    _, news, *_ = source_context.batches(source)
    assert told(news) == ["ends handle", "ends verify", "ends close"]


def test_the_steps_of_a_complaint_are_legal_from_its_report_to_its_end(
    small_city, source_context, frozen_clock
):
    frozen_clock.move_to(EVENING)
    found = source_context.collect(complaints_source(small_city.settings))
    steps = {}
    for item in found:
        if isinstance(item, Update):
            steps.setdefault(item.external_id, []).append(item.command)
    whole = ["file", "dispatch", "take_up", "handle", "verify", "close"]
    assert steps and all(taken == whole[: len(taken)] for taken in steps.values())


def test_each_rule_says_why_and_names_one_duty():
    assert {rule.key: rule.duty for rule in RULES} == {
        "xinzheng_market.equipment": "market", "xinzheng_market.kitchens": "street_market",
    }  # fmt: skip
    assert all(rule.reason.zh and rule.reason.en and rule.words for rule in RULES)


@pytest.mark.parametrize("fault", ["fail", "garbage"])
def test_a_broken_list_is_an_error_that_is_shown(small_city, source_context, fake_feed, fault):
    getattr(fake_feed, fault)()
    source = complaints_source({**small_city.settings, "feed": fake_feed.url})
    with pytest.raises((OSError, ValueError)):
        source_context.collect(source)


def test_late_complaints_come_first_and_closed_ones_last(city_view, shown, some):
    values = shown(listing_panel(), city_view(said=some))
    rows = values["list"]["rows"]
    assert [row["key"] for row in rows] == ["late", "new", "work", "done"]
    assert [row["state"]["text"] for row in rows] == ["待受理", "待受理", "查处中", "已办结"]
    assert [row["state"]["tone"] for row in rows] == ["red", "yellow", "blue", "good"]
    assert values["origin"].startswith("示例数据")


def test_kinds_are_ranked_with_what_is_open(city_view, shown, some):
    bars = shown(kinds_panel(), city_view(said=some, language="en"))["kinds"]
    assert [(bar["label"], bar["value"], bar["note"]) for bar in bars] == [
        ("计量", 3, "2 open"), ("食品安全", 1, "1 open"),
    ]  # fmt: skip


def test_today_is_held_against_the_week(city_view, shown, some, frozen_clock):
    totals = Reading("week", frozen_clock.now, {"totals": [1, 2, 3]}, "410184")
    values = shown(week_panel(), city_view(said=[*some, totals]))
    assert (values["today"]["value"], values["today"]["change"]) == (4, 2)
    assert values["waiting"] == {"value": 2, "tone": "red"}
    assert values["closed"]["value"] == 1
    assert values["week"]["values"] == [1, 2, 3]


@pytest.mark.parametrize("panel", PANELS)
def test_without_a_list_nothing_is_shown_as_zero(city_view, shown, panel):
    values = shown(panel(), city_view())
    assert values["origin"] == "今日没有投诉举报"
    assert 0 not in [part.get("value") for part in values.values() if isinstance(part, dict)]


@pytest.mark.parametrize("panel", PANELS)
def test_panels_show_their_district_alone(assert_scoped, panel):
    assert_scoped(panel())
