"""A wall in a browser: what hangs there, and what it asked of the network."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playwright.sync_api import Page, expect

from tests.e2e.servers import CITY, Server
from tests.services.chromium import Pages
from tests.waiting import until

PULSE = ("reported", "filed", "closed", "open", "overdue", "total")
FACES = ("watch", "manage", "levels", "prevent", "evaluate")
LOST = re.compile(
    r"ERR_(INCOMPLETE|CONNECTION|CONTENT_LENGTH|EMPTY|SOCKET|FAILED)|50[234]|^Map error"
)
SLOW_MS = 60_000


@dataclass
class Wall:
    """One open wall of a server."""

    server: Server
    page: Page
    asked: list[str] = field(default_factory=list)

    def open(self, host: str = "") -> None:
        """Go to the wall's link and wait until its first numbers are live.

        It stays on its first face, since a hidden one is not drawn; `host` is another way to it.
        """
        self.page.on("request", lambda request: self.asked.append(request.url))
        link: str = self.server.said["wall"] + "&face=watch"
        self.page.goto(link.replace(self.server.url, host or self.server.url))
        self.is_live()

    def is_live(self) -> None:
        """Wait until the wall is connected and its first tile lives."""
        link = self.page.locator(".cc-header .link")
        expect(link).to_have_attribute("data-state", "live", timeout=SLOW_MS)
        expect(self.tile("pulse")).to_have_attribute("data-state", "live", timeout=SLOW_MS)

    def is_drawn(self) -> None:
        """Wait until the map and the charts have all that they need."""
        expect(self.page.locator("#map .cc-map")).to_have_attribute(
            "data-state", "ready", timeout=SLOW_MS
        )
        expect(self.page.locator("#last24 .main-svg").first).to_be_visible(timeout=SLOW_MS)

    def tile(self, slot: str):
        """The tile in a slot."""
        return self.page.locator(f"#{slot}")

    def go(self, face: str) -> None:
        """Jump to a face by its key and wait until all its tiles live."""
        self.page.keyboard.press(str(FACES.index(face) + 1))
        shown = self.page.locator(f"[data-face={face}][data-on='1']")
        expect(shown).to_have_count(1, timeout=SLOW_MS)
        lives = shown.locator(".cc-tile[data-state=live]")
        expect(lives).to_have_count(shown.locator(".cc-tile").count(), timeout=SLOW_MS)

    def number(self, part: str) -> float | None:
        """The value that a number shows, None for a dash."""
        value = self.page.locator(f"#{part} .digits").get_attribute("data-value")
        return float(value) if value else None

    def known(self, part: str) -> float:
        """The value of a number once it stands there: a tile is told to live before it is drawn."""
        digits = self.page.locator(f"#{part} .digits")
        expect(digits).to_have_attribute("data-value", re.compile(r"\d"), timeout=SLOW_MS)
        return float(digits.get_attribute("data-value") or "nan")

    def exceeds(self, part: str, least: float) -> None:
        """Wait until a number is more; it may be a dash meanwhile."""
        until(lambda: (self.number(part) or 0) > least)

    def pulse(self) -> dict[str, float | None]:
        """The six great numbers."""
        return {name: self.number(f"pulse-{name}") for name in PULSE}

    def equals_api(self, cell: str = CITY) -> dict[str, float | None]:
        """Wait until the pulse says what the API counts, and return it."""

        def same() -> dict[str, float | None] | None:
            counts, shown = self.server.counts(cell), self.pulse()
            return shown if shown == {name: counts[name] for name in PULSE} else None

        return until(same)

    def equals_rows(self) -> None:
        """Wait until the pulse says what counting the rows gives."""

        def differs() -> dict[str, object]:
            counted, shown = self.server.recounted(), self.pulse()
            return {n: (shown[n], counted[n]) for n in counted if shown[n] != counted[n]}

        # What differs is in the error: an answer of a plain no would say nothing.
        until(lambda: _Same(differs()))

    def comes_to_say(self, name: str, number: float | None) -> None:
        """Wait until the pulse says a number."""

        def differs() -> dict[str, object]:
            link = self.page.locator(".cc-header .link").get_attribute("data-state")
            shown, counted = self.number(f"pulse-{name}"), self.server.counts(CITY)[name]
            return {} if shown == number else {name: (shown, number, counted), "link": link}

        until(lambda: _Same(differs()))

    def foreign(self) -> list[str]:
        """What was asked of other hosts than the server."""
        own = (self.server.url, "data:", "blob:")
        return [url for url in self.asked if not url.startswith(own)]

    def mark(self) -> None:
        """Leave a mark that a reload of the page wipes out."""
        self.page.evaluate("window.untouched = true")

    def is_marked(self) -> bool:
        """Whether the page has not been reloaded since `mark`."""
        return self.page.evaluate("window.untouched === true") is True


class _Same(dict[str, object]):
    """What differs; true as long as nothing does."""

    def __bool__(self) -> bool:
        return len(self) == 0


def forget_lost_connections(page: Pages) -> None:
    """Drop the browser's own words about connections that the test cut."""
    page.errors[:] = [error for error in page.errors if not LOST.search(error)]
