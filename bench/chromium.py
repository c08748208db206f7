"""The system's Chromium on a machine without a graphics card, as every measurement runs it.

It is left to choose how it draws: it then puts pages together with Skia on the processor and uses
SwiftShader for WebGL alone, which has to be allowed (`--enable-unsafe-swiftshader`). FORCED makes
it take SwiftShader for a graphics card and send every page through it, which costs several times
as much and is not what it chooses; chrome://gpu tells which of the two a browser does.
"""

from shutil import which

from playwright.sync_api import Browser, Playwright

ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--enable-unsafe-swiftshader",
)
FORCED = ("--use-angle=swiftshader",)


def program() -> str:
    """Return the browser's path; ends with a word about what to install where there is none."""
    # The whole one first: figures of its paint are those of a tablet's.
    names = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
    found = next(filter(None, map(which, names)), None)
    if found is None:
        raise SystemExit("chromium is not installed: run .ci/setup, which installs it")
    return found


def launch(playwright: Playwright) -> Browser:
    """Start the browser."""
    return playwright.chromium.launch(executable_path=program(), args=list(ARGUMENTS))
