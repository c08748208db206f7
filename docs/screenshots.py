"""Takes the pictures in docs/images: every face of every wall, the tablet's pages, the panel kit.

Run it as `make screenshots`. It starts a demonstration of its own with a fresh history, waits until
a page shows all it has to show, and fails with what is missing where one does not.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, TimeoutError, sync_playwright

from bench.chromium import launch
from bench.city import Demonstration, demonstration
from tests.screen.kit_gallery import Gallery

IMAGES = Path(__file__).parent / "images"
WALLS = {"city": (3840, 1080, "wall"), "city-hd": (1920, 1080, "wall"),
         "district": (1920, 1080, "wall-district")}  # fmt: skip
TABLETS = ((1180, 820), (820, 1180), (390, 844))
PATIENCE_MILLIS = 90_000
COLOURS = 256
# Names all that a page still waits for; an empty list means that it can be looked at.
MISSING = """() => {
  const root = document.querySelector('[data-face][data-on="1"]') || document;
  const found = [];
  const link = document.querySelector('.cc-header .link');
  if (!link || link.dataset.state !== 'live') found.push('the connection');
  if (document.fonts.status !== 'loaded') found.push('fonts');
  const tiles = [...root.querySelectorAll('.cc-tile')];
  if (!tiles.length && !document.querySelector('#desk')) found.push('tiles');
  for (const tile of tiles) {
    if (tile.dataset.state !== 'live') found.push(`${tile.id} is ${tile.dataset.state}`);
  }
  for (const host of root.querySelectorAll('.cc-map')) {
    const view = host.ccMap;
    const coloured = view && (view.colours || document.querySelector('#desk'));
    const drawn = coloured && host.dataset.state === 'ready' && view.cells &&
      view.map.loaded() && view.map.areTilesLoaded();
    if (!drawn) found.push('the map');
  }
  for (const chart of root.querySelectorAll('.cc-chart')) {
    const drawn = chart.querySelector('.main-svg') || chart.querySelector('.unknown');
    if (!drawn) found.push(`${chart.id} has no figure`);
  }
  for (const grid of root.querySelectorAll('.cc-table')) {
    const rows = grid.querySelector('.ag-row, .ag-overlay-no-rows-center');
    if (!rows) found.push(`${grid.id} has no rows`);
  }
  return found;
}"""
# Two frames after nothing rolls or slides any more: what was set is also painted.
AT_REST = """() => new Promise((done) => {
  const look = () => {
    const moving = document.getAnimations().some((one) =>
      one.playState === 'running' && one.effect.getComputedTiming().iterations !== Infinity);
    if (moving) requestAnimationFrame(look);
    else requestAnimationFrame(() => requestAnimationFrame(done));
  };
  look();
})"""


@dataclass(frozen=True)
class Taker:
    """Takes pictures of one browser's pages into a folder."""

    folder: Path

    def take(self, page: Page, name: str) -> None:
        """Save what a page shows as soon as it shows all; raises SystemExit where it does not."""
        try:
            page.wait_for_function(f"() => ({MISSING})().length === 0", timeout=PATIENCE_MILLIS)
        except TimeoutError:
            raise SystemExit(f"{name}: still missing {page.evaluate(MISSING)}") from None
        page.evaluate(AT_REST)
        self._save(page.screenshot(), self.folder / f"{name}.png")

    def _save(self, picture: bytes, path: Path) -> None:
        """Write a picture in 256 colours, which makes it a third of its size.

        They are chosen for coverage, by which rare colours stay: the few red marks matter most.
        """
        covering, plain = Image.Quantize.MAXCOVERAGE, Image.Dither.NONE
        with Image.open(BytesIO(picture)) as full:
            small = full.convert("RGB").quantize(COLOURS, method=covering, dither=plain)
        small.save(path, optimize=True)
        print(f"{path.stat().st_size:>8,}  {path.name}", flush=True)


def main(arguments: list[str]) -> int:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--history", default="200000", help="past cases of the demonstration")
    parser.add_argument("--into", type=Path, default=IMAGES, help="folder for the pictures")
    asked = parser.parse_args(arguments)
    asked.into.mkdir(parents=True, exist_ok=True)
    taker = Taker(asked.into)
    with demonstration("--history", asked.history) as city, sync_playwright() as playwright:
        browser = launch(playwright)
        district = city.logins[1]["scope"]
        for layout in WALLS:
            take_wall(taker, browser, city, layout, district)
        for size in TABLETS:
            take_tablet(taker, browser, city, size, district)
        take_desk(taker, browser, city)
        take_kit(taker, browser)
        browser.close()
    return 0


