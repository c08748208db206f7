"""Ways through the pages for tablets in a real browser: siblings, tabs, search, photos, codes.

Longer than most: one served town is enough for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from commandcenter.cases import photos
from commandcenter.cases.photos import Taken
from commandcenter.domain.cases import State
from commandcenter.host.panel import CaseLine
from commandcenter.screen.layouts import load_layouts
from commandcenter.web import links
from tests.screen.tablet_server import Tablets, tablets, whole
from tests.screen.test_tablet_browser import SIZES, SMALL_TARGETS
from tests.services.chromium import Pages
from tests.services.codes import code_in
from tests.waiting import until
from tests.web.conftest import now
from tests.web.pictures import picture

pytestmark = pytest.mark.browser
CITY, EAST, WEST, NORTH = "990100", "990102", "990103", "990105"
STREET = f"{EAST}001"
LEAF = f"{STREET}001001001"
TWO_FACES = """
title = {zh = "两面", en = "Two faces"}
canvas = [1920, 1080]
scope = "city"
rotate_seconds = 600

[wall]
width_mm = 3600
distance_mm = 6000

[[faces]]
key = "first"
title = {zh = "一", en = "First"}

[[faces.panels]]
id = "newest"
panel = "tablet.newest"
at = [0, 0, 24, 12]

[[faces]]
key = "second"
title = {zh = "二", en = "Second"}

