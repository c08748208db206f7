"""Tablets on bad connections, in a real browser: what was seen and what was done is not lost.

Longer than most: one served town and one tablet lose the connection in every way.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Error, Locator, Page, expect

from commandcenter.cases import accounts, queries
from commandcenter.cases.accounts import Grant
from commandcenter.domain.cases import Command
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance
from tests.faults.proxy import Proxy
from tests.screen.tablet_server import Tablets, tablets, whole
from tests.services.chromium import Pages
from tests.waiting import PATIENCE_SECONDS, until
from tests.web.conftest import hashed_password, now

pytestmark = pytest.mark.browser
CITY, EAST, NORTH = "990100", "990102", "990105"
LEAF = f"{EAST}001001001001"
HOURS = 3

# Resolves to how many caches hold something of a user, and how much the database holds.
KEPT = """async () => {
  const names = (await caches.keys()).filter((name) => !name.startsWith('cc-shell-'));
  const result = (asked) => new Promise((done) => (asked.onsuccess = () => done(asked.result)));
  const base = await result(indexedDB.open('cc-kept'));
  const stores = ['meta', 'places', 'actions', 'loads'];
  const count = (name) => result(base.transaction(name).objectStore(name).count());
  return [names.length, ...(await Promise.all(stores.map(count)))];
}"""
NOTE = """(said) => cc.act({
  path: `/api/v1/cases/${said.case}/commands`, what: said.note,
  body: { command: said.command || 'note', note: said.note },
}).then((record) => record.state)"""
REFUSED = "cc.outbox.list().map((record) => record.result)"
NOTE_WITH_PHOTO = """async (said) => {
  const blob = await new Promise((done) => document.createElement('canvas').toBlob(done));
  const photo = await cc.act({ path: '/api/v1/photos?case=' + said.case, blob, what: 'photo' });
  const evidence = [{ url: { $ref: photo.key, field: 'url' }, note: said.note }];
  const body = { command: 'note', note: said.note, evidence };
  const told = await cc.act({ path: `/api/v1/cases/${said.case}/commands`, body, what: said.note });
  return told.state;
}"""


@dataclass
class Street:
    """A served city at the far end of a cable that can be cut."""

    town: Tablets
    cable: Proxy

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.cable.port}"

    def sign_in(self, page: Page, path: str, name: str = "leader") -> None:
        page.goto(f"{self.address}/login?next={path}")
        self.fill_in(page, name)
        page.wait_for_url(f"**{path}")

    def fill_in(self, page: Page, name: str) -> None:
        page.fill("[name=name]", name)
        page.fill("[name=password]", "correct horse battery")
        page.click("[type=submit]")

    def lose(self) -> None:
        self.cable.refuses = True
        self.cable.cut()

    def notes(self, case: int) -> list[str]:
        viewer = whole(self.town.server)
        with self.town.server.services.store.read() as connection:
            steps = queries.steps(connection, viewer, case)
        return [step.note for step in steps if step.command is Command.NOTE]


@contextmanager
def laid(served: Tablets) -> Iterator[Street]:
    """A street to a served city."""
    cable = Proxy(("127.0.0.1", served.server.port))
    cable.start()
    yield Street(served, cable)
    cable.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tablets]:
    with tablets(tmp_path_factory.mktemp("street")) as running:
        services = running.server.services
        grant = Grant("leader", CITY, Clearance.STAFF, role=Role.LEADER)
        with services.store.write() as connection:
            accounts.add_user(connection, services.tree, grant, hashed_password(), now())
        running.counts = {"open": {LEAF: 4}, "overdue": {}, "reported": {LEAF: 3}}
        yield running


@pytest.fixture
def street(served: Tablets) -> Iterator[Street]:
    with laid(served) as made:
        yield made


@pytest.fixture
def tablet(page: Pages) -> Iterator[Page]:
    """A page that a service worker serves; the console says what fails on a lost connection."""
    yield page(1180, 820, has_touch=True, service_workers="allow")
    page.close()
    page.errors.clear()


def kept(page: Page, path: str) -> None:
    """Wait until the service worker has the shell and this place."""
    expect(page.locator("html")).to_have_attribute("data-kept", path)


def asked(page: Page, script: str) -> Any:
    """What a page answers that may be on its way to reload itself, more than once."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return page.evaluate(script)
        except Error as error:
            if "context was destroyed" not in error.message or time.monotonic() > deadline:
                raise
            page.wait_for_load_state()


def becomes(page: Page, *states: str) -> None:
    """Wait until the actions of the outbox are so, from the first one on."""
    now_are = "cc.outbox.list().map((record) => record.state)"
    until(lambda: page.evaluate(now_are) == list(states), what=f"never {states}")


