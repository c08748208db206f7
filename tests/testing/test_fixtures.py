"""What `commandcenter.testing` gives to the tests of plugins, as a pytest plugin."""

import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from commandcenter.api import (
    SECOND,
    Bars,
    Number,
    Panel,
    Reading,
    Report,
    RiskRule,
    Source,
    Text,
    View,
)
from commandcenter.errors import PluginError
from commandcenter.testing import FakeFeed, ReadyCity
from tests.plugins.samples.lamp.panel import open_panel
from tests.plugins.samples.lamp.rule import many_open

WRONG = Path(__file__).parent.parent / "plugins" / "wrong"
LAMP = Path(__file__).parent.parent / "plugins" / "samples" / "lamp"
HEAVY = ("numpy", "pydantic", "dash", "sqlalchemy", "playwright", "commandcenter.host")


def test_the_plugin_imports_nothing_heavy_before_it_is_used():
    code = (
        "import sys, commandcenter.testing.plugin\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_all_names_can_be_had_and_others_are_refused():
    import commandcenter.testing as testing

    assert all(getattr(testing, name) is not None for name in testing.__all__)
    with pytest.raises(AttributeError, match="no attribute 'FakeVeiw'"):
        _ = testing.FakeVeiw


def test_outside_of_a_plugin_the_city_is_the_small_one(small_city):
    assert small_city.manifest is None
    assert small_city.home.code == "990100"
    assert [cell.name for cell in small_city.below()] == ["东湖区", "西山区", "南门区"]


def test_the_city_of_a_plugin_has_its_districts_and_its_settings(tmp_path):
    lamp = ReadyCity.around(LAMP / "panel.py")
    assert (lamp.home.code, lamp.settings) == ("990102", {"limit": 5})
    (tmp_path / "far").mkdir()
    manifest = (LAMP / "plugin.toml").read_text("utf-8")
    far = manifest.replace('"990102"', '"410105", "410106"').replace('"lamp"', '"far"')
    (tmp_path / "far" / "plugin.toml").write_text(far, "utf-8")
    city = ReadyCity.of(tmp_path / "far")
    assert city.home.code == "410105"
    assert {"410105", "410106", "990102"} <= {cell.code for cell in city.below("990100")}
    assert city.view({"open": {"410105001": 3, "990102": 4}}).count("open") == 3


def test_a_view_shows_the_time_of_the_clock(city_view, frozen_clock):
    before = city_view().now
    assert frozen_clock.advance(90) == city_view().now == before + 90 * SECOND
    frozen_clock.move_to(before)
    assert frozen_clock() == before + 90 * SECOND, "the time never goes back"


def test_a_panel_is_shown_as_a_screen_gets_it(shown, city_view):
    assert shown(open_panel(), city_view({"open": {"990102": 2}}))["open"]["value"] == 2
    wrong = Panel("x.y", Text("x"), (Number("a"),), lambda view: {"a": {"value": "2"}})
    with pytest.raises(PluginError, match="is not a finite number"):
        shown(wrong, city_view())


def every_minute(context):
    number = 0
    while context.wait(context.now() + 60 * SECOND):
        number += 1
        yield [
            Report(
                source="x.y",
                external_id=str(number),
                channel="app",
                title="t",
                cell="990103",
                occurred_at="2026-06-01T08:00:00+08:00",
            )
        ]


def test_a_source_runs_without_waiting_until_it_has_waited_often_enough(
    source_context, frozen_clock
):
    start = frozen_clock.now
    source_context.waits = 4
    reports = source_context.collect(Source("x.y", Text("x"), every_minute))
    assert [report.external_id for report in reports] == ["1", "2", "3", "4"]
    assert frozen_clock.now == start + 4 * 60 * SECOND


def test_a_source_that_speaks_for_another_is_refused(source_context):
    with pytest.raises(PluginError, match="names the source"):
        source_context.collect(Source("other", Text("x"), every_minute))


def test_what_the_server_would_reject_is_told_with_its_reason(source_context):
    reports = source_context.collect(Source("x.y", Text("x"), every_minute))[:1]
    lamp = ReadyCity.of(LAMP)
    assert source_context.city.refusals(reports) == []
    (said,) = lamp.refusals(reports)
    assert said == "report 1: cell lies outside the districts that plugin lamp serves: 990102"
    wrong = reports[0].model_copy(update={"channel": "radio", "cell": "990102"})
    assert "is not a channel; known: patrol" in lamp.refusals([wrong])[0]
    inside, outside = Reading("a", 0, {}, "990102001"), Reading("b", 0, {}, "990103")
    assert lamp.refusals([inside]) == []
    assert "reading b: lies outside the districts" in lamp.refusals([outside])[0]


def read(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return bytes(answer.read())


def test_a_feed_serves_the_same_by_http_and_as_a_file(fake_feed):
    fake_feed.serve([{"id": 1}])
    assert read(fake_feed.url) == fake_feed.path.read_bytes() == b'[{"id": 1}]'
    fake_feed.serve("plain words")
    assert read(fake_feed.url) == b"plain words"
    assert fake_feed.asked == 2


def test_a_feed_fails_and_sends_garbage(fake_feed):
    fake_feed.fail(502)
    with pytest.raises(urllib.error.HTTPError, match="502") as failed:
        read(fake_feed.url)
    failed.value.close()
    assert not fake_feed.path.exists()
    with pytest.raises(UnicodeDecodeError):
        read(fake_feed.garbage().url).decode()


def test_a_feed_that_stalls_answers_nothing_until_it_is_told_to(fake_feed):
    fake_feed.stall()
    ended: list[object] = []

    def ask(feed: FakeFeed) -> None:
        try:
            ended.append(read(feed.url))
        except OSError as error:
            ended.append(error)

    asking = threading.Thread(target=ask, args=(fake_feed,))
    asking.start()
    asking.join(0.2)
    assert asking.is_alive() and not ended
    fake_feed.serve([])
    asking.join(10)
    assert isinstance(ended[0], OSError)
    assert read(fake_feed.url) == b"[]"


def test_what_goes_by_its_district_is_scoped(assert_scoped):
    assert_scoped(open_panel())
    assert_scoped(many_open(5))


def all_open(view: View) -> int:
    return int(view.given["open"][0])


def test_a_panel_or_a_rule_that_looks_elsewhere_is_not_scoped(assert_scoped, small_city):
    def render(view):
        return {"a": {"value": all_open(view)}}

    with pytest.raises(AssertionError, match=r"x\.y: a changes with what happens outside 990102"):
        assert_scoped(Panel("x.y", Text("x"), (Number("a"),), render))

    def grade(view):
        return (view.counts("open") * 0 + all_open(view) % 3).astype("int8")

    with pytest.raises(AssertionError, match="grade changes"):
        assert_scoped(RiskRule("x.z", Text("x"), grade, lambda view, at: "x"))

    def beyond(view):
        return {"a": {"value": view.count("open", view.last + 1)}}

    with pytest.raises(IndexError, match="outside the scope"):
        assert_scoped(Panel("x.y", Text("x"), (Number("a"),), beyond))


@pytest.mark.browser
def test_a_panel_is_drawn_into_a_picture(render_panel_to_image, city_view, tmp_path):
    def render(view):
        return {"open": {"value": view.count("open"), "tone": "red"}, "bars": []}

    parts = (Number("open", Text("未结"), great=True), Bars("bars", grow=True))
    panel = Panel("x.open", Text("未结案件"), parts, render)
    view = city_view({"open": {"990102": 7}})
    dark = render_panel_to_image(panel, view, tmp_path / "dark.png", size=(6, 4))
    content = dark.read_bytes()
    assert content.startswith(b"\x89PNG")
    width, height = (int.from_bytes(content[at : at + 4]) for at in (16, 20))
    assert 380 < width < 480 and 250 < height < 360
