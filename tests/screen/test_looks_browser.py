"""How pages look to eyes and fingers: six sizes, both themes, large type, the left hand, axe.

Longer than most: whatever is looked at shares one browser and one served town.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from commandcenter.screen.cell_tabs import TABS
from tests.screen.looks_town import AUDITOR, DUTY, LEADER, LEAF, Places, looked_at
from tests.screen.tablet_server import HEARD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
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
BySize = Mapping[tuple[int, int], Sequence[list[str]]]
OVER: BySize = {NARROW: (["light"], ["dark", "left", "large"])}
"""How what opens over a page is looked at: the page beneath it was."""
OF_TABS: BySize = {SIZES[0]: (["light"],), NARROW: (["dark", "large"],)}
AT_DESK: BySize = {SIZES[1]: (["dark"], ["light"])}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WCAG = TAGS[:-1]
"""What the desk is held to: its table draws heads and landmarks in a way of its own."""
CHECKS = (Path(__file__).parent / "looks_checks.js").read_text("utf-8")
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
LOOK = """([theme, ...classes]) => {
  const root = document.documentElement;
  root.dataset.theme = theme;
  root.classList.remove('left', 'large');
  root.classList.add(...classes);
  window.dispatchEvent(new CustomEvent('cc-theme'));
}"""
VIOLATIONS = """async ([tags, within]) => {
  const over = within && document.querySelector(within);
  const modal = over && over.matches('dialog') ? over : null;
  if (modal && !modal.matches(':modal')) throw new Error(`${within} is not modal`);
  const beneath = [];
  for (let at = modal; at && at !== document.body; at = at.parentElement)
    beneath.push(...[...at.parentElement.children].filter((one) => one !== at && !one.inert));
  beneath.forEach((one) => { one.inert = true; });
  const { violations } = await axe.run(over || document, {
    runOnly: tags, resultTypes: ['violations'],
  });
  beneath.forEach((one) => { one.inert = false; });
  return violations.flatMap(({ id, nodes }) => nodes.map((node) =>
    `${id}: ${node.target} ${node.html.slice(0, 120)} ${node.failureSummary.slice(0, 200)}`));
}"""
"""Beneath a modal dialog all is inert and covers nothing of it. Where the dialog is as wide as the
page axe cannot tell, and takes what floats over the page for what hides a button: it is told."""
BEGUN_AT_DESK = "(command) => { document.querySelector('.cc-desk').dataset.acting = command; }"
"""All fields are on the page; which of them are seen follows from the command."""
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


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    with looked_at(tmp_path_factory.mktemp("looks")) as found:
        yield found


@pytest.fixture(scope="module")
def made(chromium: Browser, places: Places) -> Iterator[Page]:
    """The one page in which all are opened, nobody signed in yet."""
    context = chromium.new_context(
        locale="zh-CN", has_touch=True, service_workers="block", reduced_motion="reduce"
    )
    # The map is a box here: drawn anew in software for each size it would take most of the time.
    context.route("**/*plotly*", lambda route: route.abort())
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def desk(chromium: Browser, places: Places) -> Iterator[Page]:
    """A page of a duty officer."""
    context = chromium.new_context(
        locale="zh-CN", service_workers="block", reduced_motion="reduce",
        viewport={"width": 1366, "height": 1024},
    )  # fmt: skip
    kept = {"name": "session", "value": places.cookie(DUTY), "url": places.town.address}
    context.add_cookies([kept])  # type: ignore[list-item]
    yield context.new_page()
    context.close()


def seated(desk: Page, places: Places, name: str) -> None:
    """Go to a page of the desk and wait until it lives."""
    desk.goto(places.town.address + places.paths[name])
    shown = {"desk": ".ag-row", "whistles": ".cc-desk-board article",
             "directives": ".cc-desk-board article"}  # fmt: skip
    expect(desk.locator(shown.get(name, "#desk-facts .reporters")).first).to_be_visible()
    desk.evaluate(AXE)


def reach(made: Page, places: Places, path: str) -> None:
    """Go to a page, signed in where it asks for it."""
    made.goto(places.town.address + path)
    if "/login" in made.url:
        places.town.open(made, path, LEADER)


def opened(made: Page, places: Places, name: str) -> None:
    """Go to a page and wait until it lives."""
    if name == "inspection":
        if not made.evaluate("'cc' in window"):
            opened(made, places, "search")
        made.evaluate(BEGUN, [LEAF, places.case])
    reach(made, places, places.paths[name])
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


def barred(
    made: Page, tags: list[str], within: str = "", sizes: BySize = BY_AXE
) -> Iterator[str]:
    """What axe-core finds that bars somebody, on the page or within a part of it."""
    for (width, height), each in sizes.items():
        made.set_viewport_size({"width": width, "height": height})
        for looks in each:
            made.evaluate(LOOK, looks)
            found: list[str] = made.evaluate(VIOLATIONS, [tags, within])
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
    reach(made, places, places.paths[name])
    expect(made.locator("#cc-still h1").last).to_be_visible()
    made.evaluate(AXE)
    assert list(barred(made, TAGS)) == []
    made.context.unroute("**/static/begin.js*")


@pytest.mark.parametrize("name", ["leaf", "case"])
def test_forms_of_the_field_bar_nobody(made: Page, places: Places, name: str) -> None:
    made.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    opened(made, places, name)
    made.evaluate(AXE)
    bar = made.locator(".cc-field .bar")
    bar.locator("> button").first.wait_for()
    more, wrong = bar.locator('> [data-act="more"]'), list[str]()
    if more.count():
        more.tap()
        made.locator("dialog[open]").wait_for()
        wrong += barred(made, TAGS, "dialog[open]", OVER)
    acts = made.eval_on_selector_all("[data-act]", "(all) => all.map((one) => one.dataset.act)")
    made.keyboard.press("Escape")
    for turn, act in enumerate(sorted({*acts} - {"more"})):
        if not bar.locator(f'> [data-act="{act}"]').count():
            more.tap()
        made.locator(f'[data-act="{act}"]').last.tap()
        made.locator(".cc-sheet[open] .fields").wait_for()
        by_turns = {NARROW: (OVER[NARROW][turn % 2],)}  # the same parts in each form
        wrong += (f"{act}: {one}" for one in barred(made, TAGS, ".cc-sheet[open]", by_turns))
        made.keyboard.press("Escape")
        expect(made.locator(".cc-sheet[open]")).to_have_count(0)
    assert len({*acts}) > 1 and wrong == []


def test_photos_over_a_page_bar_nobody(made: Page, places: Places) -> None:
    opened(made, places, "photos")
    made.evaluate(AXE)
    made.locator(".cc-photos a").first.tap()
    expect(made.locator("dialog.cc-viewer img")).to_be_visible()
    assert list(barred(made, TAGS, "dialog.cc-viewer", OVER)) == []


@pytest.mark.parametrize("tab", [tab for tab in TABS if tab != "now"])
@pytest.mark.parametrize("place", ["branch", "leaf"])
def test_what_a_tab_shows_fits_and_bars_nobody(
    made: Page, places: Places, place: str, tab: str
) -> None:
    reach(made, places, f"{places.paths[place]}?tab={tab}")
    expect(made.locator("#cc-still")).to_have_count(0)
    made.wait_for_function(HEARD)
    made.evaluate(CHECKS)
    made.evaluate(AXE)
    wrong = [one for looks in LOOKS for one in badly_laid(made, looks)]
    assert [*wrong, *barred(made, TAGS, "", OF_TABS)] == []


@pytest.mark.parametrize("name", ["desk", "desk_case", "desk_proof", "whistles", "directives"])
def test_the_desk_bars_nobody(desk: Page, places: Places, name: str) -> None:
    seated(desk, places, name)
    assert list(barred(desk, WCAG, "", AT_DESK)) == []


def test_forms_of_commands_at_the_desk_bar_nobody(desk: Page, places: Places) -> None:
    seated(desk, places, "desk_case")
    wrong = list[str]()
    for command in ("file", "engage", "merge", "rate", "handle"):
        desk.evaluate(BEGUN_AT_DESK, command)
        expect(desk.locator(".cc-form")).to_be_visible()
        wrong += (f"{command}: {one}" for one in barred(desk, WCAG, ".cc-form", AT_DESK))
    assert wrong == []


def test_forms_of_whistles_and_directives_bar_nobody(desk: Page, places: Places) -> None:
    wrong = list[str]()
    for board, begins in (("whistles", ("B", "recall")),
                          ("directives", ("D", "progress", "withdraw"))):  # fmt: skip
        seated(desk, places, board)
        for begin in begins:
            if len(begin) == 1:
                desk.keyboard.press(begin)
            else:
                desk.locator(f"[data-order*='\"{begin}\"']").first.click()
            expect(desk.locator("#desk-o-head")).not_to_be_empty()
            wrong += (f"{begin}: {one}" for one in barred(desk, WCAG, "", AT_DESK))
            desk.keyboard.press("Escape")
            desk.keyboard.press("Escape")
            expect(desk.locator(".cc-orders")).to_be_hidden()
    desk.keyboard.press("?")
    expect(desk.locator(".cc-desk-help")).to_be_visible()
    assert [*wrong, *barred(desk, WCAG, "", AT_DESK)] == []


def test_the_audit_log_bars_nobody(chromium: Browser, places: Places) -> None:
    context = chromium.new_context(locale="zh-CN", service_workers="block")
    address = places.town.address
    context.add_cookies([{"name": "session", "value": places.cookie(AUDITOR), "url": address}])
    page = context.new_page()
    page.goto(f"{address}/audit")
    expect(page.locator("main table")).to_be_visible()
    page.evaluate(AXE)
    assert list(barred(page, TAGS)) == []
    context.close()


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