def heading(page: Page, words: str) -> None:
    """Wait for the live page, which takes the place of its still."""
    expect(page.locator("#tablet .cc-page h1")).to_have_text(words)


def link(page: Page) -> Locator:
    return page.locator(".cc-tablet-page .cc-header .link")


def connected(page: Page) -> None:
    page.wait_for_function("() => cc.link.state === 'live'")
    expect(link(page)).not_to_contain_text("没有连接")


def test_the_last_place_opens_without_a_connection_and_says_how_old_it_is(
    tablet: Page, street: Street
) -> None:
    street.sign_in(tablet, f"/cell/{CITY}")
    kept(tablet, f"/cell/{CITY}")
    tablet.evaluate(f"cc.go('/cell/{EAST}')")
    heading(tablet, "东湖区")
    digits = tablet.locator("#tablet #counts-open .digits")
    expect(digits).to_have_attribute("data-value", "4")
    saved = "(path) => self.ccStore.get('places', path).then((it) => it && it.topics)"
    until(lambda: tablet.evaluate(saved, f"/cell/{EAST}"), what="what the stream said was not kept")
    street.lose()
    tablet.clock.set_system_time(time.time() + HOURS * 3600)
    tablet.goto(f"{street.address}/")
    assert tablet.url.endswith(f"/cell/{EAST}"), "the way in leads to where one was last"
    heading(tablet, "东湖区")
    expect(digits).to_have_attribute("data-value", "4")
    expect(link(tablet)).to_contain_text(f"没有连接，{HOURS} 时前的内容")
    expect(tablet.locator("#tablet #counts .age")).to_contain_text(f"{HOURS} 时前")
    tablet.evaluate(f"cc.go('/cell/{NORTH}')")
    expect(tablet.locator(".cc-away h1")).to_have_text("没有连接")
    tablet.locator(f'.cc-away a[href="/cell/{CITY}"]').tap()
    heading(tablet, "小城市")
    street.cable.mend()
    connected(tablet)
    # A link on which nothing comes is none.
    street.cable.freeze()
    tablet.reload()
    heading(tablet, "小城市")
    expect(link(tablet)).to_contain_text("没有连接")
    street.cable.mend()
    connected(tablet)


def test_another_build_has_a_shell_of_its_own_and_walls_and_desks_go_past_it(
    tablet: Page, street: Street
) -> None:
    street.sign_in(tablet, f"/cell/{CITY}")
    kept(tablet, f"/cell/{CITY}")
    names = "caches.keys().then((names) => names.filter((name) => name.startsWith('cc-shell-')))"
    (before,) = tablet.evaluate(names)
    street.town.server.services.hub.build = "another"
    tablet.reload()
    until(lambda: before not in asked(tablet, names), what="the old shell stays")
    street.lose()
    tablet.reload()
    heading(tablet, "小城市")
    for path in ("/desk", "/wall/city"):
        with pytest.raises(Error, match="ERR_"):
            tablet.goto(f"{street.address}{path}")


def test_what_is_done_without_a_connection_is_carried_out_once_and_in_order(
    tablet: Page, street: Street
) -> None:
    case = street.town.report(LEAF, "once", matter="E0101")
    street.sign_in(tablet, f"/case/{case}")
    kept(tablet, f"/case/{case}")
    street.lose()
    assert tablet.evaluate(NOTE, {"case": case, "note": "甲"}) == "waiting"
    assert tablet.evaluate(NOTE_WITH_PHOTO, {"case": case, "note": "乙"}) == "waiting"
    expect(tablet.locator("#outbox .badge")).to_have_text("3 项待发送")
    context = tablet.context
    tablet.close()
    street.cable.mend()
    again = context.new_page()
    again.goto(f"{street.address}/case/{case}")
    until(lambda: street.notes(case) == ["甲", "乙"], what="the notes were not sent")
    becomes(again, "done", "done", "done")
    # The server gets the next one, and its answer is lost on the way.
    connected(again)
    street.cable.is_half_open = True
    again.evaluate(f"void ({NOTE})({{ case: {case}, note: '丙' }})")
    until(lambda: street.notes(case)[2:] == ["丙"], what="the note did not arrive")
    becomes(again, "done", "done", "done", "sending")
    street.cable.mend()
    becomes(again, *["done"] * 4)
    assert street.notes(case) == ["甲", "乙", "丙"]
    assert again.evaluate("self.ccStore.all('loads')") == []


