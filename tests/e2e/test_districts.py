"""The districts' plugins in a whole server, as a demonstration starts it: each on its own wall."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from time import monotonic
from typing import Any
from urllib.request import Request, urlopen

import orjson
import pytest

from commandcenter.settings import ROOT
from tests.e2e.conftest import Prepared
from tests.e2e.servers import Server, ended
from tests.e2e.streams import Screen, session
from tests.waiting import until

PATIENCE, WALL_SECONDS = 120.0, 40.0
pytestmark = [pytest.mark.slow, pytest.mark.timeout(540)]

LISTS = {"410105": "stations", "410185": "board", "410184": "list", "410104": "sites"}
"""The part of each district's own panel that lists what its source has said."""


@pytest.fixture(scope="module")
def server(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with all plugins that come along."""
    made = prepared.server(tmp_path_factory.mktemp("districts"), plugins=ROOT / "plugins")
    with ended(made):
        made.demo("--history", "2000", "--rate", "200")
        yield made


def panels(server: Server, cookie: str, district: str) -> Iterator[dict[str, dict[str, Any]]]:
    """Yield, with each event, the panels of a district's wall by topic, as far as they came."""
    request = Request(f"{server.url}/stream?layout=district&cell={district}")
    request.add_header("Cookie", cookie)
    screen, block = Screen(), b""
    with urlopen(request, timeout=60) as stream:
        for line in stream:
            if line.strip():
                block += line
                continue
            screen.take(block.strip())
            block = b""
            found: defaultdict[str, dict[str, Any]] = defaultdict(dict)
            for topic, state in screen.states.items():
                found[topic]["state"] = state
            for (topic, part), value in screen.parts.items():
                found[topic][part] = value
            yield found


def listed(server: Server, cookie: str, district: str, name: str) -> dict[str, Any]:
    """Return the district's own panel once its list is filled; a wall is opened anew at times.

    Fails with what the wall showed instead: a page too comes anew when its build has changed.
    """
    said, until = {}, monotonic() + PATIENCE
    while monotonic() < until:
        opened = monotonic()
        with closing(panels(server, cookie, district)) as come:
            for said in come:
                for parts in said.values():
                    if "origin" in parts and parts.get(name, {}).get("rows"):
                        return parts
                if monotonic() - opened > WALL_SECONDS:
                    break
    raise AssertionError(f"no list {name} of {district}, but {said}; {server.log()}")


def test_each_district_shows_its_own_data_and_says_that_it_is_made_up(server: Server) -> None:
    cookie = session(server.said["wall"])
    for district, name in LISTS.items():
        panel = listed(server, cookie, district, name)
        assert panel["origin"].startswith("示例数据"), district


def test_every_plugin_that_comes_along_is_in_use_or_for_another_city(server: Server) -> None:
    ((document,),) = server.rows("SELECT value FROM settings WHERE key = 'catalogue'")
    states = {state["name"]: state["state"] for state in orjson.loads(document)["plugins"]}
    assert states.pop("boston") == "skipped"
    assert len(states) > 10 and set(states.values()) == {"ok"}


def test_complaints_go_where_the_rules_of_their_district_say(server: Server) -> None:
    ruled = (
        "SELECT c.unit, m.note FROM moves m JOIN cases c ON c.id = m.case_id "
        "WHERE m.command = 'dispatch' AND m.note LIKE 'xinzheng_market.%'"
    )
    for unit, note in until(lambda: server.rows(ruled)):
        kitchens = note.startswith("xinzheng_market.kitchens: ")
        assert unit.endswith("-street_market" if kitchens else "-market")
