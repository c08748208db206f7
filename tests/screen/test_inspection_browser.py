"""An inspection on a tablet, in a real browser: begun at a place, the connection lost, reported."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from commandcenter.cases import accounts, inspections
from commandcenter.cases.accounts import Grant
from commandcenter.cases.inspections import Inspection
from commandcenter.domain.cases import Command
from commandcenter.domain.inspections import InspectionAct
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance
from commandcenter.web.links import Links
from tests.screen.tablet_server import Tablets, tablets, whole
from tests.services.chromium import Pages
from tests.waiting import until
from tests.web.conftest import hashed_password, now

pytestmark = pytest.mark.browser
CITY, EAST = "990100", "990102"
STREET = f"{EAST}001"
LEAF = f"{STREET}001001001"
# As the form for it does: the case is not there yet, and is found all the same.
STARTED = """(cell) => void cc.act({
  path: '/api/v1/cases', what: '占道', body: { cell, matter: 'E0101', title: '占道经营' },
})"""
NUMBERED = re.compile(r"/inspection/\d+$")


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory, quick_reports: None
) -> Iterator[Tablets]:
    with tablets(tmp_path_factory.mktemp("inspection")) as running:
        services = running.server.services
        with services.store.write() as connection:
            grant = Grant("leader", CITY, Clearance.STAFF, role=Role.LEADER)
            accounts.add_user(connection, services.tree, grant, hashed_password(), now())
        running.counts = {"open": {LEAF: 4}, "overdue": {}, "reported": {LEAF: 3}}
        yield running


def stored(town: Tablets, number: int) -> Inspection:
    """The inspection as the store has it."""
    with town.server.services.store.read() as connection:
        return inspections.inspection(connection, whole(town.server), number)


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def begin(page: Page, title: str) -> int:
    """Begin an inspection on the page of a cell; returns its number, once the server has it."""
    expect(page.locator("#inspecting")).to_have_count(1)  # no still any more
    button(page, "开始巡查").tap()
    page.fill(".cc-inspecting .sheet input", title)
    button(page, "开始").tap()
    to_it = page.locator(".cc-inspecting a.open")
    expect(to_it).to_have_attribute("href", NUMBERED)
    return int(str(to_it.get_attribute("href")).rpartition("/")[2])


def write(page: Page, words: str) -> None:
    button(page, "记录").tap()
    page.fill(".cc-inspecting .sheet textarea", words)
    button(page, "保存").tap()
    expect(page.locator(".cc-inspecting .sheet")).to_have_count(0)


def test_an_inspection_goes_through_a_lost_connection_to_its_report(
    page: Pages, served: Tablets
) -> None:
    case = served.report(LEAF, "found", title="井盖缺失")
    cell = served.server.services.tree[LEAF]
    where: Any = {"longitude": cell.lng, "latitude": cell.lat}
    made = page(
        1024, 768, has_touch=True, service_workers="allow", geolocation=where,
        permissions=["geolocation"],
    )  # fmt: skip
    poster = Links(served.server.services.settings.secret()).poster(LEAF)
    served.open(made, "/account", name="leader")
    made.goto(f"{served.address}/q/{poster}")
    expect(made).to_have_url(f"{served.address}/cell/{LEAF}")
    number = begin(made, "防汛巡查")
    made.goto(f"{served.address}/cell/{STREET}")
    button(made, "到访此处").tap()
    expect(button(made, "已到访")).to_be_disabled()
    made.goto(f"{served.address}/case/{case}")
    expect(made.locator(".cc-inspecting .what")).to_contain_text("防汛巡查")

    expect(made.locator("html")).to_have_attribute("data-kept", f"/case/{case}")
    made.locator(".cc-map[data-state=ready]").wait_for()
    made.context.set_offline(True)
    button(made, "列为巡查发现").tap()
    expect(button(made, "已列为发现")).to_be_disabled()
    made.evaluate(STARTED, LEAF)
    write(made, "路口积水")
    write(made, "已放路锥")
    expect(made.locator(".cc-inspecting .said")).to_contain_text("正在等待网络")
    assert stored(served, number).of(InspectionAct.NOTE) == ()
    made.context.set_offline(False)
    page.errors.clear()

    made.locator(".cc-inspecting a.open").tap()
    expect(made.locator(".cc-inspection .notes li")).to_have_count(2)
    expect(made.locator(".cc-inspection .found li")).to_have_count(2)
    button(made, "结束").tap()
    made.fill(".cc-inspecting .sheet textarea", "总体良好")
    button(made, "结束巡查").tap()
    expect(made.locator(".cc-report")).to_be_visible()
    expect(made.locator(".cc-inspecting.on")).to_have_count(0)

    found = stored(served, number)
    done = [(step.act.value, step.text) for step in found.steps]
    assert done == [
        ("start", ""), ("visit", ""), ("find", ""), ("find", ""), ("note", "路口积水"),
        ("note", "已放路锥"), ("end", "总体良好"),
    ]  # fmt: skip
    assert len({step.at for step in found.steps}) == len(done), "each at the time it was done"
    report = made.request.get(f"{served.address}/inspections/{number}/report.pdf")
    assert (report.status, report.body()[:5]) == (200, b"%PDF-")

    other = max(step.case_id or 0 for step in found.steps)
    state = made.locator(f'.cc-inspection .found a[href="/case/{case}"] .cc-state')
    expect(made.locator(f'.cc-inspection .found a[href="/case/{other}"]')).to_contain_text("占道")
    expect(state).to_have_attribute("data-state", "dispatched")
    made.evaluate("window.same = true")
    for command in (Command.TAKE_UP, Command.HANDLE, Command.VERIFY, Command.CLOSE):
        served.move("found", command)
    served.counts["state.closed"] = {LEAF: 1}
    served.show()
    expect(state).to_have_attribute("data-state", "closed")
    expect(made.locator(".cc-inspection .found li").last).to_have_class("tone-good")
    expect(made.locator(".cc-inspection .head .cc-state")).to_have_text("跟踪中")
    assert made.evaluate("window.same"), "it is the same page"


def finish(page: Page) -> None:
    """End the inspection on its own page, and see its report."""
    button(page, "结束").tap()
    button(page, "结束巡查").tap()
    expect(page.locator(".cc-report")).to_be_visible()


def on_the_way(page: Pages, served: Tablets) -> tuple[Page, int]:
    """Begin an inspection and go on to another cell; returns its page, and the number."""
    made = page(1024, 768, has_touch=True, service_workers="allow")
    served.open(made, f"/cell/{LEAF}", name="leader")
    number = begin(made, "走访")
    made.goto(f"{served.address}/cell/{STREET}")
    expect(made.locator(".cc-inspecting .what")).to_contain_text("走访")
    return made, number


# Keeping an action takes as long as the test wants.
SLOW = """() => {
  const { add } = self.ccQueue;
  self.ccQueue.add = async (asked) => {
    await new Promise((go) => { window.letGo = go; });
    return add(asked);
  };
}"""


def test_a_visit_is_said_to_be_made_once_it_is_kept(page: Pages, served: Tablets) -> None:
    made, number = on_the_way(page, served)
    made.evaluate(SLOW)
    button(made, "到访此处").tap()
    made.wait_for_function("window.letGo !== undefined")
    expect(button(made, "到访此处")).to_be_disabled()
    made.evaluate("window.letGo()")
    expect(button(made, "已到访")).to_be_disabled()
    made.goto(f"{served.address}/inspection/{number}")
    until(lambda: stored(served, number).of(InspectionAct.VISIT), what="the visit did not come")
    finish(made)


def test_what_cannot_be_kept_is_said_and_may_be_tried_again(page: Pages, served: Tablets) -> None:
    made, number = on_the_way(page, served)
    made.evaluate("""() => {
      const { add } = self.ccQueue;
      self.ccQueue.add = async (asked) => {
        self.ccQueue.add = add;
        throw new Error('the disk is full');
      };
    }""")
    button(made, "到访此处").tap()
    expect(made.locator(".cc-inspecting .said")).to_contain_text("本机无法保存")
    button(made, "到访此处").tap()
    expect(button(made, "已到访")).to_be_disabled()
    until(lambda: stored(served, number).of(InspectionAct.VISIT), what="the visit did not come")
    made.goto(f"{served.address}/inspection/{number}")
    finish(made)


def test_the_way_that_was_gone_outlives_the_session(page: Pages, served: Tablets) -> None:
    cell = served.server.services.tree[LEAF]
    where: Any = {"longitude": cell.lng, "latitude": cell.lat}
    made = page(
        390, 844, has_touch=True, service_workers="allow", geolocation=where,
        permissions=["geolocation"],
    )  # fmt: skip
    served.open(made, f"/cell/{LEAF}", name="leader")
    number = begin(made, "步行巡查")
    kept = "self.ccQueue.draft('route').then((route) => route ? route.points.length : 0)"
    made.wait_for_function(f"() => {kept}.then((count) => count === 1)")
    made.context.set_geolocation(where | {"latitude": cell.lat + 0.0005})
    made.wait_for_function(f"() => {kept}.then((count) => count === 2)")
    made.context.set_offline(True)
    write(made, "会话到期")
    made.context.clear_cookies()
    made.context.set_offline(False)
    made.wait_for_url("**/login**")
    page.errors.clear()
    served.open(made, f"/cell/{LEAF}", name="leader")
    expect(made.locator(".cc-inspecting .what")).to_contain_text("步行巡查")
    until(lambda: len(stored(served, number).route) >= 2, what="the way did not come")
    assert [note.text for note in stored(served, number).of(InspectionAct.NOTE)] == ["会话到期"]
    made.locator(".cc-inspecting a.open").tap()
    finish(made)


def test_words_that_were_typed_when_the_session_ended_are_there_again(
    page: Pages, served: Tablets
) -> None:
    made = page(390, 844, has_touch=True, service_workers="allow")
    served.open(made, f"/cell/{LEAF}", name="leader")
    number = begin(made, "雨中巡查")
    button(made, "记录").tap()
    made.fill(".cc-inspecting .sheet textarea", "写了一半")
    draft = "self.ccQueue.draft('note')"
    made.wait_for_function(f"() => {draft}.then((kept) => kept ? kept.text === '写了一半' : false)")
    made.context.clear_cookies()
    made.reload()
    made.wait_for_url("**/login**")
    page.errors.clear()
    served.open(made, f"/cell/{LEAF}", name="leader")
    expect(made.locator(".cc-inspecting .what")).to_contain_text("雨中巡查")
    button(made, "记录").tap()
    expect(made.locator(".cc-inspecting .sheet textarea")).to_have_value("写了一半")
    button(made, "保存").tap()
    expect(made.locator(".cc-inspecting .sheet")).to_have_count(0)
    until(lambda: stored(served, number).of(InspectionAct.NOTE), what="the note did not come")
    assert made.evaluate(f"() => {draft}") is None
    made.goto(f"{served.address}/inspection/{number}")
    button(made, "结束").tap()
    expect(made.locator(".cc-inspecting .sheet textarea")).to_have_value("")
    button(made, "结束巡查").tap()
    expect(made.locator(".cc-report")).to_be_visible()


def test_an_inspection_that_begins_without_a_connection_is_there_with_all_that_was_done(
    page: Pages, served: Tablets
) -> None:
    made = page(390, 844, has_touch=True, service_workers="allow")
    served.open(made, f"/cell/{STREET}", name="leader")
    expect(made.locator("html")).to_have_attribute("data-kept", f"/cell/{STREET}")
    made.context.set_offline(True)
    button(made, "开始巡查").tap()
    button(made, "开始").tap()
    expect(made.locator(".cc-inspecting .what")).to_contain_text("巡查中")
    write(made, "没有信号")
    made.context.set_offline(False)
    page.errors.clear()
    to_it = made.locator(".cc-inspecting a.open")
    expect(to_it).to_have_attribute("href", NUMBERED)
    to_it.tap()
    expect(made.locator(".cc-inspection .notes li")).to_contain_text("没有信号")
    assert made.evaluate("document.documentElement.scrollWidth") <= 390
    finish(made)
