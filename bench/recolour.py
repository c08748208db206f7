"""Recolouring every cell of the map at once, in a browser on a machine without a graphics card.

Run it as `python -m bench recolour`, against a demonstration of its own or, with `--wall`, against
the wall of a server that runs already. A time ends when what it is about is painted: the page asks
for a pixel of the map, which it gets when all drawing before is done.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from typing import Any

from playwright.sync_api import Page, sync_playwright

from bench.chromium import launch
from bench.city import demonstration

ROUNDS = 7
QUIET_SECONDS = 10
VIEW = "document.querySelector('[data-on=\"1\"] .cc-map, .cc-map').ccMap"
PAINTED = """(map) => {
  const gl = map.getCanvas().getContext('webgl2');
  gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
}"""
# Resolves when all that is in view is painted, in milliseconds since the page began to load.
DRAWN = f"""() => new Promise((done) => {{
  const painted = {PAINTED};
  const look = () => {{
    const {{ cells, colours, map }} = {VIEW};
    if (!cells || !colours || !map.loaded() || !map.areTilesLoaded()) return setTimeout(look, 10);
    painted(map);
    done(performance.now());
  }};
  look();
}})"""
DEEPEST = f"() => Math.max(...{VIEW}.ground.levels.map((level) => level.depth))"
ONE_LEVEL = """(depth) => {
  const part = document.querySelector('[data-on="1"] .cc-map, .cc-map').closest('.cc-citymap');
  dash_clientside.set_props(part.id, { depth });
}"""
# Every cell gets another colour than it had; from the call to the frame that shows the last one.
RECOLOUR = f"""(round) => new Promise((done) => {{
  const painted = {PAINTED};
  const view = {VIEW}, size = view.ground.depths.length;
  let colours = '';
  for (let at = 0; at < size; at++) colours += '1' + 'byr'[(at + round) % 3];
  const value = {{ ...view.value, first: view.ground.first, colours }};
  const began = performance.now();
  view.map.once('idle', () => {{
    painted(view.map);
    done({{ called, drawn: performance.now() - began }});
  }});
  view.show(value);
  const called = performance.now() - began;
}})"""


def run(arguments: Sequence[str]) -> dict[str, Any]:
    """Measure, print a table and return what it holds."""
    asked = _arguments(arguments)
    with _wall(asked.wall) as address:
        found = _measure(address, asked.width, asked.height)
    _print(found)
    return found


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench recolour", description=__doc__)
    parser.add_argument("--wall", help="a wall's link, key and all; default: a demonstration")
    parser.add_argument("--width", type=int, default=3840)
    parser.add_argument("--height", type=int, default=1080)
    return parser.parse_args(arguments)


@contextmanager
def _wall(given: str | None) -> Iterator[str]:
    """The link of a wall, of a demonstration that ends with the measuring if none is given."""
    if given:
        yield given
        return
    with demonstration("--history", "2000") as city:
        yield city.wall


def _measure(address: str, width: int, height: int) -> dict[str, Any]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": width, "height": height})
        page.goto(address)
        page.wait_for_selector(".cc-map[data-state=ready]", timeout=60_000)
        first = page.evaluate(DRAWN)
        depth = page.evaluate(DEEPEST)
        deep = _deepen(page, depth)
        rounds = [page.evaluate(RECOLOUR, turn) for turn in range(ROUNDS)]
        cells = page.evaluate(f"(depth) => {VIEW}.cells.byDepth.get(depth).length", depth)
        idle = _idle(page)
        browser.close()
    return {
        "bench": "recolour",
        "canvas": f"{width}x{height}",
        "cells": cells,
        "first_view_ms": round(first),
        "all_cells_in_view_ms": round(deep),
        "recolour_ms": round(median(one["drawn"] for one in rounds)),
        "recolour_worst_ms": round(max(one["drawn"] for one in rounds)),
        "calls_ms": round(median(one["called"] for one in rounds)),
        "frames_in_10_s_of_rest": idle,
    }


def _deepen(page: Page, depth: int) -> float:
    """Show all cells of the deepest level at once; milliseconds until they are there."""
    began = time.perf_counter()
    page.evaluate(ONE_LEVEL, depth)
    page.wait_for_function(f"(depth) => {VIEW}.options.depth === depth", arg=depth)
    page.wait_for_function(f"(depth) => {VIEW}.cells?.options.depth === depth", arg=depth)
    page.evaluate(DRAWN)
    return (time.perf_counter() - began) * 1000


def _idle(page: Page) -> int:
    """How many frames the map draws while it is told nothing."""
    frames: int = page.evaluate(
        f"""(pause) => new Promise((done) => {{
          const view = {VIEW};
          let frames = 0;
          view.show = () => {{}};
          view.map.on('render', () => frames++);
          setTimeout(() => done(frames), pause);
        }})""",
        QUIET_SECONDS * 1000,
    )
    return frames


def _print(found: dict[str, Any]) -> None:
    for name, value in found.items():
        print(f"{name:>26}  {value}")
