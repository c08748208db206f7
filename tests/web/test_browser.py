"""Pages in a real browser, under the policy they are served with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from commandcenter.api import Chart, CityMap, Number, Panel, Text, hookimpl
from commandcenter.host.plugin import Plugin
from commandcenter.live import frames
from commandcenter.screen.layouts import Layout
from commandcenter.testing import small_catalogue
from commandcenter.web.services import Tiles
from tests.services.chromium import Pages
from tests.waiting import until
from tests.web.conftest import EAST, PASSWORD, make_services
from tests.web.serving import Server, serving
from tests.web.test_pages import LAYOUT, built

__all__ = ["built"]

pytestmark = pytest.mark.browser


class Demo:
    """A plugin with one part of each kind that a strict policy could forbid."""

    @hookimpl
    def register_panels(self) -> list[Panel]:
        parts = (Number("open", Text("在办")), Chart("hours"), CityMap("map", depth=1))
        return [Panel("demo.pulse", Text("今日运行"), parts, lambda view: {})]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, built: Path) -> Iterator[Server]:
    """A served wall with a number, a chart and a map."""
    folder: Path = tmp_path_factory.mktemp("browser")
    services = make_services(folder, f"sqlite:///{folder / 'commandcenter.db'}")
    catalogue = small_catalogue(Plugin.of(Demo(), "demo", ("panels",)))
    path = folder / "city.toml"
    path.write_text(LAYOUT.format(scope="city").replace("[0, 0, 4, 4]", "[0, 0, 24, 12]"))
    layouts = {"city": Layout.load(path, catalogue)}
    made = replace(services, catalogue=catalogue, layouts=layouts, tiles=Tiles(built))
    with serving(made) as running:
        yield running
    services.bus.close()
    services.store.close()


def wait_for_stream(server: Server) -> None:
    """Wait until a page listens; the policy forbids to ask the page with a script of our own."""
    until(lambda: server.front.stream.hub.counts.streams, 20.0)


def publish(server: Server, **values: Any) -> None:
    """Send values of the wall's one panel as a worker does."""
    (topic,) = server.front.stream.hub._topics
    parts = {name: orjson.dumps(value) for name, value in values.items()}
    frame = frames.Frame(topic, 1, parts, full=True)
    server.services.bus.publish(frames.CHANNEL, frames.encode(frame))


def test_a_wall_lives_under_its_policy(server: Server, page: Pages) -> None:
    wall = page()
    foreign = []
    wall.on("request", lambda asked: foreign.append(asked.url))
    home = f"http://127.0.0.1:{server.port}"
    wall.goto(f"{home}/wall/city?key={server.keys['wall']}")
    wall.wait_for_selector(".cc-stage")
    assert "key=" not in wall.url
    wait_for_stream(server)
    publish(
        server,
        open={"value": 4711},
        hours={"data": [{"y": [1, 2, 3]}], "layout": {}},
        map={"first": 0, "colours": "109r", "labels": []},
    )
    wall.wait_for_selector("[aria-label='4 711']")
    wall.wait_for_selector("[data-state=ready] canvas.maplibregl-canvas")
    wall.wait_for_selector(".main-svg .scatterlayer .trace")
    assert [url for url in foreign if not url.startswith((home, "data:", "blob:"))] == []


def test_a_person_logs_in_and_goes_where_the_way_led(server: Server, page: Pages) -> None:
    tablet = page(1180, 820)
    home = f"http://127.0.0.1:{server.port}"
    tablet.goto(f"{home}/cell/{EAST}")
    tablet.fill("#name", "city")
    tablet.fill("#password", PASSWORD)
    tablet.click("button[type=submit]")
    tablet.wait_for_url(f"**/cell/{EAST}")
    tablet.wait_for_selector("#page > *")
