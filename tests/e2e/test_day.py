"""A day at the desk, seen on an open wall: on the eve of the national holiday, in an empty city.

Every number is exact: nothing happens but what the test does.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import time
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from commandcenter.domain.cases import STEPS, State
from commandcenter.domain.clocks import CityClock, millis
from commandcenter.store.settings import set_city_clock
from commandcenter.store.store import Store
from tests.e2e.conftest import Prepared
from tests.e2e.servers import CITY, DISTRICT, Answer, Server, ended, made, report
from tests.e2e.walls import SLOW_MS, Wall
from tests.services.chromium import Pages
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]

EVE = datetime.fromisoformat("2026-09-30T17:00:00+08:00")
"""A Wednesday; from Thursday to the next Wednesday is National Day, then work goes on."""
AFTER = datetime.fromisoformat("2026-10-08T17:00:00+08:00")
MICRO_GRIDS = 42_453
LIST = 5_000


@dataclass
class Desk:
    """An officer's hands: commands on one case, and what the case is afterwards."""

    server: Server
    case: int = 0
    version: int = 0

    def give(self, command: str, **fields: Any) -> dict[str, Any]:
        """Give a command and return the case."""
        answer = self.ask(f"cases/{self.case}/commands", {"command": command} | fields)
        assert answer.status == 200, (command, answer)
        case: dict[str, Any] = answer.body["case"]
        self.version = case["version"]
        return case

    def ask(self, path: str, body: Any = None) -> Answer:
        """Ask the API with the officer's key."""
        return self.server.call(f"/api/v1/{path}", body, self.server.said["operator_key"])

    def notes(self) -> dict[str, str]:
        """What is noted of each command in the case's timeline, the last of a kind."""
        return {m["command"]: m["note"] for m in self.ask(f"cases/{self.case}").body["moves"]}


