"""What a page's address leads to, and what a page says to the browser.

Longer than most: one town serves all pages.
"""

from __future__ import annotations

import gzip
import json
import math
import re
from dataclasses import replace
from pathlib import Path

import mapbox_vector_tile
import pytest
from dash import Dash
from flask.testing import FlaskClient

from commandcenter.api import Number, Panel, Text, hookimpl
from commandcenter.errors import NotFound
from commandcenter.host.plugin import Plugin
from commandcenter.live.topics import Topic
from commandcenter.screen.layouts import Layout
from commandcenter.screen.tiling import build_tiles
from commandcenter.testing import small_catalogue, small_data, small_tree
from commandcenter.web import viewers
from commandcenter.web.flask_app import create_flask
from commandcenter.web.services import Services, Tiles
from tests.web.conftest import CITY, EAST, SAME, WEST, Town, make_accounts

TREE = small_tree()
LAYOUT = """
title = {{zh = "墙", en = "Wall"}}
canvas = [1920, 1080]
scope = "{scope}"
wall = {{width_mm = 6000, distance_mm = 3000}}
[[faces]]
key = "watch"
title = {{zh = "观", en = "Watch"}}
[[faces.panels]]
id = "pulse"
panel = "demo.pulse"
at = [0, 0, 4, 4]
"""


class Demo:
    """A plugin with one panel."""

    @hookimpl
    def register_panels(self) -> list[Panel]:
        number = Number("open", Text("在办", "Open"))
        return [Panel("demo.pulse", Text("今日运行", "Today"), (number,), lambda view: {})]


def walled(services: Services, folder: Path) -> Services:
    """The same services with a wall of the city and one of any cell."""
    catalogue = small_catalogue(Plugin.of(Demo(), "demo", ("panels",)))
    layouts = {}
    for key, scope in (("city", "city"), ("district", "cell")):
        path = folder / f"{key}.toml"
        path.write_text(LAYOUT.format(scope=scope))
        layouts[key] = Layout.load(path, catalogue)
    return replace(services, catalogue=catalogue, layouts=layouts)


@pytest.fixture
def walls(services: Services, tmp_path: Path) -> Town:
    """A town with walls."""
    made = walled(services, tmp_path)
    return Town(made, create_flask(made), make_accounts(made))


