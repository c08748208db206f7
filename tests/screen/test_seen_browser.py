"""A place that was seen before is there at once, says how old it is, and is nobody else's."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Error, Page, expect

from tests.screen.tablet_server import Tablets, tablets
from tests.screen.test_offline_browser import CITY, EAST, Street, asked, heading, kept, laid
from tests.services.chromium import Pages
from tests.waiting import until

pytestmark = pytest.mark.browser
PLACE = f"/cell/{CITY}"
STILL = re.compile(r'<div id="cc-still">(.*)</div>\n<div id="react-entry-point">', re.DOTALL)
LINK = re.compile(r'<span class="link"[^>]*>.*?<span>([^<]*)</span>')
PLACES = "caches.keys().then((names) => names.filter((name) => name.includes('places')).length)"
HOURS = 3
AGED = """async (hours) => {
  const cache = await caches.open((await caches.keys()).find((name) => name.includes('places')));
  const key = (await cache.keys()).find((each) => each.url.includes('/kept/html/'));
  const kept = await cache.match(key, { ignoreVary: true });
  const headers = new Headers(kept.headers);
  headers.set('X-Kept-At', Date.now() - hours * 3600 * 1000 - 60000);
  await cache.put(key, new Response(await kept.text(), { headers }));
}"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tablets]:
    with tablets(tmp_path_factory.mktemp("seen")) as running:
        running.counts = {"open": {CITY: 4}}
        yield running


@pytest.fixture
def street(served: Tablets) -> Iterator[Street]:
    with laid(served) as made:
        yield made


@pytest.fixture
def tablet(page: Pages, street: Street) -> Iterator[Page]:
    """A tablet that has seen the city."""
    made = page(1180, 820, has_touch=True, service_workers="allow")
    street.sign_in(made, PLACE, "city")
    kept(made, PLACE)
    yield made
    page.close()
    page.errors.clear()


def test_a_place_is_there_at_once_as_it_was_and_then_as_it_is(
    tablet: Page, street: Street
) -> None:
    tablet.evaluate(AGED, HOURS)
    street.cable.freeze()
    answer = tablet.reload(wait_until="commit")
    assert answer is not None and answer.from_service_worker
    still = STILL.search(answer.text())
    assert still is not None and "小城市" in still[1]
    said = LINK.search(still[1])
    assert said is not None and said[1] == f"{HOURS} 时前的内容，正在更新"
    street.cable.mend()
    heading(tablet, "小城市")
    expect(tablet.locator(".cc-tablet-page .cc-header .link")).not_to_contain_text("的内容")


def test_where_the_last_page_took_long_the_network_is_not_waited_for(
    tablet: Page, street: Street
) -> None:
    tablet.evaluate("() => self.ccStore.put('meta', 5000, 'pace')")
    answer = tablet.reload(wait_until="commit")
    assert answer is not None and "的内容，正在更新" in answer.text()
    tablet.wait_for_function("() => self.ccStore")
    pace = "() => self.ccStore.get('meta', 'pace')"
    until(lambda: asked(tablet, pace) != 5000, what="how long it took this time is not noted")


def test_who_has_no_session_any_more_is_led_to_the_login_and_nothing_stays(
    tablet: Page, street: Street
) -> None:
    tablet.context.clear_cookies()
    tablet.goto(f"{street.address}{PLACE}", wait_until="commit")
    tablet.wait_for_url("**/login**")
    assert asked(tablet, PLACES) == 0


def test_what_somebody_saw_is_not_shown_to_who_came_by_the_login_after(
    tablet: Page, street: Street
) -> None:
    """The session is over, and the browser could not be told so: it must not take that for none."""
    tablet.context.clear_cookies()
    street.lose()
    with pytest.raises(Error, match="ERR_"):
        tablet.goto(f"{street.address}/login")
    tablet.wait_for_url("chrome-error://**")
    tablet.goto(f"{street.address}{PLACE}")
    expect(tablet.locator("h1")).to_have_text("没有连接")
    assert tablet.locator("#cc-still").count() == 0
    street.cable.mend()
    street.sign_in(tablet, f"/cell/{EAST}", "east")
    kept(tablet, f"/cell/{EAST}")
    # The server has said who is here: what that one sees is there at once again.
    doubt = "() => self.ccStore.get('meta', 'doubt').then((it) => it === undefined)"
    until(lambda: asked(tablet, doubt), what="it stays open who is here")
    street.cable.freeze()
    answer = tablet.reload(wait_until="commit")
    assert answer is not None and "的内容，正在更新" in answer.text()
    street.cable.mend()
