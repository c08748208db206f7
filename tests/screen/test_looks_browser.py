"""How pages look to eyes and fingers: six sizes, both themes, large type, the left hand, axe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from commandcenter.cases import accounts
from commandcenter.cases.accounts import Grant
from commandcenter.domain.matters import Channel, PublicForm
from commandcenter.domain.roles import Role
from commandcenter.domain.text import Text
from commandcenter.domain.viewers import Clearance
from commandcenter.web.links import Links
from tests.screen.tablet_server import Tablets, tablets
from tests.web.conftest import hashed_password, now

pytestmark = pytest.mark.browser
CITY, EAST, WEST = "990100", "990102", "990103"
LEAF = f"{EAST}001001001001"
SIZES = ((1024, 768), (1366, 1024), (768, 1024), (1024, 1366), (390, 844), (844, 390))
PUBLIC = ("poster", "report", "receipt")
PAGES = (*PUBLIC, "account", "branch", "leaf", "case", "search", "inspection")
NARROW = (390, 844)
LOOKS = (["dark"], ["light", "left", "large"])
"""The looks in which pages are laid out otherwise, at every size."""
BY_AXE = {
    SIZES[0]: (["dark"], ["light", "large"]),
    NARROW: (["light"], ["dark", "left", "large"]),
}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CHECKS = (Path(__file__).parent / "looks_checks.js").read_text("utf-8")
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
LOOK = """([theme, ...classes]) => {
  const root = document.documentElement;
  root.dataset.theme = theme;
  root.classList.remove('left', 'large');
  root.classList.add(...classes);
  window.dispatchEvent(new CustomEvent('cc-theme'));
}"""
VIOLATIONS = """async (tags) => (await axe.run(document, {
  runOnly: tags, resultTypes: ['violations'],
})).violations.flatMap(({ id, nodes }) => nodes.map((node) =>
  `${id}: ${node.target} ${node.html.slice(0, 120)} ${node.failureSummary.slice(0, 200)}`))"""
GROUND = "getComputedStyle(document.body).backgroundColor"
SENSOR = """window.AmbientLightSensor = class extends EventTarget {
  start() { window.sensor = this; }
  read(lux) { this.illuminance = lux; this.dispatchEvent(new Event('reading')); }
};"""
BEGUN = """async ([cell, found]) => {
  const send = (path, body) => cc.act({ method: 'POST', path, body, what: '巡查', place: cell });
  await send('/api/v1/inspections', { cell, title: '夜查占道经营' });
  const note = { act: 'note', text: '商户已清理门前堆物,明早复查' };
  for (const act of [{ act: 'visit', cell }, note, { act: 'find', case: found }])
    await send('/api/v1/inspections/1/acts', act);
}"""


@dataclass(frozen=True)
class Places:
    """The served town and the addresses of what is looked at, by what it is."""

    town: Tablets
    paths: dict[str, str]
    case: int


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    with tablets(tmp_path_factory.mktemp("looks")) as town:
        services = town.server.services
        form = PublicForm(Text("这里有什么问题？", "What is wrong here?"))
        known = services.catalogue
        hotline = Channel("hotline", Text("热线", "Hotline"), form=form)
        channels = known.channels | {"hotline": hotline}
        services.catalogue = known.model_copy(update={"channels": channels})
        with services.store.write() as connection:
            grant = Grant("leader", CITY, Clearance.STAFF, role=Role.LEADER)
            accounts.add_user(connection, services.tree, grant, hashed_password(), now())
        town.counts = {"open": {LEAF: 4, WEST: 2}, "overdue": {WEST: 1}, "reported": {LEAF: 3}}
        number = town.report(LEAF, "looks", matter="E0101")
        token = Links(services.settings.secret()).poster(LEAF)
        paths = {
            "branch": f"/cell/{CITY}", "leaf": f"/cell/{LEAF}", "case": f"/case/{number}",
            "search": "/search?q=垃圾", "inspection": "/inspection/1", "account": "/account",
            "poster": f"/q/{token}", "report": f"/report/{token}", "receipt": "/receipt",
        }  # fmt: skip
        yield Places(town, paths, number)


@pytest.fixture(scope="module")
def made(chromium: Browser, places: Places) -> Iterator[Page]:
    """The one page in which all are opened, nobody signed in yet."""
    context = chromium.new_context(locale="zh-CN", has_touch=True, service_workers="block")
    # The map is a box here: drawn anew in software for each size it would take most of the time.
    context.route("**/*plotly*", lambda route: route.abort())
    yield context.new_page()
    context.close()


def opened(made: Page, places: Places, name: str) -> None:
    """Go to a page, signed in where it asks for it, and wait until it lives."""
    path = places.paths[name]
    if name == "inspection":
        if not made.evaluate("'cc' in window"):
            opened(made, places, "search")
        made.evaluate(BEGUN, [LEAF, places.case])
    made.goto(places.town.address + path)
    if "/login" in made.url:
        places.town.open(made, path, "leader")
    if name in ("branch", "leaf"):
        expect(made.locator("#counts-open .digits")).not_to_have_attribute("data-value", "")
    if name in (*PUBLIC, "account"):
        expect(made.locator("main h1")).to_be_visible()
    else:
        expect(made.locator("#cc-still")).to_have_count(0)
        expect(made.locator("#tablet .cc-page h1")).to_be_visible()


def badly_laid(made: Page, looks: list[str]) -> Iterator[str]:
    """What is cut off, too small or too near at any size."""
    made.evaluate(LOOK, looks)
    for width, height in SIZES:
        made.set_viewport_size({"width": width, "height": height})
        found: list[str] = made.evaluate("looksChecks()")
        yield from (f"{width}x{height} {' '.join(looks)} {one}" for one in found)


def barred(made: Page, tags: list[str]) -> Iterator[str]:
    """What axe-core finds that bars somebody."""
    for (width, height), each in BY_AXE.items():
        made.set_viewport_size({"width": width, "height": height})
        for looks in each:
            made.evaluate(LOOK, looks)
            found: list[str] = made.evaluate(VIOLATIONS, tags)
            yield from (f"{width}x{height} {' '.join(looks)} {one}" for one in found)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_every_size_eye_and_hand(made: Page, places: Places, name: str) -> None:
    opened(made, places, name)
    made.evaluate(CHECKS)
    made.evaluate(AXE)
    wrong = [one for looks in LOOKS for one in badly_laid(made, looks)]
    assert [*wrong, *barred(made, TAGS)] == []


@pytest.mark.parametrize("name", ["branch", "case", "search"])
def test_what_is_seen_before_the_scripts_bars_nobody(
    made: Page, places: Places, name: str
) -> None:
    made.context.route("**/static/begin.js*", lambda route: route.abort())
    made.goto(places.town.address + places.paths[name])
    expect(made.locator("#cc-still h1").last).to_be_visible()
    made.evaluate(AXE)
    assert list(barred(made, TAGS)) == []
    made.context.unroute("**/static/begin.js*")


def test_what_is_chosen_at_the_foot_of_a_page_holds_on_every_page(
    made: Page, places: Places
) -> None:
    opened(made, places, "branch")
    for name, looks in (("大字", "cc-tablet large"), ("左手", "cc-tablet left large")):
        made.locator("#switches").get_by_text(name, exact=True).tap()
        expect(made.locator("html")).to_have_class(looks)
        expect(made.locator("#switches").get_by_text(name, exact=True)).to_have_count(0)
    expect(made).to_have_url(places.town.address + places.paths["branch"])  # the place alone
    opened(made, places, "account")
    expect(made.locator("html")).to_have_class("left large")
    opened(made, places, "search")
    for name in ("标准字", "右手"):
        made.locator("#switches").get_by_text(name, exact=True).tap()
        expect(made.locator("#switches").get_by_text(name, exact=True)).to_have_count(0)
    expect(made.locator("html")).to_have_class("cc-tablet")


def test_a_page_follows_the_light(made: Page, places: Places) -> None:
    theme = made.locator("html")
    made.add_init_script(SENSOR)
    made.clock.install()
    made.emulate_media(color_scheme="light")
    made.goto(f"{places.town.address}{places.paths['search']}&theme=auto")
    expect(theme).to_have_attribute("data-theme", "light")
    assert made.evaluate(GROUND) == "rgb(230, 234, 238)"
    made.emulate_media(color_scheme="dark")
    expect(theme).to_have_attribute("data-theme", "dark")
    made.evaluate("sensor.read(5000)")
    made.clock.run_for(6000)
    expect(theme).to_have_attribute("data-theme", "light")
    made.evaluate("sensor.read(3)")
    made.clock.run_for(1000)
    made.evaluate("sensor.read(5000)")  # a hand was over it
    made.clock.run_for(6000)
    expect(theme).to_have_attribute("data-theme", "light")
    opened(made, places, "account")
    assert made.evaluate(GROUND) == "rgb(11, 22, 34)", "a page without scripts asks the system"