def fill(town: Town, client, path: str, search: str = ""):
    """What the page's callback draws for an address."""
    token = client.get_cookie("_csrf_token")
    body = {
        "output": "page.children",
        "outputs": {"id": "page", "property": "children"},
        "inputs": [
            {"id": "url", "property": "pathname", "value": path},
            {"id": "url", "property": "search", "value": search},
        ],
        "changedPropIds": ["url.pathname"],
    }
    headers = SAME | {"X-CSRFToken": token.value}
    answer = client.post("/_dash-update-component", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json["response"]["page"]["children"]


def on_wall(town: Town, key: str = "wall"):
    """The browser of a wall."""
    client = town.client()
    client.get("/", query_string={"key": town.keys[key]})
    return client


def test_requests_that_come_first_find_scripts_and_callbacks(
    walls: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = on_wall(walls).get("/wall/city").text
    scripts = re.findall(r'src="(/_dash-component-suites/[^"]+)"', page)
    assert len(scripts) > 5
    other = Town(walls.services, create_flask(walls.services), walls.keys)
    monkeypatch.setattr(Dash, "_generate_scripts_html", pytest.fail)
    browser = on_wall(other)
    assert {path for path in scripts if browser.get(path).status_code != 200} == set()


def test_each_visitor_begins_at_home(walls: Town) -> None:
    assert on_wall(walls).get("/").location == "/wall/city"
    assert walls.logged_in("east").get("/").location == f"/cell/{EAST}"


def test_a_wall_is_drawn_for_its_viewer(walls: Town) -> None:
    client = on_wall(walls, "east-wall")
    assert client.get("/wall/city").status_code == 200
    stage = fill(walls, client, "/wall/city")
    assert stage["type"] == "Stage"
    stream = stage["props"]["children"][0]["props"]
    assert f"cell={EAST}" in stream["url"]
    (topic,) = walls.services.layouts["city"].topics(viewer_of(client, walls), EAST).values()
    assert stream["slots"] == {topic.id: ["pulse"]}


def viewer_of(client, town: Town):
    """The viewer behind a browser's cookies."""
    cookie = client.get_cookie("session").value
    headers = {"Cookie": f"session={cookie}"}
    with town.site.app.test_request_context("/", headers=headers):
        return viewers.present().viewer


def test_a_cells_wall_shows_the_cell_of_its_address(walls: Town) -> None:
    client = on_wall(walls)
    assert client.get(f"/wall/district?cell={WEST}").status_code == 200
    stage = fill(walls, client, "/wall/district", f"?cell={WEST}")
    assert f"cell={WEST}" in stage["props"]["children"][0]["props"]["url"]


def test_pages_outside_the_scope_are_missing_like_those_that_never_were(walls: Town) -> None:
    west = walls.report(f"{WEST}001", "1")
    client = walls.logged_in("east")
    client.get(f"/cell/{EAST}")
    pairs = [
        (f"/cell/{WEST}", "/cell/nowhere"),
        (f"/cell/{CITY}", "/cell/nowhere"),
        (f"/case/{west}", "/case/999999"),
        (f"/wall/district?cell={WEST}", "/wall/district?cell=nowhere"),
        ("/wall/nothing", "/wall/nowhere"),
    ]
    for outside, missing in pairs:
        one, other = client.get(outside), client.get(missing)
        assert one.status_code == other.status_code == 404, outside
        assert one.data == other.data
        drawn = [fill(walls, client, *split(path)) for path in (outside, missing)]
        assert drawn[0] == drawn[1]


def split(path: str) -> tuple[str, str]:
    """Path and search of an address as a page's callback gets them."""
    path, mark, query = path.partition("?")
    return path, mark + query


def test_a_stream_is_granted_for_the_page_and_the_viewer(walls: Town) -> None:
    client = on_wall(walls, "east-wall")
    cookie = {"cookie": f"session={client.get_cookie('session').value}"}
    grant = walls.site.authorise(cookie, {"layout": "city", "lang": "en"})
    assert grant is not None
    (topic,) = grant.topics
    assert (topic.scope, topic.language, int(topic.clearance)) == (EAST, "en", 0)
    assert walls.site.authorise({}, {"layout": "city"}) is None
    assert walls.site.authorise({"cookie": "session=forged"}, {"layout": "city"}) is None


def test_topics_are_worked_out_once_for_viewers_alike_and_are_nobody_elses(walls: Town) -> None:
    def granted(client: FlaskClient, **query: str) -> tuple[Topic, ...]:
        found = walls.site.authorise({"cookie": session_of(client)}, query)
        assert found is not None
        return found.topics

    def session_of(client: FlaskClient) -> str:
        cookie = client.get_cookie("session")
        assert cookie is not None
        return f"session={cookie.value}"

    wall, same, east = on_wall(walls), on_wall(walls), on_wall(walls, "east-wall")
    topics = granted(wall, layout="district", cell=EAST)
    assert granted(same, layout="district", cell=EAST) is topics
    assert [topic.scope for topic in granted(wall, layout="district", cell=WEST)] == [WEST]
    assert [topic.scope for topic in granted(east, layout="city")] == [EAST]
    assert granted(wall, layout="city") != granted(east, layout="city")
    for _ in range(2):  # what another viewer was given is not there for him
        with pytest.raises(NotFound):
            granted(east, layout="district", cell=WEST)
    walls.services.hub.build = "another"
    assert granted(wall, layout="district", cell=EAST) is not topics


def test_no_page_asks_another_server_for_anything(walls: Town) -> None:
    client = on_wall(walls)
    for path in ("/wall/city", "/login"):
        text = client.get(path).text
        links = text.replace("http://www.w3.org/2000/svg", "")
        assert "://" not in links.split("_dash-config")[0]


def test_every_answer_tells_the_browser_to_be_careful(walls: Town) -> None:
    client = on_wall(walls)
    for path in ("/wall/city", "/login", "/api/v1/cases", "/healthz", "/assets/kit.css"):
        with client.get(path) as answer:
            headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "default-src 'self'" in headers["Content-Security-Policy"]
    policy = client.get("/wall/city").headers["Content-Security-Policy"]
    scripts = next(part for part in policy.split(";") if "script-src" in part)
    assert "unsafe" not in scripts
    assert "sha256-" in scripts


def test_pages_say_their_language_and_theme(walls: Town) -> None:
    client = on_wall(walls)
    assert '<html lang="zh-CN" data-theme="dark">' in client.get("/wall/city").text
    page = client.get("/wall/city?lang=en&theme=light").text
    assert '<html lang="en" data-theme="light">' in page
    assert '<html lang="en"' in client.get("/wall/city?lang=%22%3E%3Cscript%3E").text


def test_two_cities_live_in_one_process(walls: Town, tmp_path: Path) -> None:
    other = create_flask(replace(walls.services, layouts={}))
    assert other.app is not walls.site.app
    second = Town(replace(walls.services, layouts={}), other, walls.keys)
    client = on_wall(second)
    assert client.get("/wall/city").status_code == 404
    assert on_wall(walls).get("/wall/city").status_code == 200


def test_the_server_says_whether_it_lives_and_is_ready(walls: Town) -> None:
    client = walls.client()
    assert client.get("/healthz").json == {"status": "ok"}
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["database"] is True
    assert answer.json["live"] is False
    assert answer.json["missing"] == ["catalogue", "live"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiles of the small city."""
    path: Path = tmp_path_factory.mktemp("tiles") / "tiles.db"
    data = small_data()
    outlines = {TREE.position[code]: wkb for code, wkb in data.outlines.items()}
    build_tiles(path, TREE, outlines, lambda what, done, total: None)
    return path


@pytest.fixture
def mapped(services: Services, built: Path) -> Town:
    """A town with a map."""
    made = replace(services, tiles=Tiles(built))
    return Town(made, create_flask(made), make_accounts(made))


def ground_of(client, query: str = "") -> dict:
    """What a map starts from."""
    answer = client.get(f"/tiles/ground.json{query}")
    assert answer.status_code == 200
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "private" in answer.headers["Cache-Control"]
    return json.loads(gzip.decompress(answer.data))


def cells_on(client, path: str) -> set[int]:
    """The positions of the cells on a tile."""
    answer = client.get(path)
    assert answer.status_code == 200
    layers = mapbox_vector_tile.decode(gzip.decompress(answer.data)).values()
    return {feature["id"] for layer in layers for feature in layer["features"]}


def test_tiles_hold_the_viewers_scope_alone(mapped: Town) -> None:
    city, east = mapped.logged_in("city"), mapped.logged_in("east")
    ground = ground_of(city)
    assert (ground["first"], ground["last"]) == (0, len(TREE) - 1)
    first, last = TREE.range_of(EAST)
    narrow = ground_of(east)
    assert (narrow["first"], narrow["last"]) == (first, last)
    zoom = next(level["low"] for level in ground["levels"] if level["depth"] == 1)
    x, y = tile_at(*middle(narrow["bounds"]), zoom)
    path = f"/tiles/{zoom}/{x}/{y}.pbf?depth=1"
    assert cells_on(city, path) > cells_on(east, path) == {first}
    assert cells_on(city, f"{path}&cell={EAST}") == {first}


def middle(bounds: list[float]) -> tuple[float, float]:
    """The middle of west, south, east, north."""
    west, south, east, north = bounds
    return (west + east) / 2, (south + north) / 2


def tile_at(lng: float, lat: float, zoom: int) -> tuple[int, int]:
    """The tile that a point lies on, by the web's projection."""
    across = (lng + 180) / 360
    down = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return int(across * 2**zoom), int(down * 2**zoom)


def test_a_map_outside_the_scope_is_missing(mapped: Town) -> None:
    east = mapped.logged_in("east")
    for name in ("ground.json", "0/0/0.pbf"):
        outside = east.get(f"/tiles/{name}?cell={WEST}")
        missing = east.get(f"/tiles/{name}?cell=nowhere")
        assert outside.status_code == missing.status_code == 404
        assert outside.data == missing.data


@pytest.mark.parametrize("path", ["99/0/0.pbf", "1/9/9.pbf", "-1/0/0.pbf", "1/0/x.pbf"])
def test_a_tile_that_cannot_be_is_missing(mapped: Town, path: str) -> None:
    assert mapped.logged_in("city").get(f"/tiles/{path}").status_code == 404


def test_a_map_without_tiles_asks_for_patience(walls: Town) -> None:
    answer = walls.logged_in("city").get("/tiles/0/0/0.pbf")
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers
