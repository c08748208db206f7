"""The parts of the kit in a real browser: what they draw, and what a broken one costs."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page, expect

from commandcenter.errors import PluginError
from tests.screen.kit_gallery import Gallery
from tests.screen.kit_mutants import mutants
from tests.screen.kit_server import now
from tests.screen.kit_values import values
from tests.services.chromium import Pages

pytestmark = pytest.mark.browser

LONG = 30_000  # milliseconds: a page of its own with plotly and a map, on a machine that is busy
ON_A_PHONE = ("figures", "lines", "gauges", "table", "timeline", "layer", "picture", "older")
# What comes is drawn at once, so that a test need not wait for the page's beat of a second.
AT_ONCE = """window.cc = {};
Object.defineProperty(window.cc, 'useBeat', { get: () => (value) => value, set: () => {} });"""
MAP = "document.querySelector('.cc-map').ccMap"
LAYERS = f"""() => {MAP}.map.getStyle().layers.map((layer) => layer.id)
  .filter((id) => id.startsWith('of/')).map((id) => id.slice(9)).sort()"""
DRAW = """async (all) => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const broken = [];
  for (const [slot, part, value] of all) {
    dash_clientside.set_props(`${slot}-${part}`, { value });
    await frame();
    await frame();
    const graph = document.getElementById(`${slot}-${part}`).querySelector('.js-plotly-plot');
    if (graph) await frame();
    const tile = document.getElementById(slot);
    if (tile.dataset.state === 'failed') {
      broken.push([part, tile.querySelector('.age').textContent, JSON.stringify(value)]);
    }
  }
  return broken;
}"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    made = Gallery(tmp_path_factory.mktemp("gallery"), 1920)
    yield made
    made.close()


@pytest.fixture
def gallery(served: Gallery) -> Iterator[Gallery]:
    yield served
    served.cut()


def opened(
    page: Pages, gallery: Gallery, width: int = 960, height: int = 540, script: str = AT_ONCE
) -> Page:
    """Return a page that shows a value in each part."""
    made = page.again(width, height, script)
    made.goto(gallery.url)
    expect(made.locator(".cc-header .link")).to_have_attribute("data-state", "live", timeout=LONG)
    gallery.show()
    expect(made.locator("#table-rows .line").first).to_be_attached(timeout=LONG)
    return made


def state(made: Page, slot: str, wanted: str) -> None:
    """Wait until a tile has one of the faces of freshness."""
    expect(made.locator(f"#{slot}")).to_have_attribute("data-state", wanted, timeout=LONG)


def test_the_new_parts_say_what_is_in_their_values(page: Pages, gallery: Gallery) -> None:
    made = opened(page, gallery)
    change = made.locator("#figures-rain .change")
    expect(change).to_have_attribute("data-way", "up")
    expect(change).to_have_text("12.3变差")
    expect(made.locator("#figures-done .change")).to_have_text("3.1 %好转")
    expect(made.locator("#figures-flat .change")).to_have_attribute("data-way", "same")
    expect(made.locator("#lines-flow .plot path")).to_have_count(2)
    expect(made.locator("#lines-flow .digits")).to_have_attribute("aria-label", "45")
    expect(made.locator("#gauges-bridge")).to_have_class("cc-part cc-number cc-gauge tone-red")
    expect(made.locator("#gauges-lake .marks span")).to_have_text(["80", "90", "86", "88"])
    expect(made.locator("#gauges-pump .scale")).to_have_attribute("data-beyond", "above")
    expect(made.locator("#table-rows .more")).to_have_text("另有 8 条")
    expect(made.locator("#timeline-rounds .thing:not(.bare)")).to_have_count(9)
    expect(made.locator("#timeline-rounds .present")).to_have_count(1)
    expect(made.locator("#picture-photo img")).to_have_attribute("alt", "京广路下穿北口")
    expect(made.locator("#picture-photo .taken")).to_have_text("1 时前")


