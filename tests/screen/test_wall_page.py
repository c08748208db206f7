"""The wall in a real browser: what its scripts make of the stream, the keys and the window.

Long: its tests share one served page.
"""

import re
from collections.abc import Iterator
from time import monotonic

import pytest
from playwright.sync_api import Page, expect

from tests.screen.kit_server import Screen, now
from tests.services.chromium import Pages

pytestmark = pytest.mark.browser
REFUSED = re.compile(r"503|ERR_INCOMPLETE|ERR_CONNECTION|ERR_EMPTY")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    made = Screen(tmp_path_factory.mktemp("screen"))
    yield made
    made.close()


@pytest.fixture
def screen(served: Screen) -> Iterator[Screen]:
    served.refuses = False
    served.asked.clear()
    yield served
    served.cut()


def opened(page: Pages, screen: Screen, query: str = "", clock: bool = False) -> Page:
    """Return a page whose stream is live."""
    made = page() if clock else page.again()
    if clock:
        made.clock.install()
    made.goto(screen.url + query)
    expect(made.locator(".cc-header .link")).to_have_attribute("data-state", "live")
    return made


def digits(made: Page, part: str) -> str:
    """Return the value that a number shows."""
    shown = made.locator(f"#{part} .digits").get_attribute("data-value")
    assert shown is not None
    return shown


def shows(made: Page, part: str, value: str) -> None:
    """Wait until a number shows a value."""
    expect(made.locator(f"#{part} .digits")).to_have_attribute("data-value", value)


def forget_refusals(page: Pages) -> None:
    """Drop the browser's own words about connections that the test refused."""
    page.errors[:] = [error for error in page.errors if not REFUSED.search(error)]


def test_a_number_is_a_dash_until_it_is_known_and_then_moves(page: Pages, screen: Screen) -> None:
    made = opened(page, screen)
    expect(made.locator("#pulse-reported .digits")).to_have_attribute("aria-label", "—")
    expect(made.locator("#pulse")).to_have_attribute("data-state", "unknown")
    screen.props("pulse", reported={"value": 8763}, share={"value": 12.34})
    shows(made, "pulse-reported", "8763")
    expect(made.locator("#pulse-reported .digits")).to_have_attribute("aria-label", "8 763")
    expect(made.locator("#pulse-share .digits")).to_have_attribute("aria-label", "12.3")
    expect(made.locator("#pulse")).to_have_attribute("data-state", "live")
    screen.props("pulse", reported={"value": None})
    expect(made.locator("#pulse-reported .digits")).to_have_attribute("aria-label", "—")
    shows(made, "pulse-share", "12.34")


def test_every_part_draws_its_value(page: Pages, screen: Screen) -> None:
    made = opened(page, screen)
    bars = [{"label": "热线", "value": 3}, {"label": "随手拍", "value": None}]
    screen.props("pulse", bars=bars, legend={"red": 2, "yellow": None}, note="一切正常")
    expect(made.locator("#pulse-bars .row")).to_have_text(["热线3", "随手拍—"])
    expect(made.locator("#pulse-legend b")).to_have_text(["2", "—", "—"])
    expect(made.locator("#pulse-note .words")).to_have_text("一切正常")
    rows = [{"at": now(), "state": {"tone": "red", "text": "超时"}, "rate": None, "key": "1"}]
    steps = [{"label": "立案", "value": 7, "note": "3 分"}]
    chart = {"data": [{"type": "bar", "x": ["a", "b"], "y": [1, 2]}], "layout": {}}
    screen.props("lists", board={"rows": rows}, flow=steps, chart=chart)
    expect(made.locator("#lists-board .cell.tone .red")).to_have_count(1)
    expect(made.locator("#lists-board .line .percent")).to_have_text("—")
    expect(made.locator("#lists-flow .step .value")).to_have_text("7")
    points = made.locator("#lists-chart .barlayer .point")
    expect(points).to_have_count(2, timeout=30_000)  # plotly itself is 5 MB of script


def test_a_hidden_face_is_left_alone_until_just_before_it_is_shown(
    page: Pages, screen: Screen
) -> None:
    made = opened(page, screen)
    screen.props("pulse", reported={"value": 1})
    screen.props("pulse", reported={"value": 2})
    shows(made, "pulse-reported", "2")
    assert digits(made, "again-reported") == ""
    made.keyboard.press("2")
    expect(made.locator("[data-face=manage]")).to_have_attribute("data-on", "1")
    assert digits(made, "again-reported") == "2"
    assert made.url.endswith("#manage")


