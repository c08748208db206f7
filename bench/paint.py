"""How soon a cell's page is seen on a slow tablet with a bad connection, and what it weighs.

Chromium is throttled to a quarter of its speed and 1.6 Mbit/s with 150 ms there and back. What
counts is the first frame that has the name of the cell and its first number, from the beginning of
the navigation, as the browser itself tells it (Element Timing), in tabs into which nothing is put.
*Cold* is a browser that has nothing; *warm* another place in a new tab of one that was there before
and has no service worker; *again* a place that was seen before, in a new tab of one that has, and
*reload* the same in the tab that shows it. *Next* is a tap on a cell of the page that is shown.
Beside it the same page in the shell that Dash makes by itself, as walls have it: it is seen when
its scripts have drawn it. That shell is put into the browser by the measurement, which spares it
the wait for the first answer; the script that looks for its first number costs it up to 0.2 s.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

from bench.chromium import launch
from bench.city import Demonstration, demonstration
from bench.slow_line import Line, slow_line
from bench.tables import print_table
from bench.tabs import Tab, Tabs
from bench.weight import Weight

CPU, LATENCY_MS, DOWN, UP = 4, 150, 1_600_000 / 8, 750_000 / 8
QUIET_SECONDS = 2.0
"""A page is weighed until nothing but its stream has been asked for so long."""
PATIENCE_MS = 120_000
LIMITS = {"cold": 1500.0, "warm": 400.0, "bytes": 150_000}
LINE = Line(LATENCY_MS / 1000, DOWN, UP)
WATCH = """
window.benchShift = 0; window.benchLive = null; window.benchSeen = null;
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) window.benchShift += each.value;
}).observe({ type: 'layout-shift', buffered: true });
const look = () => {
  const page = document.querySelector('#tablet .cc-page h1');
  if (page && !document.getElementById('cc-still')) window.benchLive = performance.now();
  else setTimeout(look, 10);
};
look();
const see = (at) => {
  if (!document.querySelector('.cc-page h1') || !document.querySelector('.cc-page .digits')) {
    requestAnimationFrame(see);
    return;
  }
  setTimeout(() => {
    const first = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0;
    window.benchSeen = first >= at ? first : performance.now();
  });
};
requestAnimationFrame(see);
"""
SEEN = """new Promise((done) => {
  const at = {};
  new PerformanceObserver((list) => {
    for (const each of list.getEntries()) at[each.identifier] ??= each.renderTime;
    if ('heading' in at && 'number' in at) done(Math.max(at.heading, at.number));
  }).observe({ type: 'element', buffered: true });
})"""
LIVE = "!document.getElementById('cc-still') && !!document.querySelector('#tablet .cc-page h1')"
KEPT = "document.documentElement.dataset.kept === location.pathname"
PAINTED = """() => ({
  first: window.benchSeen,
  heading: window.benchLive, shift: window.benchShift,
})"""
CALM_SECONDS = 8.0
"""A page that stands still fetches and draws its map; a tab that is closed is taken down."""
KNOWN = "() => document.querySelectorAll('#tablet .cc-tile[data-state=unknown]').length === 0"


def run(arguments: Sequence[str]) -> dict[str, Any]:
    """Measure; print a table, return all numbers."""
    parser = argparse.ArgumentParser(prog="python -m bench paint", description=__doc__)
    parser.add_argument("--history", type=int, default=20_000)
    parser.add_argument("--data", type=Path, help="a demonstration's folder; default: a new one")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", default="1024x768", help="or 390x844, a phone")
    asked = parser.parse_args(arguments)
    width, height = map(int, asked.size.split("x"))
    options = ("--history", str(asked.history), "--rate", "1")
    with demonstration(*options, folder=asked.data) as city, sync_playwright() as playwright:
        browser = launch(playwright)
        visit = Visit(city, browser, (width, height))
        tabs = Tabs(browser)
        ours = [visit.round() | visit.seen(tabs) for _ in range(asked.rounds)]
        peers = [visit.bare() for _ in range(asked.rounds)]
        browser.close()
    rows = [_row("still", ours), _row("Dash's own shell", peers)]
    titles = ("shell", "cold first paint ms", "live ms", "warm first paint ms", "again ms",
              "reload ms", "next ms", "cold KB", "warm KB", "next KB", "shift")  # fmt: skip
    first, other = rows
    keys = ("shell", "cold_ms", "live_ms", "warm_ms", "again_ms", "reload_ms", "next_ms", "cold_kb",
            "warm_kb", "next_kb", "shift")  # fmt: skip
    print_table(titles, [tuple(row.get(key, "—") for key in keys) for row in rows])
    return {
        "size": asked.size, "rounds": asked.rounds, "rows": rows, "limits": LIMITS,
        "times_sooner": round(other["cold_ms"] / first["cold_ms"], 1),
    }  # fmt: skip


def _row(name: str, found: Sequence[dict[str, float]]) -> dict[str, Any]:
    middle = {key: round(median(each[key] for each in found), 4) for key in found[0]}
    return {"shell": name, **middle}


class Visit:
    """A tablet that goes through the city."""

    def __init__(self, city: Demonstration, browser: Browser, size: tuple[int, int]) -> None:
        self._city = city
        self._browser = browser
        self._size = size
        self._scope = city.logins[0]["scope"]

    def bare(self) -> dict[str, float]:
        """Come cold, to the shell of Dash."""
        with self._tablet() as context:
            cold = self._load(context, self._places(context)[0], bare=True, is_cold=True)
        return {"cold_ms": cold["first"], "live_ms": cold["live"],
                "cold_kb": cold["bytes"] / 1000, "shift": cold["shift"]}  # fmt: skip

    def round(self) -> dict[str, float]:
        """Come cold, come again warm, and go one further."""
        with self._tablet() as context:
            first, second = self._places(context)
            cold = self._load(context, first, bare=False, is_cold=True)
            warm = self._load(context, second, bare=False, is_cold=False)
            following = self._next(context, second)
        return {
            "live_ms": cold["live"], "next_ms": following["live"], "cold_kb": cold["bytes"] / 1000,
            "warm_kb": warm["bytes"] / 1000, "next_kb": following["bytes"] / 1000,
            "shift": cold["shift"],
        }  # fmt: skip

    def seen(self, tabs: Tabs) -> dict[str, float]:
        """Tell how soon it is seen, cold and warm, without a service worker and with one.

        The line is slow for the worker too, which the browser's own emulation leaves out.
        """
        with self._tablet() as context:
            cookies = context.cookies()
            first, second = self._places(context)
        with slow_line(self._city.address, LINE) as url:
            with tabs.person(url, cookies) as person:
                tab = self._tab(tabs, person, has_worker=False)
                cold = _seen(tab, url + first)
                _calm(tab, LIVE)
                tab = self._tab(tabs, person, has_worker=False, after=tab)
                warm = _seen(tab, url + second)
            with tabs.person(url, cookies) as person:
                tab = self._tab(tabs, person, has_worker=True)
                tab.paint(url + first)
                _calm(tab, KEPT)
                reload = _seen(tab, url + first)
                _calm(tab, LIVE)
                tab = self._tab(tabs, person, has_worker=True, after=tab)
                again = _seen(tab, url + first)
        return {"cold_ms": cold, "warm_ms": warm, "again_ms": again, "reload_ms": reload}

    def _tab(self, tabs: Tabs, person: str, has_worker: bool, after: Tab | None = None) -> Tab:
        if after is not None:
            after.close()
            sleep(CALM_SECONDS)
        tab = tabs.open(person, *self._size)
        tab.send("Network.setBypassServiceWorker", bypass=not has_worker)
        tab.send("Emulation.setCPUThrottlingRate", rate=CPU)
        return tab

    @contextmanager
    def _tablet(self) -> Iterator[BrowserContext]:
        """Open a browser that has logged in, and nothing else."""
        width, height = self._size
        context = self._browser.new_context(
            viewport={"width": width, "height": height}, has_touch=True, service_workers="block"
        )
        context.set_default_timeout(PATIENCE_MS)
        page, login = context.new_page(), self._city.logins[0]
        page.goto(f"{self._city.url}/login")
        page.fill("[name=name]", login["user"])
        page.fill("[name=password]", login["password"])
        with page.expect_navigation():
            page.click("[type=submit]")
        page.close()
        yield context
        context.close()

    def _places(self, context: BrowserContext) -> tuple[str, str]:
        """Return two cells of the level below the viewer's own."""
        answer = context.request.get(f"{self._city.url}/api/v1/cells/{self._scope}")
        children = [child["code"] for child in json.loads(answer.text())["children"]]
        return f"/cell/{children[0]}", f"/cell/{children[1]}"

    def _open(self, context: BrowserContext) -> tuple[Page, CDPSession, Weight]:
        page = context.new_page()
        session, weight = context.new_cdp_session(page), Weight()
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", weight.asked)
        session.on("Network.dataReceived", weight.came)
        session.on("Network.responseReceived", weight.answered)
        session.send("Emulation.setCPUThrottlingRate", {"rate": CPU})
        session.send("Network.emulateNetworkConditions", {
            "offline": False, "latency": LATENCY_MS, "downloadThroughput": DOWN,
            "uploadThroughput": UP,
        })  # fmt: skip
        page.add_init_script(WATCH)
        return page, session, weight

    def _load(
        self, context: BrowserContext, path: str, bare: bool, is_cold: bool
    ) -> dict[str, float]:
        page, session, weight = self._open(context)
        if is_cold:
            session.send("Network.clearBrowserCache")
        if bare:
            self._bare(context, page)
        page.goto(self._city.url + path, wait_until="commit")
        page.wait_for_function("() => window.benchLive !== null")
        page.wait_for_function(KNOWN)
        _settle(page, weight)
        found = page.evaluate(PAINTED)
        page.close()
        return {"first": found["first"], "live": found["heading"], "shift": found["shift"],
                "bytes": weight.bytes}  # fmt: skip

    def _bare(self, context: BrowserContext, page: Page) -> None:
        """Answer for the page with the shell that Dash makes, which is the same for every path."""
        wall = context.request.get(f"{self._city.url}/wall/city")
        text = wall.text()
        page.route(
            lambda url: urlsplit(url).path.startswith("/cell/"),
            lambda route: route.fulfill(body=text, content_type="text/html; charset=utf-8"),
        )

    def _next(self, context: BrowserContext, path: str) -> dict[str, float]:
        """Tap on a cell of a page that stands."""
        page, _, weight = self._open(context)
        page.goto(self._city.url + path, wait_until="commit")
        page.wait_for_function(KNOWN)
        line = page.locator("#children a.line").first
        line.wait_for()
        _settle(page, weight)
        before, name = weight.bytes, line.get_attribute("href")
        began = page.evaluate("() => performance.now()")
        line.tap()
        page.wait_for_function("(path) => location.pathname === path", arg=name)
        page.wait_for_function(
            "() => document.querySelector('#tablet .cc-page h1') && " + KNOWN.removeprefix("() => ")
        )
        live = page.evaluate("() => performance.now()") - began
        _settle(page, weight)
        page.close()
        return {"live": live, "bytes": weight.bytes - before}


def _seen(tab: Tab, url: str) -> float:
    tab.paint(url)
    return float(tab.evaluate(SEEN))


def _calm(tab: Tab, sign: str) -> None:
    tab.until(sign)
    sleep(CALM_SECONDS)


def _settle(page: Page, weight: Weight) -> None:
    while monotonic() - weight.at < QUIET_SECONDS:
        page.wait_for_timeout(100)
