"""The system's Chromium and pages in it that fail their test when they log an error."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.services.process import program

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


@dataclass
class Pages:
    """Opens pages, each in a context of its own, and gathers what they complain about."""

    browser: Browser
    errors: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def __call__(self, width: int = 1920, height: int = 1080, **context: Any) -> Page:
        """A blank page of this size in CSS pixels; `context` is what Browser.new_context takes."""
        viewport = {"width": width, "height": height}
        made = self.browser.new_context(**{"viewport": viewport, "locale": "zh-CN"} | context)
        self.contexts.append(made)
        made.on("console", self._console)
        made.on("weberror", lambda error: self.errors.append(str(error.error)))
        return made.new_page()

    def close(self) -> None:
        """Close every page."""
        for context in self.contexts:
            context.close()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location['url']})")


# A module and not a session: the synchronous playwright keeps an event loop running in this
# thread, under which asyncio.run of any other test would fail.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless Chromium with WebGL in software."""
    executable = program("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Pages]:
    """Opens pages: `page(1920, 1080)`; a test that provokes errors empties `page.errors` itself."""
    pages = Pages(chromium)
    yield pages
    pages.close()
    assert pages.errors == [], f"the browser's console has errors: {pages.errors}"
