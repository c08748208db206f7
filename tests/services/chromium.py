"""The system's Chromium and pages in it that fail their test when they log an error."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    WebError,
    expect,
    sync_playwright,
)

from tests.services.process import browser_program

ARGUMENTS = (
    "--no-sandbox",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-sync",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)
LONGEST_MILLIS = 30_000
"""How long what is expected may take to come true: a busy machine is no fault of the page."""
NOTHING = "/assets/nothing"
expect.set_options(timeout=LONGEST_MILLIS)


@dataclass
class Pages:
    """Opens pages and gathers what they complain about; `kept` are the module's, by what they are.

    A page of its own costs seconds: its process compiles all scripts.
    """

    browser: Browser
    kept: dict[str, Page] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)
    used: list[Page] = field(default_factory=list)

    def __call__(self, width: int = 1920, height: int = 1080, **context: Any) -> Page:
        """A blank page of this size in CSS pixels, in a context of its own.

        `context` is what Browser.new_context takes.
        """
        made = self._context(width, height, context)
        self.contexts.append(made)
        self._listen(made)
        return made.new_page()

    def again(
        self, width: int = 1920, height: int = 1080, script: str = "", **context: Any
    ) -> Page:
        """The blank page that tests of this module use in turn, without cookies or anything kept.

        A test that fakes the page's clock or routes its requests takes one of its own. `script`
        runs before those of each document.
        """
        kind = repr((script, sorted(context.items())))
        found = self.kept.get(kind)
        if found is None or found.is_closed():
            found = self._context(width, height, context).new_page()
            if script:
                found.add_init_script(script)
            self.kept[kind] = found
        elif found in self.used:
            self._leave(found)
        self.used.append(found)
        self._listen(found.context)
        found.set_viewport_size({"width": width, "height": height})
        return found

    def close(self) -> None:
        """Close every page of the test's own, and empty the module's that it used."""
        for context in self.contexts:
            context.close()
        while self.used:
            self._leave(self.used[0])

    def _context(self, width: int, height: int, given: dict[str, Any]) -> BrowserContext:
        viewport = {"width": width, "height": height}
        # What a service worker keeps would outlive the test: who tests it allows it.
        usual = {"viewport": viewport, "locale": "zh-CN", "service_workers": "block"}
        return self.browser.new_context(**usual | given)

    def _listen(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", self._error)

    def _leave(self, page: Page) -> None:
        self.used.remove(page)
        page.context.remove_listener("console", self._console)
        page.context.remove_listener("weberror", self._error)
        empty(page)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location['url']})")

    def _error(self, error: WebError) -> None:
        self.errors.append(str(error.error))


def empty(page: Page) -> None:
    """Leave nothing in a page of what was in it, nor in its context.

    It stays with its server, at an address where nothing is: elsewhere a page with the header
    Cross-Origin-Opener-Policy loses the process that has compiled its scripts.
    """
    if not page.is_closed() and page.url.startswith("http"):
        page.goto(urljoin(page.url, NOTHING))
        page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
        page.context.clear_cookies()


# A module and not a session: the synchronous playwright keeps an event loop running in this
# thread, under which asyncio.run of any other test would fail.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless Chromium with WebGL in software."""
    executable = browser_program()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def kept_pages(chromium: Browser) -> Iterator[dict[str, Page]]:
    """The pages that the tests of a module use in turn."""
    kept: dict[str, Page] = {}
    yield kept
    for page in kept.values():
        page.context.close()


@pytest.fixture
def page(chromium: Browser, kept_pages: dict[str, Page]) -> Iterator[Pages]:
    """Opens pages: `page(1920, 1080)`; a test that provokes errors empties `page.errors` itself."""
    pages = Pages(chromium, kept_pages)
    yield pages
    pages.close()
    assert pages.errors == [], f"the browser's console has errors: {pages.errors}"
