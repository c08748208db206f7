"""How a plugin's panels look on a wall and on a tablet, in both languages, in a real browser."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commandcenter.errors import Unavailable
from commandcenter.host.manifest import Manifest
from commandcenter.host.plugin import EVERYWHERE, Plugin
from commandcenter.sandbox.declared import hooks
from commandcenter.testing.browser import chromium
from commandcenter.testing.city import DISTRICTS
from commandcenter.testing.conformance.examiners import Examined
from commandcenter.testing.conformance.findings import Finding
from commandcenter.testing.conformance.hanging import SMALL, Screen, screens
from commandcenter.testing.page import Look, Served, tablet, wall
from commandcenter.testing.picture import SETTLED
from commandcenter.testing.ready import ReadyCity
from commandcenter.testing.registry import small_catalogue

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

LANGUAGES = ("zh", "en")
FILLED = """(slots) => slots.every((id) => {
  const tile = document.getElementById(id);
  return tile && (!window.cc.shown(tile) || !['unknown', undefined].includes(tile.dataset.state));
})"""
GO = "(face) => window.cc.stage && window.cc.stage.go(face)"
SAID: Mapping[str, tuple[str, str]] = {
    "missing": ("is not on the page", "its plugin must serve the cell that is shown"),
    "failed": ("is shown as failed: {text}", "the values do not fit the parts"),
    "taller": ("is {value} px taller than its place", "fewer rows or parts, or one that grows"),
    "outside": ("reaches {value} px out of its tile", "fewer parts, or a smaller span"),
    "title": ('the title "{text}" is cut off', "a shorter title, or a wider span"),
    "value": ('the value "{text}" is cut off', "a wider span, or fewer digits"),
    "note": ('the words "{text}" are cut off', "fewer words, or grow = True"),
    "small": ('"{text}" is set in {value} px, {least} px is the least', "a wider span"),
    "touch": ('"{text}" is {value} px small, a finger needs 44', "one link for the whole row"),
    "sideways": ("the page is {value} px wider than the tablet", "shorter words, fewer columns"),
}


@dataclass
class Looker:
    """Looks at the panels of plugins with one browser, started when it is first needed."""

    layouts: Path
    stack: ExitStack = field(default_factory=ExitStack)
    browser: "Browser | None" = None
    missing: str = ""

    def look(self, examined: Examined, city: ReadyCity, manifest: Manifest) -> Iterator[Finding]:
        """Draw all panels of a plugin and say what is wrong, or that it was left."""
        if self.browser is None and not self.missing:
            try:
                self.browser = self.stack.enter_context(chromium())
            except Unavailable as missing:
                self.missing = str(missing)
        if self.browser is None:
            yield Finding("look", "left", f"how its panels look was not checked: {self.missing}")
            return
        # It is no part of a server's installation.
        from playwright.sync_api import Error

        try:
            found = list(self._faults(self.browser, examined, city, manifest))
        except Error as error:
            found = [Finding("look", "wrong", f"cannot be drawn: {error.message:.200}")]
        yield from found
        if not any(finding.state == "wrong" for finding in found):
            yield Finding("look", "ok", f"on walls and a tablet, in {' and '.join(LANGUAGES)}")

    def _faults(
        self, browser: "Browser", examined: Examined, city: ReadyCity, manifest: Manifest
    ) -> Iterator[Finding]:
        """Yield each fault once; what is wrong in one language mostly is so in the next."""
        found: dict[tuple[str, str], list[Finding]] = {}
        for language in LANGUAGES:
            look = _look(examined, city, manifest, language)
            for screen in screens(look, self.layouts if manifest.core else None):
                for fault, panel in _measured(browser, look, screen, examined):
                    said = _finding(fault, panel, f"{screen.name}, {language}", examined)
                    found.setdefault((fault["kind"], panel), []).append(said)
            if any(said.state == "wrong" for several in found.values() for said in several):
                break
        for several in found.values():
            # What does not fit a small place is worth knowing where it fits the one it has.
            first, *more = [f for f in several if f.state == "wrong"] or several
            words = f" (and {len(more)} like it)" if more else ""
            yield replace(first, words=first.words + words)


def _look(examined: Examined, city: ReadyCity, manifest: Manifest, language: str) -> Look:
    plain = {"panels": list(examined.panels)}
    provides = ("panels",) if examined.panels else ()
    bare = manifest.model_copy(update={"provides": provides})
    plugin = Plugin(bare, hooks(plain if examined.panels else {}), city.folder)
    scope = DISTRICTS[0][0] if EVERYWHERE in city.districts else city.home.code
    return Look(city, small_catalogue(plugin), scope, language)


def _measured(
    browser: "Browser", look: Look, screen: Screen, examined: Examined
) -> Iterator[tuple[dict[str, Any], str]]:
    page, topics = wall(look, screen.layout) if screen.layout else tablet(look)
    if not topics:
        return
    values = {
        one.key: {name: json.loads(value) for name, value in one.parts.items()}
        for one in examined.rendered
        if one.is_plain and one.language == look.language and one.scope == look.scope
    }
    width, height = screen.size
    with Served(page, topics, values, look.catalogue.build) as served:
        size: ViewportSize = {"width": width, "height": height}
        opened = browser.new_page(viewport=size, reduced_motion="reduce")
        try:
            opened.goto(served.url)
            for fault in _on_page(opened, list(topics), screen):
                topic = topics.get(fault["slot"])
                yield fault, topic.panel if topic else ""
        finally:
            opened.close()


def _on_page(page: "Page", slots: Sequence[str], screen: Screen) -> list[dict[str, Any]]:
    script = (files(__package__) / "measured.js").read_text("utf-8")
    fixed = screen.layout is not None
    wanted = {"least": screen.least, "touch": screen.touch, "fixed": fixed}
    if not fixed:
        page.wait_for_function(FILLED, arg=slots)
        page.evaluate(SETTLED)
        return list(page.evaluate(script, {**wanted, "slots": slots}))
    found: list[dict[str, Any]] = []
    page.wait_for_function("window.cc && window.cc.stage")
    faces = page.eval_on_selector_all(
        ".cc-face", "(faces) => faces.map((f) => [f.dataset.face, "
        "[...f.querySelectorAll('.cc-tile')].map((t) => t.id)])",
    )  # fmt: skip
    for face, inside in faces:
        page.evaluate(GO, face)
        page.wait_for_selector(f"[data-face='{face}'][data-on='1']")  # it comes frames later
        here = [slot for slot in inside if slot in slots]
        page.wait_for_function(FILLED, arg=here)
        page.evaluate(SETTLED)
        found += page.evaluate(script, {**wanted, "slots": here})
    return found


def _finding(
    fault: Mapping[str, Any], panel: str, screen: str, examined: Examined
) -> Finding:
    words, mend = SAID[fault["kind"]]
    said = words.format(text=fault["text"], value=fault["value"], least=fault["least"])
    part = f", part {fault['part']}" if fault["part"] else ""
    where = examined.homes.get(panel, "")
    is_small = fault["slot"].startswith(SMALL)
    on = f"{panel}{part} on {screen}{', in a small place' if is_small else ''}"
    return Finding("look", "note" if is_small else "wrong", f"{on}: {said}", where, mend)
