"""The live page takes the place of its still without a flash: the same at the same place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests.screen.tablet_server import HEARD, Tablets, tablets
from tests.services.chromium import Pages

pytestmark = pytest.mark.browser
CITY, EAST, WEST = "990100", "990102", "990103"
LEAF = f"{EAST}001001001001"
SIZES = ((1024, 768), (390, 844))
# What a page says and where, but for the ages, which are instants in a still.
SAID = """(root) => [...document.querySelectorAll(root + ' .cc-page :is(h1, h2, .cc-number, .line, '
    + '.cc-lines li, .cc-standing, .cc-facts dd, .cc-timeline li, .cc-chief)')].map((node) => {
  const copy = node.cloneNode(true);
  copy.querySelectorAll('.d').forEach((d) => {
    const strip = d.firstChild, turned = /-(\\d+)%/.exec(strip.style.transform || '');
    strip.textContent = turned ? String(turned[1] / 10) : strip.textContent[0];
  });
  copy.querySelectorAll('.age').forEach((age) => age.remove());
  return copy.textContent.replace(/[\\s\\u2009]+/g, ' ').trim();
})"""
PLACES = """(root) => {
  const tiles = [...document.querySelectorAll(root + ' .cc-tile')];
  return Object.fromEntries(tiles.map((tile) => {
    const { x, y, width } = tile.getBoundingClientRect();
    return [tile.dataset.slot || tile.id, [x, y + scrollY, width].map(Math.round)];
  }));
}"""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tablets]:
    with tablets(tmp_path_factory.mktemp("still")) as running:
        running.counts = {
            "open": {LEAF: 4, WEST: 2}, "overdue": {WEST: 1}, "reported": {LEAF: 3},
            "total": {WEST: 12345},
        }  # fmt: skip
        yield running


def seen_twice(made: Page, address: str) -> tuple[dict[str, object], dict[str, object]]:
    """Look at the still of a page, then at the page that took its place."""
    held: list[Route] = []
    made.route("**/static/begin.js*", lambda route: held.append(route))
    made.goto(address, wait_until="commit")
    made.locator("#cc-still footer").wait_for()
    before = {"said": made.evaluate(SAID, "#cc-still"), "at": made.evaluate(PLACES, "#cc-still")}
    while not held:
        made.wait_for_timeout(20)
    held[0].continue_()
    expect(made.locator("#cc-still")).to_have_count(0)
    expect(made.locator("#tablet .cc-page h1")).to_be_visible()
    made.unroute("**/static/begin.js*")
    return before, {"said": made.evaluate(SAID, "#tablet"), "at": made.evaluate(PLACES, "#tablet")}


@pytest.mark.parametrize("name", ["city", "east"])
@pytest.mark.parametrize("path", [f"/cell/{EAST}", "/case/"])
def test_the_live_page_says_what_its_still_said(
    page: Pages, town: Tablets, name: str, path: str
) -> None:
    if path == "/case/":
        path += str(town.report(LEAF, f"still {name}", matter="E0101"))
    made = page.again(1024, 768, has_touch=True, service_workers="block")
    town.open(made, path, name=name)
    expect(made.locator("#cc-still")).to_have_count(0)
    made.wait_for_function(HEARD)  # what a screen was told the server knows for a while
    for width, height in SIZES:
        made.set_viewport_size({"width": width, "height": height})
        still, live = seen_twice(made, town.address + path)
        assert still["said"] == live["said"] and len(still["said"]) > 5
        assert still["at"] == live["at"]
