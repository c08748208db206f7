"""Recolouring every cell of the map at once, in a browser that draws in software.

Run it as `python -m bench recolour`, against a demonstration of its own or, with `--wall`, against
the wall of a server that runs already.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from shutil import which
from statistics import median
from typing import Any

from playwright.sync_api import Page, sync_playwright

BROWSER = (
    "--headless=new",
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)
ROUNDS = 7
QUIET_SECONDS = 10
VIEW = "document.querySelector('[data-on=\"1\"] .cc-map, .cc-map').ccMap"
# Resolves when all that is in view is drawn, in milliseconds since the page began to load.
DRAWN = f"""() => new Promise((done) => {{
  const look = () => {{
    const map = {VIEW}.map;
    const rests = {VIEW}.cells && map.loaded() && map.areTilesLoaded();
    if (rests) done(performance.now()); else setTimeout(look, 10);
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
  const view = {VIEW}, size = view.ground.depths.length;
  let colours = '';
  for (let at = 0; at < size; at++) colours += '1' + 'byr'[(at + round) % 3];
  const value = {{ ...view.value, first: view.ground.first, colours }};
  const began = performance.now();
  view.map.once('idle', () => done({{ called, drawn: performance.now() - began }}));
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
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "commandcenter", "demo", "--json", "--port", "0"]
        command += ["--history", "2000", "--data", folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                yield str(json.loads(server.stdout.readline())["wall"])
            finally:
                server.terminate()


def _measure(address: str, width: int, height: int) -> dict[str, Any]:
    with sync_playwright() as playwright:
        program = which("chromium") or which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=program, args=list(BROWSER))
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
