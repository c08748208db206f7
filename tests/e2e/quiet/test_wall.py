"""The city's wall in a real browser, before a whole server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Request, expect

from tests.e2e.cable import Cable
from tests.e2e.servers import CITY, DISTRICT, Server, report
from tests.e2e.walls import FACES, SLOW_MS, Wall, forget_lost_connections
from tests.services.chromium import Pages
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]

# Boxes of what is shown on the present face: parts that reach out of their tile, tiles that meet.
FAULTS = """() => {
  const box = (node) => node.getBoundingClientRect();
  const face = document.querySelector("[data-on='1']");
  const stage = box(document.querySelector('.cc-stage'));
  const tiles = [...face.querySelectorAll('.cc-tile')];
  const inside = (a, b) => a.left >= b.left - 1 && a.top >= b.top - 1 &&
    a.right <= b.right + 1 && a.bottom <= b.bottom + 1;
  const apart = (a, b) => a.right <= b.left + 1 || b.right <= a.left + 1 ||
    a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
  const window_ = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
  const words = 'h2, .age, .cc-heading, .figure, .label, .step, .row, .line, .key, .words, ' +
    '.main-svg, canvas';
  const found = tiles.filter((tile) => !inside(box(tile), stage)).map((t) => t.id + ' off stage');
  if (!inside(stage, window_)) found.push('stage off window');
  tiles.forEach((one, i) => tiles.slice(i + 1).forEach((other) =>
    apart(box(one), box(other)) || found.push(one.id + ' over ' + other.id)));
  tiles.forEach((tile) => tile.querySelectorAll(words).forEach((node) => {
    if (node.closest('.cc-map') && node.tagName !== 'CANVAS') return;
    const at = box(node);
    if (at.width && at.height && !inside(at, box(tile)))
      found.push(tile.id + ': ' + (node.className.baseVal ?? node.className) + ' is cut off');
  }));
  const root = document.scrollingElement;
  if (root.scrollWidth > innerWidth || root.scrollHeight > innerHeight) found.push('scrolls');
  return found;
}"""


@pytest.fixture
def wall(city: Server, page: Pages) -> Wall:
    """The city's wall at half its size, with its first numbers."""
    made = Wall(city, page(1920, 540))
    made.open()
    return made


def test_all_four_faces_live_and_say_what_the_api_says(wall: Wall) -> None:
    counts = wall.server.counts()
    assert wall.equals_api()["total"] >= 2000
    for face in FACES:
        wall.go(face)
        assert wall.page.url.endswith(f"#{face}")
    wall.go("manage")
    steps = wall.page.locator("#loop .step .value")
    waits = [counts[f"state.{state}"] for state in ("handling", "handled", "verified")]
    for at, number in zip((3, 4, 5), waits, strict=True):
        expect(steps.nth(at)).to_have_text(re.compile("^" + "\u2009?".join(str(number)) + "$"))
    wall.go("levels")
    held = [counts[f"held.{depth}"] for depth in range(5)]
    lines = wall.page.locator("#levels .line")
    for at, number in enumerate(held):
        expect(lines.nth(at).locator(".cell").nth(3)).to_have_text(str(number))
    wall.go("prevent")
    colours = [wall.known(f"colours-{tone}") for tone in ("red", "yellow", "blue")]
    assert sum(colours) == 17_091
    wall.go("evaluate")
    share = 100 * counts["filed.on_time.30d"] / counts["filed.judged.30d"]
    assert wall.known("scope-filed") == pytest.approx(share, abs=0.2)
    assert wall.foreign() == []


def test_a_report_moves_the_numbers_of_an_open_wall_once(wall: Wall) -> None:
    before = wall.equals_api()
    given = [report(f"move-{n}") for n in range(5)]
    answers = wall.server.report(*given, report("far", cell="", lng=0.1, lat=0.1))
    assert [a["status"] for a in answers] == ["accepted"] * 5 + ["rejected"]
    expect(wall.page.locator("#pulse-total .digits")).to_have_attribute(
        "data-value", str(int(before["total"]) + 5), timeout=SLOW_MS
    )
    again = wall.server.report(*given)
    assert [a["status"] for a in again] == ["duplicate"] * 5
    assert [a["id"] for a in again] == [a["id"] for a in answers[:5]]
    after = wall.equals_api()
    assert after["total"] == before["total"] + 5
    assert after["reported"] >= before["reported"] + 5
    wall.equals_rows()
    newest = wall.page.locator("#newest .line").first
    expect(newest).to_contain_text("12345热线")
    assert wall.server.counts(DISTRICT)["channel.hotline"] >= 5
    assert wall.is_live() is None and wall.foreign() == []