def test_what_comes_while_a_face_is_about_to_be_shown_is_drawn(page: Pages, screen: Screen) -> None:
    made = opened(page, screen)
    made.evaluate("""() => {
      const draws = window.requestAnimationFrame.bind(window);
      const held = [];
      window.requestAnimationFrame = (call) => held.push(call);
      window.free = () => {
        window.requestAnimationFrame = draws;
        held.forEach(draws);
      };
    }""")
    made.keyboard.press("2")
    screen.props("pulse", reported={"value": 3})
    shows(made, "pulse-reported", "3")
    expect(made.locator("[data-face=watch]")).to_have_attribute("data-on", "1")
    made.evaluate("free()")
    expect(made.locator("[data-face=manage]")).to_have_attribute("data-on", "1")
    shows(made, "again-reported", "3")


def test_keys_and_tabs_choose_the_face_and_space_pauses(page: Pages, screen: Screen) -> None:
    made = opened(page, screen, clock=True)
    tabs = made.locator("[data-tab]")
    made.keyboard.press(" ")
    made.clock.run_for(130_000)
    expect(tabs.nth(0)).to_have_attribute("aria-pressed", "true")
    made.keyboard.press(" ")
    made.clock.run_for(62_000)
    expect(tabs.nth(1)).to_have_attribute("aria-pressed", "true")
    made.keyboard.press("ArrowRight")
    made.clock.run_for(100)
    expect(tabs.nth(0)).to_have_attribute("aria-pressed", "true")
    tabs.nth(1).click()
    made.clock.run_for(100)
    expect(tabs.nth(1)).to_have_attribute("aria-pressed", "true")


def test_an_address_may_name_the_face_that_stays(page: Pages, screen: Screen) -> None:
    made = opened(page, screen, "?face=manage")
    expect(made.locator("[data-face=manage]")).to_have_attribute("data-on", "1")
    expect(made.locator(".cc-stage")).to_have_attribute("data-paused", "1")
    made = opened(page, screen, "#manage")
    expect(made.locator("[data-face=manage]")).to_have_attribute("data-on", "1")
    expect(made.locator(".cc-stage")).to_have_attribute("data-paused", "0")


def test_a_lost_connection_says_so_and_comes_back_with_what_it_saw_last(
    page: Pages, screen: Screen
) -> None:
    made = opened(page, screen)
    screen.props("pulse", reported={"value": 5})
    shows(made, "pulse-reported", "5")
    screen.cut(refuses=True)
    link = made.locator(".cc-header .link")
    expect(link).to_have_attribute("data-state", "failed")
    expect(link).to_contain_text("连接中断")
    expect(made.locator("#pulse")).to_have_attribute("data-state", "late", timeout=15_000)
    expect(made.locator("#pulse")).to_have_attribute("data-state", "stale", timeout=15_000)
    expect(made.locator("#pulse > header .age")).to_contain_text("停滞")
    assert digits(made, "pulse-reported") == "5"
    screen.refuses = False
    expect(link).to_have_attribute("data-state", "live", timeout=20_000)
    assert screen.asked[0].get("last_event_id") is None
    assert re.fullmatch(r"e-\d+", screen.asked[-1]["last_event_id"])
    expect(made.locator("#pulse")).to_have_attribute("data-state", "live")
    forget_refusals(page)


def test_three_missed_beats_are_a_lost_connection(page: Pages, screen: Screen) -> None:
    began = monotonic()
    made = opened(page, screen, clock=True)
    gone = round((monotonic() - began) * 1000)  # the page's clock has run meanwhile, as ours has
    made.clock.run_for(14_000 - gone)
    assert len(screen.asked) == 1
    made.clock.run_for(5_000 + gone)
    made.clock.run_for(2_000)
    made.clock.resume()
    expect(made.locator(".cc-header .link")).to_have_attribute("data-state", "live")
    assert len(screen.asked) == 2


def test_a_silent_worker_makes_tiles_late_and_then_stale(page: Pages, screen: Screen) -> None:
    made = opened(page, screen)
    screen.props("pulse", reported={"value": 5})
    link = made.locator(".cc-header .link")
    screen.say("beat", silent=now() - 4_000, asof=now() - 4_000)
    expect(made.locator("#pulse")).to_have_attribute("data-state", "live")
    expect(link).to_have_attribute("data-state", "late")
    expect(link).to_contain_text("后台无响应")
    expect(made.locator("#pulse")).to_have_attribute("data-state", "stale", timeout=15_000)
    screen.say("beat", silent=None, asof=None)
    expect(made.locator("#pulse")).to_have_attribute("data-state", "live")
    expect(link).to_have_attribute("data-state", "live")


def test_a_worker_that_lags_makes_tiles_as_old_as_what_they_show(
    page: Pages, screen: Screen
) -> None:
    made = opened(page, screen)
    tile, link = made.locator("#pulse"), made.locator(".cc-header .link")
    screen.props("pulse", at=now() - 3_600_000, reported={"value": 5})
    expect(tile).to_have_attribute("data-state", "live")
    screen.say("beat", silent=None, asof=now() - 3_600_000)
    expect(link).to_contain_text("数据滞后 1 时")
    expect(tile).to_have_attribute("data-state", "stale")
    # What comes now is no younger for having just come.
    screen.props("pulse", at=now() - 3_500_000, reported={"value": 6})
    shows(made, "pulse-reported", "6")
    expect(tile).to_have_attribute("data-state", "stale")
    screen.say("beat", silent=None, asof=None)
    expect(tile).to_have_attribute("data-state", "live")
    expect(link).to_have_attribute("data-state", "live")