def test_what_is_refused_says_why_and_holds_nothing_up_but_what_depends_on_it(
    tablet: Page, street: Street
) -> None:
    case = street.town.report(LEAF, "refused", matter="E0101")
    street.sign_in(tablet, f"/case/{case}")
    heading(tablet, "楼下垃圾堆放")
    tablet.evaluate(NOTE, {"case": case, "note": "结案", "command": "reopen"})
    becomes(tablet, "refused")
    key = tablet.evaluate("cc.outbox.list()[0].key")
    depends = {"path": f"/api/v1/cases/{{{{{key}.case.id}}}}/commands", "body": {}, "what": "其后"}
    tablet.evaluate("(given) => cc.act(given).then(() => null)", depends)
    becomes(tablet, "refused", "refused")
    tablet.evaluate(NOTE, {"case": case, "note": "照办"})
    becomes(tablet, "refused", "refused", "done")
    assert street.notes(case) == ["照办"]
    tablet.locator("#outbox .badge").tap()
    rows = tablet.locator("#outbox li[data-state=refused]")
    expect(rows).to_have_count(2)
    expect(rows.last).to_contain_text("情况已经变化，此刻不能这样处理")
    for left in (1, 0):
        rows.last.locator("button", has_text="撤回").tap()
        expect(rows).to_have_count(left)


def test_what_is_kept_is_its_users_alone_and_goes_with_the_session(
    tablet: Page, street: Street
) -> None:
    case = street.town.report(LEAF, "whose", matter="E0101")
    street.sign_in(tablet, f"/case/{case}")
    kept(tablet, f"/case/{case}")
    street.lose()
    assert tablet.evaluate(NOTE, {"case": case, "note": "稍后"}) == "waiting"
    street.cable.mend()
    # The session ends before the action could be sent; another one signs in on the same tablet.
    tablet.context.clear_cookies()
    tablet.goto(f"{street.address}/cell/{CITY}")
    street.fill_in(tablet, "city")
    kept(tablet, f"/cell/{CITY}")
    assert tablet.evaluate("cc.outbox.list()") == []
    expect(tablet.locator("#outbox")).to_be_hidden()
    sealed = tablet.evaluate("self.ccStore.all('actions').then(([one]) => "
                             "new TextDecoder().decode(one.sealed.bytes))")  # fmt: skip
    assert "稍后" not in sealed and "/api/" not in sealed
    keys = tablet.evaluate("caches.keys().then((n) => caches.open(n.find((each) => "
                           "each.includes('places'))).then((c) => c.keys()))"
                           ".then((keys) => keys.map((key) => key.url))")  # fmt: skip
    assert not any(f"/case/{case}" in key for key in keys)
    assert street.notes(case) == []
    # Who did it signs in again: now it is sent.
    tablet.context.clear_cookies()
    street.sign_in(tablet, f"/cell/{CITY}")
    kept(tablet, f"/cell/{CITY}")
    until(lambda: street.notes(case) == ["稍后"], what="the note was not sent")
    # Signing out without a connection asks, leaves nothing, and holds when the connection is back.
    street.lose()
    assert tablet.evaluate(NOTE, {"case": case, "note": "算了"}) == "waiting"
    tablet.evaluate("self.ccQueue.keepDraft('begun', { text: '写了一半' })")
    assert tablet.evaluate("self.ccQueue.draft('begun')") == {"text": "写了一半"}
    tablet.locator("#tablet .cc-switches button", has_text="退出").tap()
    tablet.locator(".cc-ask button", has_text="删除并退出").tap()
    tablet.wait_for_url("**/away")
    expect(tablet.locator("h1")).to_have_text("没有连接")
    street.cable.mend()
    tablet.goto(f"{street.address}/cell/{CITY}")
    tablet.wait_for_url("**/login**")
    tablet.goto(f"{street.address}/assets/nothing")
    assert tablet.evaluate(KEPT) == [0, 0, 0, 0, 0]
    assert street.notes(case) == ["稍后"]


def test_a_page_that_is_no_place_also_says_whose_the_tablet_is_now(
    page: Pages, street: Street
) -> None:
    case = street.town.report(LEAF, "searched", matter="E0101")
    made = page(1180, 820, has_touch=True)  # no service worker clears up between the two
    street.sign_in(made, f"/case/{case}")
    heading(made, "楼下垃圾堆放")
    street.lose()
    assert made.evaluate(NOTE, {"case": case, "note": "稍后"}) == "waiting"
    street.cable.mend()
    made.context.clear_cookies()
    street.sign_in(made, "/search", "city")
    heading(made, "搜索")
    until(lambda: made.evaluate("cc.outbox.list().length") == 0, what="it shows another's actions")
    assert made.evaluate(NOTE, {"case": case, "note": "我来"}) == "refused"  # a city's key may not
    assert [said["code"] for said in made.evaluate(REFUSED)] == ["forbidden"]
    # The other's still waits for the other.
    made.context.clear_cookies()
    street.sign_in(made, f"/case/{case}")
    until(lambda: street.notes(case) == ["稍后"], what="the note was not sent")
    made.close()
    page.errors.clear()  # lost connections, and an answer of 403
