"""A server in a storm, whose processes die, whose layouts are edited and whose plugins fail.

A wall hangs there. It is one server for all of it: one of two web processes takes long to start.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from itertools import count
from pathlib import Path
from threading import Event

import pytest
from playwright.sync_api import expect

from commandcenter.settings import ROOT
from tests.e2e import reloads
from tests.e2e.conftest import Prepared
from tests.e2e.reloads import LONGEST_GAP, Reporter, are_all_replaced, crash, roles, serving
from tests.e2e.servers import Server, ended, report
from tests.e2e.streams import Screens
from tests.e2e.walls import SLOW_MS, Wall, forget_lost_connections
from tests.host.folders import write_plugin
from tests.services.chromium import Pages
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]

BUSY = ("--history", "2000", "--rate", "5/s")
STORM = 1000
FAULTY = """
    def divide(view):
        return {"n": {"value": 1 // 0}}

    def blather(view):
        return {"unheard_of": float("nan")}

    def feed(context):
        raise ConnectionError("the feed is down")
        yield []

    @hookimpl
    def register_panels():
        part = Number("n", Text("数"))
        return [
            Panel("faulty.divided", Text("坏的"), (part,), divide),
            Panel("faulty.nonsense", Text("胡说"), (part,), blather),
        ]

    @hookimpl
    def register_sources(settings):
        return [Source("faulty.feed", Text("坏的数据源"), feed)]
"""


class Sender:
    """Hands in one list after another, each until it is answered, whatever happens meanwhile."""

    def __init__(self, server: Server) -> None:
        self.accepted: dict[str, int] = {}
        self.stopping = Event()
        self._server = server

    def run(self) -> None:
        """Send until told to stop."""
        for number in count():
            if self.stopping.wait(0.1):
                return
            self._send([report(f"sent-{number}-{n}") for n in range(5)])

    def _send(self, reports: list[dict[str, object]]) -> None:
        while True:
            try:
                answers = self._server.report(*reports)
            except (OSError, HTTPException, AssertionError):
                if self.stopping.wait(0.2):
                    return
                continue
            for given, answer in zip(reports, answers, strict=True):
                assert answer["status"] in ("accepted", "duplicate"), answer
                self.accepted[str(given["external_id"])] = answer["id"]
            return


def edit(path: Path, pattern: str, replacement: str) -> None:
    """Change a file as somebody at a keyboard does."""
    changed, times = re.subn(pattern, replacement, path.read_text())
    assert times == 1, (pattern, times)
    path.write_text(changed)


@pytest.fixture(scope="module")
def server(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A busy city of two web processes, with layouts and plugins of its own, two tiles faulty."""
    folder: Path = tmp_path_factory.mktemp("own")
    plugins, layouts = folder / "plugins", folder / "layouts"
    for place, kind in ((plugins, "plugins"), (layouts, "layouts")):
        place.mkdir()
        for path in (ROOT / kind).iterdir():
            if path.suffix == ".toml":
                (place / path.name).write_text(path.read_text())
            elif path.is_dir() and path.name != "__pycache__":
                (place / path.name).symlink_to(path)
    write_plugin(plugins, "faulty", FAULTY, provides=["panels", "sources"])
    city = layouts / "city.toml"
    edit(city, r'"watch.newest"\nat = (.*)\noptions = .*', r'"faulty.divided"\nat = \1')
    edit(city, r'(id = "watch_reddened"\npanel = )"prevent.reddened"', r'\1"faulty.nonsense"')
    made = prepared.server(folder, plugins=plugins, layouts=layouts, web_processes=2)
    with ended(made):
        start(made)
        yield made


def start(server: Server) -> None:
    """Start it with all its processes."""
    server.demo(*BUSY)
    until(lambda: serving(server) == 2)


@pytest.fixture
def wall(server: Server, page: Pages) -> Wall:
    """The city's wall."""
    made = Wall(server, page(1920, 540))
    made.open()
    return made


def test_a_panel_that_fails_fails_alone_and_says_why(wall: Wall) -> None:
    states = {"newest": "ZeroDivisionError", "watch_reddened": "unheard_of"}
    for slot, why in states.items():
        expect(wall.tile(slot)).to_have_attribute("data-state", "failed", timeout=SLOW_MS)
        expect(wall.tile(slot).locator("> header .age")).to_contain_text(why)
    others = wall.page.locator("[data-on='1'] .cc-tile:not(#newest):not(#watch_reddened)")
    expect(wall.page.locator("[data-on='1'] .cc-tile[data-state=live]")).to_have_count(
        others.count(), timeout=SLOW_MS
    )
    wall.exceeds("pulse-total", wall.known("pulse-total"))


def test_a_source_that_fails_is_shown_by_its_name(wall: Wall) -> None:
    fault = wall.page.locator(".cc-header .faults")
    expect(fault).to_contain_text("坏的数据源", timeout=SLOW_MS)


def test_whichever_process_dies_comes_back_and_nothing_is_lost_or_doubled(
    wall: Wall, page: Pages
) -> None:
    server, sender = wall.server, Sender(wall.server)
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(sender.run)
        try:
            for role in ("web", "live", "ingest"):
                before = wall.known("pulse-total")
                crash(server, role)
                wall.is_live()
                wall.exceeds("pulse-total", before)
        finally:
            sender.stopping.set()
        sending.result()
    with server.quiet():
        wall.equals_api()
        wall.equals_rows()
    server.verify()
    rows = server.rows("SELECT external_id, id FROM cases WHERE source = 'e2e'")
    stored = {key: number for key, number in rows if key.startswith("sent-")}
    assert len(sender.accepted) > 10
    assert sender.accepted.items() <= stored.items()
    # The last list may have been taken in by a server that died before it could say so.
    assert len(stored) - len(sender.accepted) in (0, 5)
    forget_lost_connections(page)


def test_a_restarted_server_finds_its_walls_again(wall: Wall, page: Pages) -> None:
    wall.mark()
    server, before = wall.server, wall.known("pulse-total")
    server.stop()
    link = wall.page.locator(".cc-header .link")
    expect(link).to_have_attribute("data-state", "failed", timeout=SLOW_MS)
    start(server)
    wall.is_live()
    wall.exceeds("pulse-total", before)
    with server.quiet():
        wall.equals_api()
        wall.equals_rows()
    assert wall.is_marked()
    forget_lost_connections(page)


def test_a_broken_layout_is_told_and_the_wall_stays(wall: Wall, page: Pages) -> None:
    wall.mark()
    path = Path(wall.server.variables["COMMANDCENTER_LAYOUTS"]) / "city.toml"
    good = path.read_text()
    path.write_text(good.replace('"watch.map"', '"watch.no_map"'))
    until(lambda: re.search(r"city\.toml.*watch\.no_map", wall.server.log()))
    path.write_text(good)
    wall.exceeds("pulse-total", wall.known("pulse-total"))
    assert wall.is_marked()


def test_an_edited_layout_comes_to_the_wall_by_itself_and_without_a_gap(
    wall: Wall, page: Pages
) -> None:
    wall.mark()
    server, before = wall.server, roles(wall.server)
    path = Path(server.variables["COMMANDCENTER_LAYOUTS"]) / "city.toml"
    reporter = Reporter(server, "edited", False)
    with Screens(server.url, server.said["wall"], 10) as screens, ThreadPoolExecutor(1) as pool:
        until(lambda: screens.open() == 10)
        running = pool.submit(reporter.run)
        try:
            edit(path, 'zh = "观"', 'zh = "看"')
            until(lambda: are_all_replaced({"web": before["web"]}, server), 90)
            until(lambda: screens.open() == 10)
        finally:
            reporter.stopping.set()
        running.result()
        assert max(gap for screen in screens.screens for gap in screen.gaps) < LONGEST_GAP
    assert reporter.failed == []
    assert roles(server)["live"] == before["live"]
    expect(wall.page.locator("[data-tab=watch]")).to_have_text("看", timeout=SLOW_MS)
    wall.is_live()
    assert not wall.is_marked()
    forget_lost_connections(page)


def test_a_reload_costs_screens_a_reconnect_and_reporters_nothing(server: Server) -> None:
    reloads.a_reload_costs_screens_a_reconnect_and_reporters_nothing(server)


def test_after_a_storm_the_wall_says_what_a_recount_says(wall: Wall) -> None:
    server, before = wall.server, wall.server.recounted()["total"]
    lists = [[f"storm-{at}-{n}" for n in range(100)] for at in range(STORM // 100)]
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda names: server.report(*map(report, names)), lists)
        assert [a["status"] for said in answers for a in said] == ["accepted"] * STORM
    with server.quiet():
        assert server.recounted()["total"] >= before + STORM
        wall.equals_api()
        wall.equals_rows()
        server.verify()
        wall.is_live()
        assert wall.foreign() == []


def test_a_revoked_wall_is_shut_out_of_every_process(server: Server) -> None:
    reloads.a_revoked_wall_is_shut_out_of_every_process(server)