[[faces.panels]]
id = "counts"
panel = "tablet.counts"
at = [0, 0, 24, 12]
"""
TABS = tuple(f"/cell/{EAST}?tab={tab}" for tab in ("cases", "people", "record", "field"))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tablets]:
    with tablets(tmp_path_factory.mktemp("ways")) as running:
        running.counts = {"open": {LEAF: 4, WEST: 2}, "overdue": {WEST: 1}}
        yield running


@pytest.fixture
def town(served: Tablets) -> Tablets:
    served.silent = False
    return served


def tablet(page: Pages, width: int = 1024, height: int = 768) -> Page:
    return page.again(width, height, has_touch=True)


def heading(made: Page, words: str) -> None:
    expect(made.locator(".cc-page h1")).to_have_text(words)


def live(made: Page) -> None:
    """Wait until the page has taken the place of its still."""
    expect(made.locator("#tablet")).to_have_count(1)
    expect(made.locator(".cc-page h1")).to_have_count(1)


def pictures(town: Tablets, case: int, count: int) -> None:
    """Keep photos of a case, each of its own."""
    with town.server.services.store.write() as connection:
        for number in range(count):
            made = picture(100 + 10 * case + number, 90)
            taken = Taken(
                sha256(made).hexdigest(), "image/jpeg", 120, 90, made, made,
                town.server.services.tree.position[LEAF], case,
            )  # fmt: skip
            photos.keep(connection, whole(town.server), taken, now())


def test_the_last_of_the_way_opens_its_siblings_and_a_tap_goes_there(
    page: Pages, town: Tablets
) -> None:
    made = town.open(tablet(page), f"/cell/{EAST}")
    live(made)
    made.locator(".cc-siblings summary").tap()
    others = made.locator(".cc-siblings .list a")
    expect(others).to_have_count(3)
    expect(others.first).to_have_attribute("aria-current", "page")
    made.locator(f'.cc-siblings .list a[href="/cell/{WEST}"]').tap()
    heading(made, "西山区")
    expect(made.locator(".cc-siblings .list")).to_be_hidden()
    made.locator(".cc-step").last.tap()
    heading(made, town.server.services.tree[NORTH].name)


def test_a_tab_is_a_place_to_which_one_comes_back(page: Pages, town: Tablets) -> None:
    made = town.open(tablet(page), f"/cell/{EAST}")
    live(made)
    made.evaluate("window.same = true")
    made.locator('.cc-tabs a[href*="tab=cases"]').tap()
    made.locator('.cc-chips a[href*="show=due"]').tap()
    expect(made.locator("#cases h2")).to_have_text("即将到期")
    assert made.url.endswith(f"/cell/{EAST}?tab=cases&show=due")
    made.locator(".cc-step").tap()
    made.wait_for_url(f"**/cell/{WEST}?tab=cases&show=due")
    made.go_back()
    made.go_back()
    expect(made.locator("#cases h2")).to_have_text("超时案件")
    made.go_back()
    expect(made.locator("#counts-open .digits")).to_have_attribute("data-value", "4")
    assert made.evaluate("window.same")


def test_a_tab_in_the_address_is_opened(page: Pages, town: Tablets) -> None:
    made = town.open(tablet(page), f"/cell/{EAST}?tab=record")
    expect(made.locator("#siblings .line.own")).to_contain_text("东湖区")
    expect(made.locator("#counts")).to_have_count(0)


def test_the_order_of_a_table_stands_in_the_address_and_is_found_again(
    page: Pages, town: Tablets
) -> None:
    made = town.open(tablet(page), f"/cell/{CITY}")
    live(made)
    first = made.locator("#children .line:not(.head)").first
    expect(first).to_contain_text("西山区")
    made.locator('#children .head [data-col="open"]').tap()
    expect(first).to_contain_text("东湖区")
    assert made.url.endswith(f"/cell/{CITY}?sort-children-cells=open.descending")
    first.tap()
    heading(made, "东湖区")
    made.go_back()
    heading(made, "小城市")
    expect(first).to_contain_text("东湖区")
    expect(made.locator('#children [data-col="open"][data-way]')).to_have_count(1)


def test_from_the_city_to_a_case_takes_five_taps_at_most(page: Pages, town: Tablets) -> None:
    number = town.report(LEAF, "deep", title="井盖松动")
    at = town.server.services.tree.position[LEAF]
    town.cases = [
        CaseLine(number, "井盖松动", "app", "E0101", at, None, State.HANDLING, 0, 0, 1, False)
    ]
    made = town.open(tablet(page), f"/cell/{CITY}")
    live(made)
    for code in (EAST, STREET, f"{STREET}001", f"{STREET}001001"):
        made.locator(f'#children .line[data-key="{code}"]').tap()
        heading(made, town.server.services.tree[code].name)
    made.locator(f'#overdue a[href="/case/{number}"]').tap()
    heading(made, "井盖松动")


def test_a_case_is_found_from_any_page_by_its_words_or_its_number(
    page: Pages, town: Tablets
) -> None:
    number = town.report(LEAF, "sought", title="水管爆裂漫到路上")
    made = town.open(tablet(page), f"/cell/{STREET}")
    live(made)
    for asked in ("水管爆裂", str(number)):
        made.locator(".cc-search input").fill(asked)
        made.locator(".cc-search button").tap()
        made.wait_for_url("**/search?q=*")
        made.locator(f'.cc-results a[href="/case/{number}"]').tap()
        heading(made, "水管爆裂漫到路上")


def test_a_cell_is_found_by_its_name_and_nothing_outside_the_scope(
    page: Pages, town: Tablets
) -> None:
    made = town.open(tablet(page, 390, 844), f"/cell/{EAST}", name="east")
    live(made)
    made.locator(".cc-search-link").tap()
    box = made.locator(".cc-search-large input")
    expect(box).to_be_focused()
    box.fill("西山")
    box.press("Enter")
    expect(made.locator(".cc-nothing-found")).to_contain_text("西山")
    box.fill("东湖1街道")
    box.press("Enter")
    made.locator(".cc-results a").first.tap()
    heading(made, "东湖1街道")


@pytest.mark.parametrize("path", [*TABS, "/search?q=99"])
def test_tabs_and_the_search_fit_their_screens_and_fingers(
    page: Pages, town: Tablets, path: str
) -> None:
    made = town.open(tablet(page), path)
    live(made)
    for width, height in SIZES:
        made.set_viewport_size({"width": width, "height": height})
        assert made.evaluate("document.documentElement.scrollWidth") <= width
        assert made.evaluate(SMALL_TARGETS) == []


def test_photos_of_a_case_open_over_the_page_and_follow_the_finger(
    page: Pages, town: Tablets
) -> None:
    number = town.report(LEAF, "pictured")
    pictures(town, number, 3)
    town.silent = True  # nothing moves under the finger
    made = town.open(tablet(page), f"/case/{number}")
    live(made)
    made.locator(".cc-photos a").first.tap()
    viewer, caption = made.locator("dialog.cc-viewer"), made.locator(".cc-viewer .caption")
    expect(caption).to_contain_text("第 1 张，共 3 张")
    made.wait_for_function("() => document.querySelector('.cc-viewer img').naturalWidth > 0")
    made.mouse.move(700, 400)
    made.mouse.down()
    made.mouse.move(300, 410)
    made.mouse.up()
    expect(caption).to_contain_text("第 2 张")
    made.keyboard.press("ArrowRight")
    expect(caption).to_contain_text("第 3 张")
    expect(made.locator(".cc-viewer .after")).to_be_hidden()
    made.locator(".cc-viewer .close").tap()
    expect(viewer).to_have_count(0)
    assert made.url.endswith(f"/case/{number}")


@pytest.fixture
def hung(page: Pages, town: Tablets, tmp_path: Path) -> Page:
    """A wall of the east that shows its second face."""
    services = town.server.services
    (tmp_path / "two.toml").write_text(TWO_FACES, "utf-8")
    services.layouts = load_layouts(tmp_path, services.catalogue)
    wall = page(1280, 720)
    key = town.server.keys["east-wall"]
    wall.goto(f"{town.address}/wall/two?key={key}")
    expect(wall.locator(".cc-code img")).to_be_visible()
    wall.keyboard.press("2")
    expect(wall.locator("[data-face=second]")).to_have_attribute("data-on", "1")
    return wall


def drawn(wall: Page) -> str:
    """The link that the wall's code says once it is of the second face."""
    image = wall.locator('.cc-code img[src*="face=second"]')
    expect(image).to_be_visible()
    return code_in(image)


