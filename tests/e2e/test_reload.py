"""A server is replaced process by process under screens and reporters who must not notice."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from commandcenter.settings import ROOT
from tests.e2e import reloads
from tests.e2e.conftest import Prepared
from tests.e2e.reloads import LONGEST_GAP, Reporter, are_all_replaced, roles, serving
from tests.e2e.servers import Server, ended, until
from tests.e2e.streams import Screens

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def server(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A busy city with two web processes and layouts of its own."""
    folder: Path = tmp_path_factory.mktemp("reload")
    layouts = folder / "layouts"
    shutil.copytree(ROOT / "layouts", layouts)
    made = prepared.server(folder / "own", web_processes=2, layouts=layouts)
    with ended(made):
        made.demo("--history", "2000", "--rate", "5/s")
        until(lambda: serving(made) == 2)
        yield made


def test_a_reload_costs_screens_a_reconnect_and_reporters_nothing(server: Server) -> None:
    reloads.a_reload_costs_screens_a_reconnect_and_reporters_nothing(server)


def test_two_web_processes_share_the_streams(server: Server) -> None:
    reloads.two_web_processes_share_the_streams(server)


def test_an_edited_layout_renews_both_processes_without_a_gap(server: Server) -> None:
    city = Path(server.variables["COMMANDCENTER_LAYOUTS"]) / "city.toml"
    before = roles(server)
    reporter = Reporter(server, "edited", False)
    with (
        Screens(server.url, server.said["wall"], 10) as screens,
        ThreadPoolExecutor(1) as pool,
    ):
        until(lambda: screens.open() == 10)
        running = pool.submit(reporter.run)
        try:
            city.write_text(city.read_text().replace('zh = "观"', 'zh = "看"', 1))
            web = {"web": before["web"]}
            until(lambda: are_all_replaced(web, server), 90)
            until(lambda: screens.open() == 10)
        finally:
            reporter.stopping.set()
        running.result()
        assert max(gap for s in screens.screens for gap in s.gaps) < LONGEST_GAP
    assert reporter.failed == []
    assert roles(server)["live"] == before["live"]


def test_a_revoked_wall_is_shut_out_of_every_process(server: Server) -> None:
    reloads.a_revoked_wall_is_shut_out_of_every_process(server)
