"""Draws a panel into a PNG, as it hangs on a wall."""

import json
from pathlib import Path

from commandcenter.host.hookspecs import hookimpl
from commandcenter.host.panel import Panel, View
from commandcenter.host.plugin import Plugin
from commandcenter.host.values import check_values
from commandcenter.screen.layouts import Place
from commandcenter.testing.browser import chromium
from commandcenter.testing.page import CANVAS, Look, Served, placed, wall
from commandcenter.testing.ready import ReadyCity
from commandcenter.testing.registry import small_catalogue

SLOT = "panel"
READY = """(id) => {
  const tile = document.getElementById(id);
  return tile && tile.dataset.state === 'live';
}"""
SETTLED = """async () => {
  await document.fonts.ready;
  const frames = (done) => requestAnimationFrame(() => requestAnimationFrame(done));
  // Nothing slides where motion is reduced; charts are drawn once the values rest.
  await new Promise((done) => setTimeout(() => frames(done), 300));
  // What was drawn last may have asked for a font of its own.
  await document.fonts.ready;
  await new Promise(frames);
}"""


def render_panel_to_image(
    panel: Panel, view: View, file: Path, size: tuple[int, int] = (8, 6), theme: str = "dark"
) -> Path:
    """Draw a panel over a view and return `file`; raises Unavailable where Chromium is missing.

    `size` is its width in the 24 columns and its height in the 12 rows of a full-HD screen.
    """
    sent = check_values(panel, panel.render(view))
    values = {panel.key: {name: json.loads(value) for name, value in sent.items()}}
    place = Place(SLOT, panel.key, (0, 0, *size))
    look = _look(panel, view)
    page, topics = wall(look, placed(place))
    with Served(page, topics, values, look.catalogue.build) as served, chromium() as browser:
        shown = browser.new_page(
            viewport={"width": CANVAS[0], "height": CANVAS[1]}, reduced_motion="reduce"
        )
        shown.goto(served.url)
        shown.evaluate(f"document.documentElement.dataset.theme = {json.dumps(theme)}")
        shown.wait_for_function(READY, arg=SLOT)
        shown.evaluate(SETTLED)
        shown.locator(f"#{SLOT}").screenshot(path=file, animations="disabled")
    return file


def _look(panel: Panel, view: View) -> Look:
    plugin = Plugin.of(_Gives(panel), panel.key.partition(".")[0], ("panels",))
    city = ReadyCity.of(None)
    return Look(city, small_catalogue(plugin), city.tree.cells[0].code, view.language)


class _Gives:
    """The hooks of a plugin with one panel."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel

    @hookimpl
    def register_panels(self) -> list[Panel]:
        """Give the panel."""
        return [self._panel]
