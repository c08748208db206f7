"""The pages for tablets in a real browser: live, tapped, gone through and come back to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from commandcenter.domain.cases import Command
from tests.screen.tablet_server import Tablets, tablets
from tests.services.chromium import Pages

pytestmark = pytest.mark.browser
CITY, EAST, WEST, NORTH = "990100", "990102", "990103", "990105"
STREET = f"{EAST}001"
LEAF = f"{STREET}001001001"
SIZES = ((1180, 820), (820, 1180), (390, 844))
SMALL_TARGETS = """() => [...document.querySelectorAll('a, button, .cc-table .line')]
  .map((node) => [node.className, node.textContent, node.getBoundingClientRect()])
  .filter(([, , box]) => box.width && (box.width < 44 || box.height < 44))
  .map(([name, text]) => `${name}: ${text}`)"""

# Where a place is on the screen, once the map has drawn its tiles.
ON_MAP = """(place) => new Promise((done) => {
  const host = document.querySelector('.cc-map'), { map } = host.ccMap;
  const look = () => {
    if (!map.loaded() || !map.areTilesLoaded()) return setTimeout(look, 50);
    const { x, y } = map.project(place), box = host.getBoundingClientRect();
    return done([box.left + x, box.top + y]);
  };
  look();
})"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tablets]:
    with tablets(tmp_path_factory.mktemp("tablet")) as running:
        yield running


@pytest.fixture
def town(served: Tablets) -> Tablets:
    served.silent = False
    served.counts = {"open": {LEAF: 4, WEST: 2}, "overdue": {WEST: 1}, "reported": {LEAF: 3}}
    return served


def tablet(page: Pages, width: int = 1180, height: int = 820) -> Page:
    return page.again(width, height, has_touch=True)


def heading(made: Page, words: str) -> None:
    expect(made.locator(".cc-page h1")).to_have_text(words)


def first_rows(made: Page, count: int = 2) -> list[str]:
    """The names in the table's first lines, from the top."""
    lines = made.locator("#children .line[data-key] [data-col=name]")
    lines.nth(count - 1).wait_for()
    return [lines.nth(at).inner_text() for at in range(count)]


def test_a_cells_page_shows_its_numbers_and_moves_with_them(page: Pages, town: Tablets) -> None:
    made = town.open(tablet(page), f"/cell/{CITY}")
    shown = made.locator("#counts-open .digits")
    expect(shown).to_have_attribute("data-value", "6")
    town.counts["open"][LEAF] = 5
    town.show()
    expect(shown).to_have_attribute("data-value", "7")


def test_the_table_stands_in_order_of_need_and_reorders_itself(page: Pages, town: Tablets) -> None:
    made = town.open(tablet(page), f"/cell/{CITY}")
    assert first_rows(made) == ["西山区", "东湖区"]
    town.counts["overdue"] = {LEAF: 2}
    town.show()
    expect(made.locator("#children .line[data-key] [data-col=name]").first).to_have_text("东湖区")
    assert first_rows(made) == ["东湖区", "西山区"]


def test_a_tapped_line_leads_down_in_the_same_page(page: Pages, town: Tablets) -> None:
    made = town.open(tablet(page), f"/cell/{CITY}")
    made.evaluate("window.same = true")
    made.locator(f'.line[data-key="{EAST}"] [data-col=open]').tap()
    heading(made, "东湖区")
    assert made.url.endswith(f"/cell/{EAST}")
    expect(made.locator("#counts-open .digits")).to_have_attribute("data-value", "4")
    assert made.evaluate("window.same")
    assert made.title().startswith("东湖区")


def test_numbers_of_the_place_before_are_never_shown_here(page: Pages, town: Tablets) -> None:
    made = town.open(tablet(page), f"/cell/{CITY}")
    expect(made.locator("#counts-open .digits")).to_have_attribute("data-value", "6")
    town.silent = True
    made.locator(f'.line[data-key="{NORTH}"] [data-col=open]').tap()
    heading(made, town.server.services.tree[NORTH].name)
    expect(made.locator("#counts-open .digits")).to_have_attribute("aria-label", "—")
    expect(made.locator("#counts")).to_have_attribute("data-state", "unknown")
    expect(made.locator("#children .line[data-key]")).to_have_count(0)


def test_a_tap_on_the_map_leads_to_what_lies_there(page: Pages, town: Tablets) -> None:
    made = town.open(tablet(page), f"/cell/{CITY}")
    made.locator(".cc-map[data-state=ready]").wait_for()
    east = town.server.services.tree[EAST]
    x, y = made.evaluate(ON_MAP, [east.lng, east.lat])
    made.touchscreen.tap(x, y)
    heading(made, "东湖区")


