"""Chromium, where it can be found: the system's, or the one that playwright has fetched."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from commandcenter.errors import Unavailable

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

NAMES = (
    "chromium-headless-shell", "chromium", "chromium-browser",
    "google-chrome", "google-chrome-stable", "chrome",
)  # fmt: skip
"""The first is Chromium without its window, which takes two thirds of the processor."""
VARIABLE = "COMMANDCENTER_CHROMIUM"
ARGUMENTS = (
    "--no-sandbox", "--no-first-run", "--no-default-browser-check", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    "--disable-gpu", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
)  # fmt: skip


@contextmanager
def chromium() -> Iterator["Browser"]:
    """Start a browser without a window; raises Unavailable that says what is missing."""
    if find_spec("playwright") is None:
        raise Unavailable("playwright is not installed: pip install playwright")
    # It is no part of a server's installation.
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_program(playwright), args=list(ARGUMENTS)
        )
        try:
            yield browser
        finally:
            browser.close()


def _program(playwright: "Playwright") -> str:
    named = os.environ.get(VARIABLE)
    if named is not None:
        found = [named] if Path(named).exists() else []
    else:
        found = [path for path in map(shutil.which, NAMES) if path]
        fetched = playwright.chromium.executable_path
        found += [fetched] if Path(fetched).exists() else []
    if not found:
        raise Unavailable(
            f"no Chromium was found: install one, or name it in {VARIABLE}; "
            "`playwright install chromium` fetches one"
        )
    return found[0]