def test_a_layer_is_drawn_on_the_one_map_of_its_face(page: Pages, gallery: Gallery) -> None:
    made = opened(page, gallery)
    made.wait_for_selector(".cc-map[data-state=ready]")
    fills = ["fill/2/good", "fill/2/red", "fill/2/yellow"]
    drawn = sorted(["heat/heat", *(f"risk/{kind}" for kind in [*fills, "points"])])
    wanted = f"(wanted) => String(({LAYERS})()) === String(wanted)"
    made.wait_for_function(wanted, arg=drawn)
    expect(made.locator(".cc-map-label")).to_have_count(6)
    expect(made.locator("#layer-risk .total")).to_have_text("共 9 处")
    expect(made.locator("#layer-risk .key").first).to_have_text("积水2")
    expect(made.locator("#layer .mapless")).to_have_count(0)
    quiet = {"risk": {"points": [{"lng": 113.7, "lat": 34.7}]}, "heat": {}}
    gallery.show(layer=quiet)
    made.wait_for_function(wanted, arg=["heat/heat", "risk/points"])
    expect(made.locator(".cc-map-label")).to_have_count(0)
    made.keyboard.press("2")
    expect(made.locator("#alone .mapless").first).to_have_text("本屏没有地图")
    assert made.evaluate("document.querySelectorAll('canvas.maplibregl-canvas').length") == 1


def test_a_part_that_throws_costs_its_tile_until_the_next_good_value(
    page: Pages, gallery: Gallery
) -> None:
    made = opened(page, gallery, script="")
    expect(made.locator("#chart-chart .barlayer .point")).to_have_count(3, timeout=LONG)
    # Nothing of this passes the check: it stands for a fault of the part itself.
    gallery.props("table", rows={"rows": 5})
    gallery.props("layer", risk={"points": 5}, heat={"heat": [[113.7, 34.7, 1]]})
    gallery.props("chart", chart={"data": [{"type": "bar", "marker": 5}], "layout": {"xaxis": 5}})
    gallery.props("figures", open={"value": 129})
    for slot in ("table", "layer", "chart"):
        state(made, slot, "failed")
    expect(made.locator("#table > header .age")).to_contain_text(
        "失败 · 显示出错：all.slice is not"
    )
    expect(made.locator("#table-rows .line")).to_have_count(4)
    expect(made.locator("#layer-heat .total")).to_have_text("共 1 处")
    expect(made.locator("#figures-open .digits")).to_have_attribute("data-value", "129")
    for slot in ("figures", "map", "timeline", "picture"):
        state(made, slot, "live")
    gallery.props("table", rows={"rows": 6})
    gallery.props("figures", open={"value": 130})
    expect(made.locator("#figures-open .digits")).to_have_attribute("data-value", "130")
    state(made, "table", "failed")
    expect(made.locator("#table-rows .line")).to_have_count(4)
    gallery.show()
    for slot in ("table", "layer", "chart"):
        state(made, slot, "live")
    expect(made.locator("#chart-chart .barlayer .point")).to_have_count(3)
    expect(made.locator("#layer-risk .total")).to_have_text("共 9 处")
    page.errors.clear()


def test_whatever_passes_the_check_is_drawn(page: Pages, gallery: Gallery) -> None:
    made = opened(page, gallery)
    made.wait_for_selector(".cc-map[data-state=ready]")
    expect(made.locator("#chart-chart .barlayer .point")).to_have_count(3, timeout=LONG)
    drawn = []

    @settings(
        max_examples=4,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(mutants(), min_size=25, max_size=40))
    def draw(batch: list[tuple[str, str, Any]]) -> None:
        sent = [(panel, part, passed(panel, part, value)) for panel, part, value in batch]
        allowed = [one for one in sent if one[2] is not None]
        drawn.extend(allowed)
        assert made.evaluate(DRAW, allowed) == []

    def passed(panel: str, part: str, value: Any) -> Any:
        try:
            return orjson.loads(gallery.checked(panel, {part: value})[part])
        except PluginError:
            return None

    try:
        draw()
    finally:
        # plotly tells the console of lengths that are no numbers, and leaves them out.
        page.errors.clear()
    assert len(drawn) > 30


def test_the_parts_fit_on_a_phone(page: Pages, tmp_path_factory: pytest.TempPathFactory) -> None:
    phone = Gallery(tmp_path_factory.mktemp("phone"), keys=ON_A_PHONE)
    try:
        made = opened(page, phone, 390, 844)
        linked = values(now())["timeline"]["rounds"]["items"]
        phone.show(timeline={"rounds": {"items": [item | {"href": "/x"} for item in linked]}})
        expect(made.locator("#timeline-rounds a")).to_have_count(9, timeout=LONG)
        assert made.evaluate("document.documentElement.scrollWidth") == 390
        assert made.locator("#table-rows .line").count() == 12
        heights = "(nodes) => nodes.map((node) => node.getBoundingClientRect().height)"
        for lines in ("#timeline-rounds a", "#table-rows a"):
            assert min(made.locator(lines).evaluate_all(heights)) >= 44
        for slot in ON_A_PHONE:
            state(made, slot, "live")
        made.goto("about:blank")  # a stream that the server ends would be told as an error
    finally:
        phone.close()
