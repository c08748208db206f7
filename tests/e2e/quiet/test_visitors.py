"""Who is let in, and that nothing of other districts ever reaches a district's own people."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Response, expect

from tests.e2e.browsers import Browser
from tests.e2e.servers import CITY, DISTRICT, Server, report
from tests.e2e.walls import SLOW_MS
from tests.services.chromium import Pages

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]

OTHER = "410102"
SECRET = "不可外传的标题"
PROPS = b"event: props"
WRONG = "用户名或密码不正确"


@pytest.fixture(scope="module")
def server(city: Server) -> Server:
    """The quiet city; guessing passwords slows down everybody at this address, and is the last."""
    return city


@pytest.fixture(scope="module")
def foreign(server: Server) -> list[str]:
    """Names of the districts that the district's people have no business with."""
    children = server.call(f"/api/v1/cells/{CITY}").body["children"]
    names = [child["name"] for child in children if child["code"] != DISTRICT]
    assert len(names) == 14
    return names


@pytest.fixture
def district(server: Server) -> Browser:
    """A district's person who has logged in."""
    login = server.said["logins"][1]
    assert login["scope"] == DISTRICT
    browser = Browser(server)
    answer = browser.log_in(login["user"], login["password"])
    assert (answer.status, answer.location) == (303, "/")
    return browser


def leaked(found: bytes, foreign: list[str]) -> list[str]:
    """What stands in these bytes that must not; JSON may write it in two ways."""
    secrets = [*foreign, SECRET]
    escaped = {name: name.encode("ascii", "backslashreplace") for name in secrets}
    return [n for n in secrets if n.encode() in found or escaped[n].lower() in found.lower()]


def without_id(body: str) -> str:
    """Return a refusal without the id of its request, which no two have alike."""
    return re.sub(r'"request_id":"[0-9a-f]+"', "", body)


def test_the_city_sees_what_the_district_must_not(
    server: Server, district: Browser, foreign: list[str]
) -> None:
    number = server.report(report("secret-1", cell=f"{OTHER}", title=SECRET))[0]["id"]
    city = Browser(server)
    city.log_in("city", server.said["logins"][0]["password"])
    for path in (
        f"/cell/{OTHER}", f"/wall/district?cell={OTHER}", f"/case/{number}",
        f"/api/v1/cells/{OTHER}", f"/api/v1/cells/{OTHER}/counts", f"/api/v1/cases?cell={OTHER}",
        f"/api/v1/cases/{number}", f"/stream?layout=district&cell={OTHER}",
    ):  # fmt: skip
        if not path.startswith("/stream"):
            assert city.get(path).status == 200, path
        refused = district.get(path)
        missing = district.get(path.replace(OTHER, "419999").replace(f"/{number}", "/999999999"))
        assert (refused.status, missing.status) == (404, 404), path
        plain = without_id(refused.text.replace(OTHER, "").replace(str(number), ""))
        gone = missing.text.replace("419999", "").replace("999999999", "")
        assert plain == without_id(gone), path
    assert SECRET in city.get(f"/api/v1/cases?cell={OTHER}").text
    assert SECRET not in district.get("/api/v1/cases").text
    assert leaked(district.received, foreign) == []


def test_no_byte_of_a_districts_streams_is_of_another_district(
    server: Server, district: Browser, foreign: list[str]
) -> None:
    city = Browser(server)
    city.log_in("city", server.said["logins"][0]["password"])
    whole = city.stream(layout="city")
    wall = district.stream(layout="district", cell=DISTRICT)
    others = [district.stream(layout="city"), district.stream(cell=DISTRICT)]
    # When every district's name has come to the city, the others have had their first values too.
    assert whole.read(lambda found: leaked(found, foreign) == foreign)
    assert all(stream.read(lambda found: PROPS in found) for stream in (wall, *others))
    seen = wall.received.count(PROPS)
    server.report(report("far-1", OTHER, title=SECRET), report("near-1"))
    assert wall.read(lambda found: found.count(PROPS) > seen)
    for stream in (wall, *others):
        stream.read(lambda _: False, 1.0)
        assert leaked(stream.received, foreign) == []
    for stream in (whole, wall, *others):
        stream.close()


def test_a_districts_pages_bring_nothing_of_another_district(
    server: Server, page: Pages, foreign: list[str]
) -> None:
    screen = page(1180, 820)
    answers: list[Response] = []
    screen.on("response", lambda answer: answers.append(answer))
    login = server.said["logins"][1]
    screen.goto(f"{server.url}/cell/{DISTRICT}")
    screen.fill("#name", login["user"])
    screen.fill("#password", login["password"])
    screen.click("button[type=submit]")
    screen.wait_for_url(f"**/cell/{DISTRICT}")
    shown = screen.locator(".cc-tile[data-state=live]")
    expect(shown.first).to_be_visible(timeout=SLOW_MS)
    expect(screen.locator(".cc-map[data-state=ready]").first).to_be_visible(timeout=SLOW_MS)
    assert leaked(screen.content().encode(), foreign) == []
    kept = ("/tiles/", "/_dash-", "/cell/")
    mine = [
        answer
        for answer in answers
        if any(k in answer.url for k in kept) and "suites" not in answer.url and answer.ok
    ]
    assert any("/tiles/" in answer.url for answer in mine)
    for answer in mine:
        # The browser forgets bodies that a page's workers fetched: ask again with its cookies.
        again = answer.request.method == "GET"
        found = screen.context.request.get(answer.url).body() if again else answer.body()
        assert leaked(found, foreign) == [], answer.url
    page.errors[:] = [error for error in page.errors if "401" not in error]


def test_without_a_login_there_is_nothing(server: Server) -> None:
    stranger = Browser(server)
    led = stranger.get(f"/cell/{CITY}")
    assert (led.status, led.location) == (303, f"/login?next=/cell/{CITY}")
    for path in ("/stream?layout=city", "/_dash-layout", "/tiles/8/208/101.pbf?depth=1"):
        assert stranger.get(path).status == 401, path


def test_a_form_without_its_token_or_from_elsewhere_is_refused(server: Server) -> None:
    login = server.said["logins"][0]
    form = {"name": login["user"], "password": login["password"]}
    assert Browser(server).post("/login", form).status == 400
    foreign = Browser(server).post("/login", form, Origin="http://evil.example")
    assert foreign.status == 403


@pytest.mark.parametrize("address", ["//evil.example/x", "https://evil.example", "/\\evil.example"])
def test_a_login_leads_to_no_other_host(server: Server, address: str) -> None:
    login = server.said["logins"][1]
    answer = Browser(server).log_in(login["user"], login["password"], address)
    assert (answer.status, answer.location) == (303, "/")


def test_guessing_is_told_nothing_and_slowed_down(server: Server) -> None:
    guesser = Browser(server)
    known, unknown = guesser.log_in("city", "guess"), guesser.log_in("nobody", "guess")
    assert (known.status, unknown.status) == (401, 401)
    assert WRONG in known.text and WRONG in unknown.text
    answers = [guesser.log_in("nobody", "guess").status for _ in range(12)]
    assert answers[0] == 401 and answers[-1] == 429
