"""The system's Chromium, drawing in software, as every measurement with a browser runs it."""

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
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)


def program() -> str:
    """Return the browser's path; ends with a word about what to install where there is none."""
    found = which("chromium") or which("chromium-browser") or which("google-chrome")
    if found is None:
        raise SystemExit("chromium is not installed: run .ci/setup, which installs it")
    return found


def launch(playwright: Playwright) -> Browser:
    """Start the browser."""
    return playwright.chromium.launch(executable_path=program(), args=list(ARGUMENTS))
