"""The one map in a real browser: what it draws, what it is told, what it survives."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from dash import Dash, Input, Output, dcc, html
from flask import Response, request
from playwright.sync_api import Page
from werkzeug.serving import make_server

from commandcenter.domain.cells import Tree
from commandcenter.screen.citymap import CityMap
from commandcenter.screen.tiles import TileStore
from commandcenter.screen.tiling import build_tiles
from commandcenter.settings import ROOT
from commandcenter.testing import small_city
from tests.services.chromium import Pages

pytestmark = pytest.mark.browser

VIEW = "document.querySelector('.cc-map').ccMap"
SETTLED = f"""() => new Promise((done) => {{
  const map = {VIEW}.map;
  const rests = () => map.style && map.loaded() && map.areTilesLoaded();
  const look = () => (rests() ? done() : setTimeout(look, 20));
  look();
}})"""
# The colour that is drawn at a place, read right after a frame.
PIXEL = f"""([lng, lat]) => new Promise((done) => {{
  const map = {VIEW}.map;
  map.once('render', () => {{
    const gl = map.painter.context.gl;
    const {{ x, y }} = map.project([lng, lat]);
    const scale = gl.drawingBufferWidth / map.getContainer().clientWidth;
    const rgba = new Uint8Array(4);
    const [left, up] = [x * scale, gl.drawingBufferHeight - y * scale];
    gl.readPixels(left, up, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
    done('#' + [...rgba.slice(0, 3)].map((part) => part.toString(16).padStart(2, '0')).join(''));
  }});
  map.triggerRepaint();
}})"""
TOLD = f"""(value) => {{
  const map = {VIEW}.map, plain = map.setFeatureState;
  const told = [];
  map.setFeatureState = (target, state) => {{
    told.push(target.id);
    plain.call(map, target, state);
  }};
  {VIEW}.show(value);
  map.setFeatureState = plain;
  return told;
}}"""
BLUE, YELLOW, RED = "#21486f", "#a67f0a", "#c2383d"


class Site:
    """A Dash page with a map of the small city, and the tiles it asks for."""

    def __init__(self, folder: Path) -> None:
        data = small_city().build(lambda *_: None)
        self.tree = Tree.of(data.cells)
        outlines = {self.tree.position[code]: wkb for code, wkb in data.outlines.items()}
        build_tiles(folder / "tiles", self.tree, outlines, lambda *_: None)
        self.tiles = TileStore(folder / "tiles")
        self.server = make_server("127.0.0.1", 0, self.app().server, threaded=True)
        self.thread = Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
        self.tiles.close()

    def app(self) -> Dash:
        app = Dash(__name__, assets_folder=str(ROOT / "assets"), update_title="")
        app.layout = self.layout
        app.server.get("/tiles/ground.json")(self.ground)
        app.server.get("/tiles/<int:z>/<int:x>/<int:y>.pbf")(self.tile)

        @app.callback(Output("tapped", "children"), Input("map", "tapped"))
        def show(tapped: dict[str, int] | None) -> str:
            return str(tapped["position"]) if tapped else "none"

        return app

    def layout(self) -> html.Div:
        box = {"width": "800px", "height": "500px"}
        child = html.Div(CityMap("map", taps=True, title="地图"), id="box", style=box)
        return html.Div([child, html.Div(id="tapped"), dcc.Store(id="unused")])

    def ground(self) -> Response:
        data = self.tiles.ground(0, len(self.tree) - 1)
        return Response(data, headers={"Content-Encoding": "gzip"}, mimetype="application/json")

    def tile(self, z: int, x: int, y: int) -> Response:
        depth = request.args.get("depth", type=int)
        data = self.tiles.tile(z, x, y, 0, len(self.tree) - 1, depth)
        return Response(data, headers={"Content-Encoding": "gzip"})

    def value(self, **tones: str) -> dict[str, Any]:
        """All cells blue but for some, given as a990102="r"; the districts have labels."""
        letters = ["b"] * len(self.tree)
        for code, letter in tones.items():
            letters[self.tree.position[code[1:]]] = letter
        names = {"b": "blue", "y": "yellow", "r": "red"}
        labels = []
        for at in self.tree.children(0):
            cell = self.tree.cells[at]
            place = {"code": cell.code, "name": cell.name, "lng": cell.lng, "lat": cell.lat}
            labels.append({**place, "value": 1000 + at, "tone": names[letters[at]]})
        return {"first": 0, "colours": "".join(f"1{one}" for one in letters), "labels": labels}

    def place(self, code: str) -> list[float]:
        """A point in a cell, away from the outlines of what lies under it."""
        cell = self.tree[code]
        return [cell.lng + 0.013, cell.lat + 0.011]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("map"))
    yield made
    made.close()


@pytest.fixture
def wall(site: Site, page: Pages) -> Page:
    """A page whose map is drawn, all blue but a red district."""
    opened = page.again(1000, 700)
    opened.goto(f"http://127.0.0.1:{site.server.server_port}/")
    opened.wait_for_selector(".cc-map[data-state=ready]")
    show(opened, site.value(a990103="r"))
    return opened


def show(page: Page, value: dict[str, Any] | None) -> None:
    """Give the map a value as the stream does, and wait until it is drawn."""
    page.evaluate("(value) => dash_clientside.set_props('map', { value })", value)
    page.wait_for_function(f"(v) => !v || {VIEW}.value.colours === v.colours", arg=value)
    page.evaluate(SETTLED)


def colour(page: Page, site: Site, code: str) -> str:
    """The colour drawn in a cell."""
    found: str = page.evaluate(PIXEL, site.place(code))
    return found


def test_each_cell_has_the_colour_of_its_value(site: Site, wall: Page) -> None:
    assert [colour(wall, site, c) for c in ("990102", "990103", "990105")] == [BLUE, RED, BLUE]
    show(wall, site.value(a990105="y"))
    assert [colour(wall, site, c) for c in ("990102", "990103", "990105")] == [BLUE, BLUE, YELLOW]


def test_only_cells_that_changed_are_told(site: Site, wall: Page) -> None:
    assert wall.evaluate(TOLD, site.value(a990103="r")) == []
    both = site.value(a990103="r", a990105="r")
    assert wall.evaluate(TOLD, both) == [site.tree.position["990105"]]


def test_an_unknown_value_leaves_what_is_shown(site: Site, wall: Page) -> None:
    show(wall, None)
    assert colour(wall, site, "990103") == RED


def test_a_fresh_map_knows_no_colours(site: Site, page: Pages) -> None:
    opened = page.again(1000, 700)
    opened.goto(f"http://127.0.0.1:{site.server.server_port}/")
    opened.wait_for_selector(".cc-map[data-state=ready]")
    opened.evaluate(SETTLED)
    assert colour(opened, site, "990102") not in (BLUE, YELLOW, RED)


def test_nothing_is_asked_of_another_server(site: Site, page: Pages) -> None:
    opened = page(1000, 700)
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(f"http://127.0.0.1:{site.server.server_port}/")
    opened.wait_for_selector(".cc-map[data-state=ready]")
    opened.evaluate(SETTLED)
    own = (f"http://127.0.0.1:{site.server.server_port}/", "blob:", "data:")
    assert [url for url in asked if not url.startswith(own)] == []


def test_zooming_in_shows_the_next_level(site: Site, wall: Page) -> None:
    show(wall, site.value(a990103="r", a990103001="y"))
    assert colour(wall, site, "990103001") == RED
    wall.evaluate(f"""(center) => {VIEW}.map.jumpTo({{ center, zoom: {VIEW}.home + 1 }})""",
                  site.place("990103001"))  # fmt: skip
    wall.evaluate(SETTLED)
    assert colour(wall, site, "990103001") == YELLOW


def test_a_new_size_shows_the_whole_again(site: Site, wall: Page) -> None:
    wide = wall.evaluate(f"{VIEW}.map.getZoom()")
    wall.evaluate(
        "Object.assign(document.getElementById('box').style, { width: '400px', height: '250px' })"
    )
    wall.wait_for_function(f"{VIEW}.map.getCanvas().clientWidth === 400")
    wall.evaluate(SETTLED)
    assert wall.evaluate(f"{VIEW}.map.getZoom()") == pytest.approx(wide - 1, abs=0.1)
    assert colour(wall, site, "990103") == RED


def test_a_map_in_a_hidden_face_is_there_when_it_is_shown(site: Site, wall: Page) -> None:
    wall.evaluate("document.getElementById('box').style.display = 'none'")
    show(wall, site.value(a990105="r"))
    wall.evaluate("document.getElementById('box').style.display = 'block'")
    wall.wait_for_function(f"{VIEW}.map.getCanvas().clientWidth === 800")
    wall.evaluate(SETTLED)
    assert colour(wall, site, "990105") == RED


def test_a_lost_context_comes_back_with_the_newest_colours(site: Site, wall: Page) -> None:
    wall.evaluate(f"""() => {{
      window.lost = {VIEW}.map.painter.context.gl.getExtension('WEBGL_lose_context');
      return new Promise((done) => {{
        {VIEW}.map.once('webglcontextlost', () => done());
        lost.loseContext();
      }});
    }}""")
    value = site.value(a990105="y")
    wall.evaluate(f"(value) => {VIEW}.show(value)", value)
    wall.evaluate(f"""() => new Promise((done) => {{
      {VIEW}.map.once('webglcontextrestored', () => done());
      lost.restoreContext();
    }})""")
    wall.evaluate(SETTLED)
    assert [colour(wall, site, c) for c in ("990103", "990105")] == [BLUE, YELLOW]


def test_a_new_figure_leaves_place_and_colours(site: Site, wall: Page) -> None:
    wall.mouse.move(300, 250)
    # On a page that scrolls the wheel alone scrolls the page.
    wall.keyboard.down("Control")
    wall.mouse.wheel(0, -200)
    wall.keyboard.up("Control")
    wall.wait_for_function(f"{VIEW}.map.getZoom() > {VIEW}.home + 0.1 && !{VIEW}.map.isMoving()")
    before = wall.evaluate(f"{VIEW}.map.getZoom()")
    wall.evaluate("""() => new Promise((done) => {
      const graph = document.querySelector('.js-plotly-plot');
      graph.once('plotly_afterplot', () => done());
      const figure = { data: graph.data, layout: { ...graph.layout, title: { text: 'x' } } };
      dash_clientside.set_props('map-graph', { figure });
    })""")
    wall.evaluate(SETTLED)
    assert wall.evaluate(f"{VIEW}.map.getZoom()") == pytest.approx(before)
    assert colour(wall, site, "990103") == RED


def test_a_tap_names_the_cell(site: Site, wall: Page) -> None:
    point = wall.evaluate(f"(place) => {VIEW}.map.project(place)", site.place("990105"))
    box = wall.locator(".cc-map").bounding_box()
    assert box is not None
    wall.mouse.click(box["x"] + point["x"], box["y"] + point["y"])
    wall.wait_for_function("document.getElementById('tapped').textContent !== 'none'")
    assert wall.inner_text("#tapped") == str(site.tree.position["990105"])


def test_labels_say_name_number_and_shape(site: Site, wall: Page) -> None:
    label = wall.locator(".cc-map-label[data-tone=red]")
    position = site.tree.position["990103"]
    assert label.inner_text().split() == ["西山区", "1", f"{position:03d}"]
    assert "polygon" in label.locator(".cc-map-value").evaluate(
        "(node) => getComputedStyle(node, '::before').clipPath"
    )


def test_of_labels_that_meet_the_more_urgent_stays(site: Site, wall: Page) -> None:
    value = site.value(a990103="r")
    for label in value["labels"]:
        label["lng"], label["lat"] = value["labels"][0]["lng"], value["labels"][0]["lat"]
    wall.evaluate(f"(value) => {VIEW}.show(value)", value)
    shown = wall.evaluate("""() => [...document.querySelectorAll('.cc-map-label')]
      .filter((node) => getComputedStyle(node).visibility === 'visible')
      .map((node) => node.dataset.tone)""")
    assert shown == ["red"]


def test_a_map_at_rest_draws_no_frames(wall: Page) -> None:
    frames = wall.evaluate(f"""() => new Promise((done) => {{
      let frames = 0;
      {VIEW}.map.on('render', () => frames++);
      setTimeout(() => done(frames), 1000);
    }})""")
    assert frames == 0