def test_back_restores_the_place_and_where_one_was_in_it(page: Pages, town: Tablets) -> None:
    made = town.open(tablet(page, 390, 844), f"/cell/{CITY}")
    row = made.locator(f'.line[data-key="{WEST}"] [data-col=open]')
    row.scroll_into_view_if_needed()
    made.evaluate("window.scrollTo(0, 400)")
    made.wait_for_function("() => window.scrollY === 400")
    row.tap()
    heading(made, "西山区")
    made.wait_for_function("() => window.scrollY === 0")
    made.go_back()
    heading(made, "小城市")
    made.wait_for_function("() => Math.abs(window.scrollY - 400) < 20")
    made.go_forward()
    heading(made, "西山区")


def test_every_ancestor_in_the_scope_is_one_tap_away(page: Pages, town: Tablets) -> None:
    made = town.open(tablet(page), f"/cell/{LEAF}", name="east")
    links = made.locator(".cc-trail a")
    expect(links).to_have_count(4)
    assert links.first.inner_text().startswith("东湖区")
    expect(made.locator("#children")).to_have_count(0)
    links.nth(1).tap()
    made.wait_for_url(f"**/cell/{STREET}")


def test_a_case_changes_on_its_page_when_it_moves(page: Pages, town: Tablets) -> None:
    number = town.report(LEAF, "live", matter="E0101")
    made = town.open(tablet(page), f"/case/{number}")
    heading(made, "楼下垃圾堆放")
    before = made.locator(".cc-timeline li").count()
    made.evaluate("window.same = true")
    town.move("live", Command.TAKE_UP)
    town.counts["state.handling"] = {LEAF: 1}
    town.show()
    expect(made.locator(".cc-timeline li")).to_have_count(before + 1)
    expect(made.locator(".cc-state").first).to_have_attribute("data-state", "handling")
    assert made.evaluate("window.same")


def test_the_clock_of_a_case_runs_in_words_and_colour(page: Pages, town: Tablets) -> None:
    number = town.report(LEAF, "clock", matter="E0101")
    made = town.open(tablet(page), f"/case/{number}")
    limit = made.locator(".cc-limit")
    expect(limit).to_contain_text("余")
    expect(limit).to_have_class("cc-limit tone-good")


def test_reporters_are_shown_only_to_those_who_may_see_them(page: Pages, town: Tablets) -> None:
    number = town.report(LEAF, "person")
    made = town.open(tablet(page), f"/case/{number}", name="east")
    expect(made.locator(".cc-facts .masked")).to_have_count(1)
    assert "张三" not in made.content()
    other = town.open(tablet(page), f"/case/{number}", name="city")
    expect(other.locator(".cc-facts .person")).to_contain_text("138****0000")


@pytest.mark.parametrize("path", [f"/cell/{CITY}", f"/cell/{LEAF}", "/case/"])
def test_pages_fit_their_screens_and_fingers(page: Pages, town: Tablets, path: str) -> None:
    if path == "/case/":
        path += str(town.report(LEAF, "fits", attachments=["https://example.org/photo.jpg"]))
    made = town.open(tablet(page), path)
    made.locator(".cc-page h1").wait_for()
    if "cell" in path:
        expect(made.locator("#counts-open .digits")).not_to_have_attribute("data-value", "")
    for width, height in SIZES:
        made.set_viewport_size({"width": width, "height": height})
        assert made.evaluate("document.documentElement.scrollWidth") <= width
        assert made.evaluate(SMALL_TARGETS) == []


def test_nothing_is_fetched_from_elsewhere(page: Pages, town: Tablets) -> None:
    made = page(1180, 820, has_touch=True)
    asked: list[str] = []
    made.on("request", lambda request: asked.append(request.url))
    town.open(made, f"/cell/{CITY}")
    first_rows(made)
    local = (town.address, "data:", "blob:")
    assert [url for url in asked if not url.startswith(local)] == []


def test_the_light_theme_reaches_the_table(page: Pages, town: Tablets) -> None:
    made = town.open(tablet(page), f"/cell/{CITY}")
    made.goto(f"{town.address}/cell/{CITY}?theme=light")
    first_rows(made)
    ground = "getComputedStyle(document.querySelector('.cc-table .head')).backgroundColor"
    assert made.evaluate(ground) == "rgb(247, 249, 250)"