def take_desk(taker: Taker, browser: Browser, city: Demonstration) -> None:
    """Take the desk with a case open that is late."""
    context = opened(browser, 1920, 1080)
    log_in(context, city)
    page = context.new_page()
    page.goto(f"{city.url}/desk?queue=overdue")
    page.locator(".ag-center-cols-container .ag-row").nth(1).click()
    page.wait_for_selector(".cc-map[data-state=ready]")
    taker.take(page, "desk-1920x1080")
    context.close()


def take_kit(taker: Taker, browser: Browser) -> None:
    """Take the parts of the panel kit, with something in each."""
    with TemporaryDirectory() as folder:
        gallery = Gallery(Path(folder), 1920)
        context = opened(browser, 1920, 1080)
        page = context.new_page()
        page.goto(gallery.url)
        page.wait_for_selector(".cc-header .link[data-state=live]")
        gallery.show()
        taker.take(page, "kit-1920x1080")
        context.close()
        gallery.close()


def take_wall(
    taker: Taker, browser: Browser, city: Demonstration, layout: str, district: str
) -> None:
    """Take each face of a wall."""
    width, height, name = WALLS[layout]
    context = opened(browser, width, height)
    page = context.new_page()
    page.goto(city.wall)  # the key in this link opens the session
    page.goto(f"{city.url}/wall/{layout}?cell={district}")
    page.wait_for_selector("[data-face]")
    faces = page.eval_on_selector_all("[data-face]", "nodes => nodes.map((n) => n.dataset.face)")
    for face in faces:
        page.goto(f"{city.url}/wall/{layout}?cell={district}&face={face}")
        page.wait_for_selector(f"[data-face={face}][data-on='1']")
        taker.take(page, f"{name}-{face}-{width}x{height}")
    context.close()


def take_tablet(
    taker: Taker, browser: Browser, city: Demonstration, size: tuple[int, int], district: str
) -> None:
    """Take the pages from the city down to a case."""
    width, height = size
    context = opened(browser, width, height, has_touch=True, device_scale_factor=1)
    log_in(context, city)
    page = context.new_page()
    for name, path in places(context, city, district):
        page.goto(city.url + path)
        taker.take(page, f"{name}-{width}x{height}")
    context.close()


def places(
    context: BrowserContext, city: Demonstration, district: str
) -> Iterator[tuple[str, str]]:
    """Give name and path of each page, the street and the case with most to show."""
    yield "cell-city", f"/cell/{city.logins[0]['scope']}"
    yield "cell-district", f"/cell/{district}"
    streets = ask(context, city, f"cells/{district}")["children"]
    counts = {
        street["code"]: ask(context, city, f"cells/{street['code']}/counts")["counts"]["open"]
        for street in streets
    }
    street = max(counts, key=lambda code: counts[code])
    yield "cell-street", f"/cell/{street}"
    found = ask(context, city, f"cases?cell={street}&state=handling&limit=1")["cases"]
    yield "case", f"/case/{found[0]['id']}"


def opened(browser: Browser, width: int, height: int, **more: Any) -> BrowserContext:
    """Open a browser's context; the pages' policy would forbid to ask them for readiness."""
    viewport = {"width": width, "height": height}
    return browser.new_context(
        **{"viewport": viewport, "locale": "zh-CN", "bypass_csp": True} | more
    )


def log_in(context: BrowserContext, city: Demonstration) -> None:
    """Log in as the one who sees the whole city."""
    login, page = city.logins[0], context.new_page()
    page.goto(f"{city.url}/login")
    page.fill("#name", login["user"])
    page.fill("#password", login["password"])
    page.click("button[type=submit]")
    page.wait_for_url(lambda url: "/login" not in url)
    page.close()


def ask(context: BrowserContext, city: Demonstration, path: str) -> Any:
    """Ask the API as who is logged in."""
    answer = context.request.get(f"{city.url}/api/v1/{path}")
    if not answer.ok:
        raise SystemExit(f"{path} was answered {answer.status}: {answer.text()}")
    return answer.json()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