def test_the_code_of_a_wall_opens_the_same_place_and_face_on_a_tablet(
    page: Pages, town: Tablets, hung: Page
) -> None:
    link = drawn(hung)
    assert link.startswith(f"{town.address}/w/")
    made = town.open(tablet(page), "/search")  # who sees more than the wall does
    made.goto(link)
    there = re.escape(f"{town.address}/wall/two?cell={EAST}&face=second")
    expect(made).to_have_url(re.compile(f"^{there}(#second)?$"))  # the page names the face it shows
    expect(made.locator("[data-face=second]")).to_have_attribute("data-on", "1")
    expect(made.locator("[data-face=first]")).not_to_have_attribute("data-on", "1")
    figures = [one.locator("#counts-open .digits") for one in (made, hung)]
    for each in figures:
        expect(each).to_have_attribute("data-value", "4")  # the east's, and not the city's six


def test_the_code_of_a_wall_that_is_too_old_is_refused_in_words(
    page: Pages, town: Tablets, hung: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = drawn(hung)
    made = town.open(tablet(page), "/search")
    monkeypatch.setattr(links, "WALL_SECONDS", -1)
    answer = made.goto(link)
    assert answer is not None and answer.status == 404
    expect(made.locator("h1")).to_have_text("这个二维码已过期,请重新扫描大屏上的二维码")
    assert made.url == link
    page.errors.clear()  # the browser's own word about the status


def test_the_essentials_of_a_case_need_no_scrolling(page: Pages, town: Tablets) -> None:
    number = town.report(LEAF, "seen", matter="E0101")
    pictures(town, number, 1)
    town.silent = True
    made = town.open(tablet(page), f"/case/{number}")
    live(made)
    for part in (".next", ".cc-limit", ".pictures img", ".cc-case-map", ".cc-timeline li"):
        # The body of a case is drawn anew when its stream has come: for a moment nothing is there.
        box = until(made.locator(part).first.bounding_box)
        assert box["y"] + box["height"] <= 768, part