def test_the_canvas_follows_the_window_and_nothing_meets_or_is_cut_off(wall: Wall) -> None:
    for face in FACES:
        wall.go(face)
        for width, height in ((1920, 540), (1280, 720), (3840, 1080), (1000, 1400)):
            wall.page.set_viewport_size({"width": width, "height": height})
            unit = min(width / 3840, height / 1080)
            size = [round(3840 * unit), round(1080 * unit)]

            def is_sized(size: list[int] = size) -> bool:
                box = wall.page.locator(".cc-stage").bounding_box()
                return box is not None and [round(box["width"]), round(box["height"])] == size

            until(is_sized)
            # Charts and the map take their new size a moment after the stage.
            until(lambda: wall.page.evaluate(FAULTS) == [], 30) if wall.page.evaluate(FAULTS) else 0
            assert wall.page.evaluate(FAULTS) == [], (face, width, height)


@pytest.fixture
def cable(city: Server) -> Iterator[Cable]:
    """The cable of one screen."""
    made = Cable(urlsplit(city.url).port or 0)
    yield made
    made.close()


@pytest.fixture
def distant(city: Server, cable: Cable, page: Pages) -> Wall:
    """A wall at the end of the cable, drawn; the test moves its clock."""
    screen = page(1920, 540)
    screen.clock.install()
    made = Wall(city, screen)
    made.open(cable.url)
    made.is_drawn()
    return made


def test_a_lost_connection_ages_honestly_and_what_was_missed_is_caught_up(
    city: Server, cable: Cable, distant: Wall, page: Pages
) -> None:
    wall, screen = distant, distant.page
    before = wall.equals_api()
    link = screen.locator(".cc-header .link")
    age = wall.tile("pulse").locator("> header .age")
    cable.cut()
    expect(link).to_have_attribute("data-state", "failed")
    city.report(*[report(f"missed-{n}") for n in range(3)])
    screen.clock.fast_forward(17_000)
    expect(wall.tile("pulse")).to_have_attribute("data-state", "late")
    expect(age).to_contain_text("延迟")
    screen.clock.fast_forward(15_000)
    expect(wall.tile("pulse")).to_have_attribute("data-state", "stale")
    seconds = int("".join(sign for sign in age.inner_text() if sign.isdigit()))
    assert "停滞" in age.inner_text() and 30 <= seconds < 60
    assert wall.number("pulse-total") == before["total"]
    cable.mend()
    wall.is_live()
    assert wall.equals_api()["total"] == before["total"] + 3
    forget_lost_connections(page)


def test_a_pulled_cable_is_noticed_by_the_missing_beats(
    city: Server, cable: Cable, distant: Wall, page: Pages
) -> None:
    wall, screen = distant, distant.page
    before = wall.equals_api()
    cable.pull()
    city.report(report("pulled-1"))
    screen.clock.fast_forward(50_000)
    link = screen.locator(".cc-header .link")
    expect(link).to_have_attribute("data-state", "failed")
    expect(wall.tile("pulse")).to_have_attribute("data-state", "stale")
    assert wall.number("pulse-total") == before["total"]
    cable.mend()
    wall.is_live()
    assert wall.equals_api()["total"] == before["total"] + 1
    forget_lost_connections(page)


def zoom(url: str) -> int:
    """The zoom of a tile's address."""
    return int(url.split("/tiles/")[1].split("/")[0])


def test_parts_of_the_map_that_did_not_come_are_asked_for_again(
    city: Server, cable: Cable, page: Pages
) -> None:
    screen = page(1920, 540)
    lost, arrived = set[str](), set[str]()

    def begun(request: Request) -> None:
        if ".pbf" in request.url and not lost:
            cable.cut()
            lost.add(request.url)

    screen.on("request", begun)
    screen.on("requestfailed", lambda request: ".pbf" in request.url and lost.add(request.url))
    screen.on("requestfinished", lambda request: arrived.add(request.url))
    screen.goto(city.said["wall"].replace(city.url, cable.url))
    link = screen.locator(".cc-header .link")
    expect(link).to_have_attribute("data-state", "failed", timeout=SLOW_MS)
    # What lies above them may not be needed once these have come.
    holes = {url for url in lost - arrived if f"/tiles/{max(map(zoom, lost))}/" in url}
    assert holes
    cable.mend()
    expect(link).to_have_attribute("data-state", "live", timeout=SLOW_MS)
    until(lambda: holes <= arrived or screen.wait_for_timeout(50))
    page.errors.clear()


def test_a_silent_worker_is_told_and_its_return_too(wall: Wall) -> None:
    before = wall.equals_api()
    link = wall.page.locator(".cc-header .link")
    with wall.server.held("live"):
        expect(link).to_have_attribute("data-state", "late", timeout=SLOW_MS)
        expect(link).to_contain_text("后台无响应")
        wall.server.report(report("silent-1"))
        assert wall.server.call(f"/api/v1/cells/{CITY}/counts").status == 503
        expect(wall.tile("pulse")).to_have_attribute("data-state", "late", timeout=SLOW_MS)
    wall.is_live()
    assert wall.equals_api()["total"] == before["total"] + 1