def test_a_failed_panel_keeps_its_numbers_and_says_why(page: Pages, screen: Screen) -> None:
    made = opened(page, screen)
    screen.props("pulse", reported={"value": 5})
    screen.props("pulse", state="failed", reason="除数为零")
    expect(made.locator("#pulse")).to_have_attribute("data-state", "failed")
    expect(made.locator("#pulse > header .age")).to_have_text("失败 · 除数为零")
    assert digits(made, "pulse-reported") == "5"
    screen.props("pulse", reported={"value": 6})
    expect(made.locator("#pulse")).to_have_attribute("data-state", "live")


def test_a_new_build_reloads_the_page_once(page: Pages, screen: Screen) -> None:
    made = opened(page, screen)
    made.evaluate("window.before = true")
    screen.say("beat", build="newer")
    made.wait_for_function("!window.before && window.cc?.link?.state === 'live'")
    screen.say("beat", build="newer")
    screen.props("pulse", reported={"value": 1})
    shows(made, "pulse-reported", "1")
    assert made.evaluate("cc.reloading ?? null") is None


def test_a_page_that_came_from_a_process_of_the_old_build_is_fetched_again(
    page: Pages, screen: Screen
) -> None:
    made = opened(page, screen)
    made.evaluate("sessionStorage.setItem('cc-build', `newer 1 ${Date.now() - 11000}`)")
    made.evaluate("window.before = true")
    screen.say("beat", build="newer")
    made.wait_for_function("!window.before && window.cc?.link?.state === 'live'")
    assert made.evaluate("sessionStorage.getItem('cc-build')").startswith("newer 2 ")
    made.evaluate("sessionStorage.setItem('cc-build', 'newer 4 0')")
    screen.say("beat", build="newer")
    screen.props("pulse", reported={"value": 1})
    shows(made, "pulse-reported", "1")
    assert made.evaluate("cc.reloading ?? null") is None


@pytest.mark.parametrize(
    ("query", "unit", "width", "height"),
    [
        ("", 0.5, 960, 540),
        ("?fit=height", 1, 1920, 1080),
        ("?fit=none", 1, 1920, 1080),
        ("?fit=stretch", 0.5, 960, 1080),
        ("?crop=960,0,960,1080", 1, 1920, 1080),
    ],
)
def test_the_canvas_fills_the_window_at_its_real_size(
    page: Pages, screen: Screen, query: str, unit: float, width: int, height: int
) -> None:
    made = opened(page, screen, query)
    made.set_viewport_size({"width": 960, "height": 1080})
    made.wait_for_function("innerWidth === 960")
    box = made.locator(".cc-stage").bounding_box()
    assert box is not None
    root = "getComputedStyle(document.documentElement).getPropertyValue('--u')"
    assert made.evaluate(root) == f"{unit}px"
    assert (box["width"], box["height"]) == (width, height)
    sides = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    assert made.evaluate(sides) == [960, 1080]
    transform = "getComputedStyle(document.querySelector('.cc-stage')).transform"
    assert made.evaluate(transform) == "none"


def test_the_time_is_the_citys_own(page: Pages, screen: Screen) -> None:
    made = opened(page, screen)
    noon = 1_763_697_600_000  # 2025-11-21 12:00 in Shanghai, a Friday
    screen.say("beat", city=noon)
    expect(made.locator(".cc-header .time")).to_have_text(re.compile(r"12:00:0\d"))
    expect(made.locator(".cc-header .date")).to_have_text("2025年11月21日 星期五")


def test_a_board_turns_its_pages(page: Pages, screen: Screen) -> None:
    made = opened(page, screen, clock=True)
    rows = [{"at": now(), "rate": n / 100, "key": str(n)} for n in range(60)]
    screen.props("lists", board={"rows": rows})
    lines = made.locator("#lists-board .line")
    expect(lines.first.locator(".percent")).to_have_text("0.0 %")
    shown = lines.count()
    assert 3 < shown < 60
    made.clock.run_for(9_000)
    expect(lines.first.locator(".percent")).to_have_text(f"{shown}.0 %")


def test_the_light_theme_is_chosen_by_address(page: Pages, screen: Screen) -> None:
    made = opened(page, screen, "?theme=light")
    light = made.evaluate("getComputedStyle(document.body).backgroundColor")
    made = opened(page, screen)
    assert light != made.evaluate("getComputedStyle(document.body).backgroundColor")