@pytest.fixture(scope="module")
def eve(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A city without a past, whose clock stands on the eve of the holiday."""
    folder = tmp_path_factory.mktemp("eve")
    server = made(folder, prepared.cache, plugins=prepared.plugins)
    own = {"COMMANDCENTER_DATA": str(server.data), "COMMANDCENTER_CITY": "zhengzhou"}
    prepare = [sys.executable, "-m", "commandcenter", "prepare"]
    server.data.mkdir()
    subprocess.run(prepare, env=os.environ | server.variables | own, cwd=folder, check=True)
    store = Store(f"sqlite:///{server.data / 'commandcenter.db'}")
    with store.write() as connection:
        set_city_clock(connection, CityClock(round(time() * 1000), millis(EVE), 1.0))
    store.close()
    with ended(server):
        server.demo("--history", "0", "--rate", "0")
        yield server


@pytest.fixture(scope="module")
def place(eve: Server) -> str:
    """A grid in a district."""
    code = "SELECT code FROM cells WHERE depth = 4 AND code LIKE :under ORDER BY code LIMIT 1"
    return str(eve.rows(code, under=f"{DISTRICT}%")[0][0])


@pytest.fixture
def wall(eve: Server, page: Pages) -> Wall:
    """The open wall of the city, on the face for cases."""
    found = Wall(eve, page.again(1920, 540))
    found.open()
    found.go("manage")
    return found


@pytest.fixture
def desk_page(eve: Server, page: Pages) -> Page:
    """The page of the desk, at what waits to be dispatched."""
    found = page(1366, 768)
    login = eve.said["logins"][0]
    found.goto(f"{eve.url}/login?next=/desk%3Fqueue%3Dto_dispatch")
    found.fill("#name", login["user"])
    found.fill("#password", login["password"])
    found.press("#password", "Enter")
    expect(found.locator(".cc-queue[data-queue=to_dispatch]")).to_be_visible(timeout=SLOW_MS)
    return found


def waits(page: Page, number: int, count: int) -> None:
    """Wait until a case stands in the desk's queue, or does not any more."""
    row = page.locator(f'.ag-row[row-id="{number}"]')
    expect(row).to_have_count(count, timeout=SLOW_MS)


def step(wall: Wall, state: State) -> Locator:
    """How many cases stand at a step of the loop."""
    return wall.page.locator("#loop .step .value").nth(STEPS.index(state))


def beside(wall: Wall, name: str, value: int) -> None:
    """Wait until a number beside the loop is shown."""
    digits = wall.page.locator(f"#loop-{name} .digits")
    expect(digits).to_have_attribute("data-value", str(value), timeout=SLOW_MS)


def face(page: Page, number: int) -> None:
    """Turn to a face by its key."""
    page.keyboard.press(str(number))
    expect(page.locator("[data-face][data-on='1']")).to_have_count(1)


def test_a_day_of_a_case_is_seen_on_the_wall_and_the_desk(
    wall: Wall, desk_page: Page, place: str
) -> None:
    server, desk = wall.server, Desk(wall.server)
    (answer,) = server.report(
        report("day-1", place, title="门口乱堆物料", description="占道堆物，过不去")
    )
    desk.case = answer["id"]
    expect(step(wall, State.FILED)).to_have_text("1", timeout=SLOW_MS)
    waits(desk_page, desk.case, 1)
    assert "占道堆物" in desk.notes()["file"]  # the rule by which it was classified

    sent = desk.give("dispatch")
    waits(desk_page, desk.case, 0)
    expect(step(wall, State.DISPATCHED)).to_have_text("1", timeout=SLOW_MS)
    assert sent["unit"] and desk.notes()["dispatch"]
    due = datetime.fromisoformat(sent["due"])
    assert AFTER <= due < AFTER + timedelta(minutes=10)  # a working day, over seven free ones

    desk.give("return", note="不属本单位职责")
    beside(wall, "returned", 1)
    waits(desk_page, desk.case, 1)
    expect(step(wall, State.FILED)).to_have_text("1", timeout=SLOW_MS)
    other = sent["unit"].replace(sent["unit"].partition("-")[2], "street_sanitation")
    assert desk.give("dispatch", unit=other)["unit"] == other
    waits(desk_page, desk.case, 0)
    beside(wall, "returned", 0)

    up = desk.give("escalate", note="需区里协调")
    assert up["depth"] == sent["depth"] - 1
    beside(wall, "escalated", 1)
    waits(desk_page, desk.case, 1)
    bureau = f"{DISTRICT}-urban_management"
    desk.give("dispatch", unit=bureau)
    desk.give("take_up")
    expect(step(wall, State.HANDLING)).to_have_text("1", timeout=SLOW_MS)
    desk.give("supervise", note="今日办结")
    supervised = wall.page.locator("#supervised .line")
    expect(supervised).to_have_count(1, timeout=SLOW_MS)
    expect(supervised).to_contain_text("乱堆物料")

    whistled(wall, desk, bureau)

    desk.give("handle", note="已清走", evidence=[{"url": "https://example.org/1.jpg"}])
    expect(step(wall, State.HANDLED)).to_have_text("1", timeout=SLOW_MS)
    desk.give("rework", note="还有残留")
    beside(wall, "reworked", 1)
    bare = desk.ask(f"cases/{desk.case}/commands", {"command": "handle", "note": "已清"})
    assert bare.status == 422 and "a photo" in bare.body["error"]["message"]
    desk.give("handle", note="已全部清走", evidence=[{"url": "https://example.org/2.jpg"}])
    desk.give("verify")
    expect(step(wall, State.VERIFIED)).to_have_text("1", timeout=SLOW_MS)
    desk.give("close")
    expect(step(wall, State.CLOSED)).to_have_text("1", timeout=SLOW_MS)
    assert desk.give("rate", rating=5)["rating"] == 5
    until(lambda: server.counts()["rated.satisfied"] == 1)
    again = desk.ask(f"cases/{desk.case}/commands", {"command": "rate", "rating": 1})
    assert again.status == 409 and "reopen" in again.body["error"]["legal"]


def whistled(wall: Wall, desk: Desk, bureau: str) -> None:
    """A street whistles on the case, the bureau comes, acts and is done."""
    face(wall.page, 3)
    street = bureau.replace(DISTRICT, f"{DISTRICT}001").partition("-")[0]
    blown = desk.ask(
        "whistles",
        {"cell": street, "title": "夜市占道", "units": [bureau], "case": desk.case},
    )
    assert blown.status == 200, blown
    board = wall.page.locator("#whistles .line")
    expect(board).to_have_count(1, timeout=SLOW_MS)
    expect(board).to_contain_text("夜市占道")
    acts = f"whistles/{blown.body['id']}/acts"
    came = desk.ask(acts, {"act": "report_in", "unit": bureau})
    assert came.status == 200, came
    expect(board).to_contain_text("已报到", timeout=SLOW_MS)
    done = desk.ask(acts, {"act": "done", "unit": bureau})
    assert done.body["state"] == "ended"
    expect(board).to_have_count(0, timeout=SLOW_MS)
    face(wall.page, 2)


def test_of_two_officers_one_wins_and_the_other_is_told(wall: Wall, place: str) -> None:
    before = int(step(wall, State.DISPATCHED).inner_text().replace("\u2009", ""))
    (answer,) = wall.server.report(report("two-1", place, title="占道堆物，两车宽"))
    desk = Desk(wall.server, answer["id"])
    version = desk.ask(f"cases/{desk.case}").body["version"]
    path = f"cases/{desk.case}/commands"
    wanted = [{"command": "dispatch", "version": version, "note": n} for n in ("甲", "乙")]
    with ThreadPoolExecutor(2) as officers:
        answers = list(officers.map(lambda body: desk.ask(path, body), wanted))
    assert sorted(answer.status for answer in answers) == [200, 409]
    lost = next(answer.body["error"] for answer in answers if answer.status == 409)
    assert lost["code"] == "conflict" and str(version + 1) in lost["message"]
    expect(step(wall, State.DISPATCHED)).to_have_text(str(before + 1), timeout=SLOW_MS)
    moves = desk.ask(f"cases/{desk.case}").body["moves"]
    assert [move["command"] for move in moves].count("dispatch") == 1


def test_all_micro_grids_answer_a_directive_and_the_wall_counts_them(wall: Wall) -> None:
    desk = Desk(wall.server)
    face(wall.page, 3)
    issued = desk.ask("directives", {"cell": CITY, "level": "micro", "title": "两小时入户排查"})
    assert issued.status == 200, issued
    line = wall.page.locator("#directives .line")
    expect(line).to_contain_text("两小时入户排查", timeout=SLOW_MS)
    cells = [code for (code,) in wall.server.rows("SELECT code FROM cells WHERE depth = 5")]
    assert len(cells) == MICRO_GRIDS
    path = f"directives/{issued.body['id']}/acts"
    for act, share in (("receive", 1.0), ("done", 0.5)):
        some = cells[: int(len(cells) * share)]
        for first in range(0, len(some), LIST):
            said = [{"cell": code, "act": act} for code in some[first : first + LIST]]
            answer = desk.ask(path, {"acts": said})
            assert answer.status == 200, answer
    expect(line.locator(".cell").nth(2)).to_contain_text("100", timeout=SLOW_MS)
    expect(line.locator(".cell").nth(3)).to_contain_text("50", timeout=SLOW_MS)
    expect(wall.page.locator("#progress")).to_contain_text("42,453", timeout=SLOW_MS)
    assert desk.ask(path.replace("acts", "recall"), {"note": "演练结束"}).status == 200
    expect(line).to_have_count(0, timeout=SLOW_MS)
