"""The wall in a browser, watched for everything that would make it a lost screen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page

from tests.plugin_faults.folders import FACE

# Notes each time at which the header stops saying that the stream is live once it was.
WATCH = """() => {
  window.untouched = true;
  window.drops = [];
  const link = document.querySelector('.cc-header .link');
  new MutationObserver(() => {
    if (link.dataset.state === 'failed') window.drops.push(link.textContent);
  }).observe(link, {attributes: true, attributeFilter: ['data-state']});
}"""
TILES = """(face) => Object.fromEntries(
  [...document.querySelectorAll(`[data-face=${face}] .cc-tile`)].map((tile) =>
    [tile.id, [tile.dataset.state, tile.querySelector(':scope > header .age').textContent]]))"""
LOOK = """() => ({
  untouched: window.untouched === true, drops: window.drops || [],
  hacked: window.hacked !== undefined, tiles: document.querySelectorAll('.cc-tile').length})"""
Tile = tuple[str, str]


@dataclass
class Watched:
    """A page that shows the face of the misbehaving plugins."""

    page: Page
    url: str
    asked: list[str] = field(default_factory=list)

    def open(self, link: str) -> None:
        """Go to the face and wait until the stream is live."""
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(f"{link}&face={FACE}")
        self.page.wait_for_selector(".cc-header .link[data-state=live]", timeout=60_000)
        self.page.evaluate(WATCH)

    def tiles(self) -> dict[str, Tile]:
        """Return the state of each tile by its slot, and the words beside it."""
        found: dict[str, list[str]] = self.page.evaluate(TILES, FACE)
        return {slot: (state, words) for slot, (state, words) in found.items()}

    def failing_sources(self) -> set[str]:
        """Return the keys of the sources of which the header says that they fail."""
        return set(self.page.evaluate("window.cc.link.faults"))

    def losses(self) -> list[str]:
        """Return why the screen counts as lost; nothing while it is not."""
        found: dict[str, Any] = self.page.evaluate(LOOK)
        faults = {
            "the page was loaded anew": not found["untouched"],
            f"the stream dropped: {found['drops']}": bool(found["drops"]),
            "a plugin's script ran in the page": found["hacked"],
            "the page is blank": not found["tiles"],
            f"the page asked elsewhere: {self._foreign()[:3]}": bool(self._foreign()),
        }
        return [words for words, is_so in faults.items() if is_so]

    def _foreign(self) -> list[str]:
        own = (self.url, "data:", "blob:")
        return [url for url in self.asked if not url.startswith(own)]
