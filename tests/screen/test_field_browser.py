"""Acting in the field in a real browser, by touch: supervising, photos, new cases, checks.

Longer than most: one served town and one tablet are enough for all acts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from commandcenter.domain.cases import Command
from commandcenter.domain.clocks import HOUR
from commandcenter.domain.colours import Colour
from commandcenter.host.panel import ColourChange
from commandcenter.live.colours import Colours
from commandcenter.live.topics import Topic
from commandcenter.store import colours as kept
from commandcenter.store.photo_tables import photos
from commandcenter.store.tables import cases, moves
from commandcenter.testing import FakeView
from tests.screen.tablet_server import Tablets, tablets
from tests.services.chromium import Pages
from tests.waiting import until
from tests.web.conftest import EAST, Town, now
from tests.web.pictures import picture
from tests.web.test_photos import with_staff

pytestmark = pytest.mark.browser
STREET = f"{EAST}001"
GRID = f"{STREET}001001"
LEAF = f"{GRID}001"
SCRIPTS_OF_GRAPHS = ("**/async-graph*.js*", "**/plotly*.js*")
SIZES = ((1024, 768), (390, 844))
SMALL_TARGETS = """() => [...document.querySelectorAll('.cc-field :is(button, input)')]
  .map((node) => [node.textContent || node.type, node.getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.width < 44 || box.height < 44)).map(([name]) => name)"""
CLOSE_TARGETS = """() => { const boxes = [...document.querySelectorAll('.cc-field .bar > button')]
  .map((node) => node.getBoundingClientRect()).sort((a, b) => a.left - b.left);
  return boxes.slice(1).map((box, i) => box.left - boxes[i].right).filter((gap) => gap < 8); }"""
ON_MAP = """(place) => new Promise((done) => {
  const host = document.querySelector('.cc-map[data-taps]'), { map } = host.ccMap;
  const look = () => {
    if (!map.loaded() || !map.areTilesLoaded()) return setTimeout(look, 50);
    const { x, y } = map.project(place), box = host.getBoundingClientRect();
    return done([box.left + x, box.top + y]);
  };
  look();
})"""


class FieldTown(Tablets):
    """A served city in which what the store has of colours is shown, as a worker shows it."""

    def view(self, topic: Topic) -> FakeView:
        services = self.server.services
        colours = Colours(services.tree)
        with services.store.read() as connection:
            colours.load(connection, now())
        changes = [colours.reason(at) for at in colours.reasons]
        coloured = {services.tree.cells[c.cell].code: int(c.after) for c in changes if c}
        return replace(super().view(topic), coloured=coloured, changes=[c for c in changes if c])

    def moved(self) -> None:
        """Let the screens hear that something has moved."""
        total = self.counts.setdefault("noted", {})
        total[LEAF] = total.get(LEAF, 0) + 1
        self.show()

    def ask(self, query: Any) -> Any:
        with self.server.services.store.read() as connection:
            return connection.execute(query).scalar()

    def until(self, query: Any) -> Any:
        """Wait until the store has what is asked for."""
        return until(lambda: self.ask(query))

    def redden(self, cell: str) -> None:
        at = now()
        change = ColourChange(
            self.server.services.tree.position[cell], at, Colour.BLUE, Colour.RED,
            "prevent.overdue", "超时占 40%", "王某", at + HOUR,
        )  # fmt: skip
        with self.server.services.store.write() as connection:
            kept.record(connection, [change])


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FieldTown]:
    with tablets(tmp_path_factory.mktemp("field"), FieldTown) as running:
        server = running.server
        with_staff(Town(server.services, server.front, server.keys))
        yield running


def tablet(page: Pages, width: int = 390, height: int = 844) -> Page:
    return page.again(width, height, has_touch=True)


def begin(made: Page, act: str) -> None:
    """Open the sheet of an act, behind the others if it is not at hand."""
    button = made.locator(f'.cc-field .bar > [data-act="{act}"]')
    at_hand = f'.cc-field .bar > [data-act="{act}"], .cc-field .bar > [data-act="more"]'
    made.locator(at_hand).first.wait_for()
    if not button.count():
        made.locator('.cc-field [data-act="more"]').tap()
        button = made.locator(f'.cc-sheet [data-act="{act}"]')
    button.tap()
    made.locator(".cc-sheet[open] .fields").wait_for()


def submit(made: Page) -> None:
    made.locator('.cc-sheet [data-do="submit"]').tap()
    expect(made.locator(".cc-sheet")).to_have_count(0)


def test_a_case_is_supervised_and_a_photo_added_to_it(page: Pages, town: FieldTown) -> None:
    number = town.report(LEAF, "act", matter="E0101")
    made = town.open(tablet(page), f"/case/{number}", name="leader")
    begin(made, "supervise")
    made.locator('.cc-sheet [data-do="submit"]').tap()
    expect(made.locator(".cc-sheet footer .fault")).to_contain_text("说明")
    made.locator(".cc-sheet textarea").fill("今晚前办结")
    submit(made)
    of_case = select(func.count()).select_from(moves).where(moves.c.case_id == number)
    town.until(of_case.where(moves.c.command == "supervise", moves.c.actor == "leader"))
    expect(made.locator(".cc-field .line")).to_have_attribute("data-state", "done")
    town.moved()
    expect(made.locator(".cc-timeline li").first).to_contain_text("今晚前办结")
    expect(made.locator('.cc-field [data-act="release"]')).to_have_count(1)

    begin(made, "photo")
    sent = {"name": "IMG_1.png", "mimeType": "image/png", "buffer": picture(900, 600, "PNG")}
    made.locator(".cc-sheet input[type=file]").set_input_files(sent)
    expect(made.locator(".cc-sheet .photo img")).to_have_count(1)
    submit(made)
    town.until(of_case.where(moves.c.command == "note"))
    assert town.ask(select(func.count()).select_from(photos).where(photos.c.case_id == number)) == 1
    town.moved()
    shown = made.locator("#case-photos img")
    expect(shown).to_have_count(1)
    until(lambda: shown.evaluate("(image) => image.naturalWidth"))


def test_a_case_is_started_by_a_tap_on_the_map(page: Pages, town: FieldTown) -> None:
    made = town.open(tablet(page, 1024, 768), f"/cell/{STREET}", name="chief")
    begin(made, "start")
    made.locator('[data-place="map"]').tap()
    expect(made.locator(".cc-sheet[open]")).to_have_count(0)
    made.locator(".cc-map[data-taps][data-state=ready]").wait_for()
    leaf = town.server.services.tree[LEAF]
    x, y = made.evaluate(ON_MAP, [leaf.lng, leaf.lat])
    made.touchscreen.tap(x, y)
    expect(made.locator(".cc-sheet .hint.place")).to_contain_text(leaf.name)
    assert made.url.endswith(f"/cell/{STREET}"), "the tap chose a place and led nowhere"
    made.locator(".cc-sheet [data-matter]").fill("垃圾")
    made.locator('.cc-sheet .found [data-value="E0101"]').tap()
    made.locator(".cc-sheet textarea").fill("三袋，占了盲道")
    submit(made)
    row = town.until(select(cases.c.description).where(cases.c.source == "field"))
    assert row == "三袋，占了盲道"
    place = select(cases.c.cell).where(cases.c.source == "field")
    assert town.ask(place) == town.server.services.tree.position[LEAF]


def test_a_map_whose_script_did_not_come_is_drawn_when_the_connection_is_back(
    page: Pages, town: FieldTown
) -> None:
    made = page(1024, 768, has_touch=True)
    for script in SCRIPTS_OF_GRAPHS:
        made.route(script, lambda route: route.abort("internetdisconnected"))
    with made.expect_event("requestfailed", lambda request: "plotly" in request.url):
        town.open(made, f"/cell/{STREET}", name="chief")
    for script in SCRIPTS_OF_GRAPHS:
        made.unroute(script)
    made.evaluate("window.dispatchEvent(new Event('online'))")
    made.locator(".cc-map[data-taps][data-state=ready]").wait_for()
    page.errors.clear()


def test_a_red_cell_is_checked_and_says_so(page: Pages, town: FieldTown) -> None:
    made = town.open(tablet(page), f"/cell/{GRID}", name="chief")
    expect(made.locator(".cc-field .bar > button").first).to_be_visible()
    expect(made.locator('.cc-field [data-act="check"]')).to_have_count(0)
    town.redden(GRID)
    town.show()
    begin(made, "check")
    made.locator('.cc-sheet [data-value="eased"]').tap()
    made.locator(".cc-sheet textarea").fill("两组人已到场")
    sent = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture(300, 200)}
    made.locator(".cc-sheet input[type=file]").set_input_files(sent)
    expect(made.locator(".cc-sheet .photo img")).to_have_count(1)
    submit(made)
    expect(made.locator(".cc-field .line")).to_have_attribute("data-state", "done")
    town.show()
    expect(made.locator(".cc-standing .found")).to_contain_text("chief核查：已在控制")
    expect(made.locator(".cc-standing .found")).to_contain_text("两组人已到场")
    made.locator(".cc-standing button.photo").tap()
    opened = made.locator("dialog.cc-viewer img")
    until(lambda: opened.evaluate("(image) => image.naturalWidth"))
    made.locator("dialog.cc-viewer button.close").tap()
    made.goto(f"{town.address}/cell/{GRID}?tab=field")
    small = made.locator(".cc-checks .cc-photos img")
    expect(small).to_have_count(1)
    until(lambda: small.evaluate("(image) => image.naturalWidth"))


def test_what_lies_under_the_thumb_is_large_and_mirrored(page: Pages, town: FieldTown) -> None:
    number = town.report(LEAF, "large", matter="E0101")
    made = town.open(tablet(page), f"/case/{number}", name="leader")
    for width, height in SIZES:
        made.set_viewport_size({"width": width, "height": height})
        begin(made, "note")
        assert made.evaluate(SMALL_TARGETS) == []
        made.locator('.cc-sheet [data-do="cancel"]').tap()
        assert made.evaluate(CLOSE_TARGETS) == []
        bar = made.locator(".cc-field").bounding_box()
        assert bar is not None and round(bar["y"] + bar["height"]) == height
    first = made.locator(".cc-field .bar > button").first
    right = first.bounding_box()
    made.evaluate("document.documentElement.classList.add('left')")
    left = first.bounding_box()
    assert right is not None and left is not None
    assert right["x"] > 390 / 2 > left["x"] + left["width"] / 2


def test_what_the_server_refuses_is_said_in_its_words(page: Pages, town: FieldTown) -> None:
    number = town.report(LEAF, "gone", matter="E0101")
    made = town.open(tablet(page), f"/case/{number}", name="chief")
    begin(made, "take_up")
    with town.server.services.store.write() as connection:
        done = cases.c.id == number
        connection.execute(cases.update().where(done).values(state="closed"))
    submit(made)
    expect(made.locator(".cc-field .line")).to_have_attribute("data-state", "refused")
    said = made.locator(".cc-field .line small")
    expect(said).to_contain_text("情况已经变化，此刻不能这样处理")
    expect(said).not_to_contain_text("cannot")
    page.errors.clear()


def give(town: FieldTown, made: Page, act: str, note: str) -> None:
    begin(made, act)
    made.locator(".cc-sheet textarea").fill(note)
    submit(made)


def states(made: Page) -> list[str]:
    found: list[str] = made.evaluate("cc.outbox.list().map((record) => record.state)")
    return found


def test_who_acts_on_what_somebody_else_has_changed_is_told_and_does_it_with_one_tap(
    page: Pages, town: FieldTown
) -> None:
    number = town.report(LEAF, "twice", matter="E0101")
    made = town.open(page(390, 844, has_touch=True), f"/case/{number}", name="chief")
    begin(made, "take_up")
    made.context.set_offline(True)
    submit(made)
    # Two of one's own, of which the second was decided on what the page shows before the first.
    give(town, made, "note", "到了")
    give(town, made, "return", "不归我管")
    until(lambda: states(made) == ["waiting"] * 3)
    with town.server.services.store.write() as connection:
        seen = cases.c.id == number
        connection.execute(cases.update().where(seen).values(version=cases.c.version + 1))
    made.context.set_offline(False)
    until(lambda: states(made) == ["refused", "done", "refused"])
    line = made.locator(".cc-field .line").first
    expect(line).to_contain_text("别人已经改过，请看过现状再做 · 现为“派遣” · 此刻可以：")
    line.locator("button.again").tap()
    until(lambda: states(made)[0] == "done")
    of_case = select(func.count()).select_from(moves).where(moves.c.case_id == number)
    assert town.ask(of_case.where(moves.c.command == "take_up")) == 1
    page.errors.clear()


def test_two_of_ones_own_actions_on_one_case_are_in_nobodys_way(
    page: Pages, town: FieldTown
) -> None:
    number = town.report(LEAF, "both", matter="E0101")
    made = town.open(page(390, 844, has_touch=True), f"/case/{number}", name="leader")
    expect(made.locator('.cc-field .bar > [data-act="supervise"]')).to_be_visible()
    made.context.set_offline(True)
    give(town, made, "supervise", "今晚前办结")
    give(town, made, "note", "先记一笔")
    # Who leads may also see to it that it is not handled: what is decided stands on the first.
    give(town, made, "escalate", "市里协调")
    until(lambda: states(made) == ["waiting"] * 3)
    made.context.set_offline(False)
    until(lambda: states(made) == ["done"] * 3)
    assert town.ask(select(cases.c.version).where(cases.c.id == number)) == 4
    page.errors.clear()


def test_words_in_an_open_form_stay_when_the_case_moves(page: Pages, town: FieldTown) -> None:
    number = town.report(LEAF, "typing", matter="E0101")
    made = town.open(tablet(page), f"/case/{number}", name="chief")
    begin(made, "note")
    made.locator(".cc-sheet textarea").fill("写了一半")
    town.move("typing", Command.TAKE_UP)
    town.moved()
    expect(made.locator(".cc-state").first).to_have_attribute("data-state", "handling")
    expect(made.locator('.cc-field .bar > [data-act="handle"]')).to_have_count(1)
    expect(made.locator(".cc-sheet[open] textarea")).to_have_value("写了一半")


def test_words_in_an_open_form_outlive_the_page_until_they_are_sent(
    page: Pages, town: FieldTown
) -> None:
    number = town.report(LEAF, "reloaded", matter="E0101")
    made = town.open(tablet(page), f"/case/{number}", name="chief")
    begin(made, "note")
    made.locator(".cc-sheet textarea").fill("写了一半")
    kept = "() => self.ccQueue.draft('form').then((draft) => draft ? draft.values.note : '')"
    until(lambda: made.evaluate(kept) == "写了一半")
    made.reload()
    begin(made, "note")
    expect(made.locator(".cc-sheet textarea")).to_have_value("写了一半")
    submit(made)
    assert made.evaluate(kept) == ""
    notes = select(func.count()).select_from(moves).where(moves.c.case_id == number)
    town.until(notes.where(moves.c.command == "note"))
    made.reload()
    begin(made, "note")
    expect(made.locator(".cc-sheet textarea")).to_have_value("")


def test_what_is_done_without_a_connection_waits_and_goes_out_once(
    page: Pages, town: FieldTown
) -> None:
    number = town.report(LEAF, "away", matter="E0101")
    made = town.open(page(390, 844, has_touch=True), f"/case/{number}", name="chief")
    begin(made, "photo")
    sent = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture(300, 200)}
    made.locator(".cc-sheet input[type=file]").set_input_files(sent)
    expect(made.locator(".cc-sheet .photo img")).to_have_count(1)
    made.context.set_offline(True)
    submit(made)
    line = made.locator(".cc-field .line")
    expect(line).to_have_attribute("data-state", "waiting")
    notes = select(func.count()).select_from(moves).where(moves.c.case_id == number)
    notes = notes.where(moves.c.command == "note")
    assert town.ask(notes) == 0
    made.context.set_offline(False)
    town.until(notes)
    until(lambda: line.count() == 0 or line.get_attribute("data-state") == "done")
    assert town.ask(notes) == 1
    page.errors.clear()


def test_where_one_stands_is_the_place_of_a_case(page: Pages, town: FieldTown) -> None:
    leaf = town.server.services.tree[LEAF]
    here = {"longitude": leaf.lng, "latitude": leaf.lat, "accuracy": 12}
    known = page(390, 844, has_touch=True, geolocation=here, permissions=["geolocation"])
    made = town.open(known, f"/cell/{EAST}", name="chief")
    begin(made, "start")
    made.locator('[data-place="gps"]').tap()
    place = made.locator(".cc-sheet .hint.place")
    expect(place).to_contain_text(leaf.name)
    expect(place).to_contain_text("精度约 12 米")
    made.context.set_geolocation({"longitude": 1.0, "latitude": 1.0})
    made.locator('[data-place="gps"]').tap()
    expect(made.locator(".cc-sheet .field .fault")).to_contain_text("不在您的辖区内")
    expect(place).to_have_count(0)
    page.errors.clear()


def test_a_position_that_cannot_be_had_says_what_to_do(page: Pages, town: FieldTown) -> None:
    made = town.open(tablet(page), f"/cell/{GRID}", name="chief")
    begin(made, "start")
    made.locator('[data-place="gps"]').tap()
    expect(made.locator(".cc-sheet .field .fault")).to_contain_text("您没有允许使用位置")
    made.locator('[data-place="here"]').tap()
    expect(made.locator(".cc-sheet .hint.place")).to_be_visible()
