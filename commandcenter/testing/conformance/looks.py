"""How a plugin's panels look on a wall and on a tablet, in both languages, in a real browser."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from commandcenter.errors import Unavailable
from commandcenter.host.manifest import Manifest
from commandcenter.host.plugin import EVERYWHERE, Plugin
from commandcenter.sandbox.declared import hooks
from commandcenter.screen.layouts import Place
from commandcenter.screen.theme import Sizes
from commandcenter.testing.browser import chromium
from commandcenter.testing.city import DISTRICTS
from commandcenter.testing.conformance.examiners import Examined
from commandcenter.testing.conformance.findings import Finding
from commandcenter.testing.page import CANVAS, TABLET, Look, Served, tablet, wall
from commandcenter.testing.picture import SETTLED
from commandcenter.testing.ready import ReadyCity
from commandcenter.testing.registry import small_catalogue

if TYPE_CHECKING:
    from dash.development.base_component import Component
    from playwright.sync_api import Browser, Page

    from commandcenter.live.topics import Topic

LANGUAGES = ("zh", "en")
TABLET_TEXT, TOUCH = 12, 44
"""The smallest text and the smallest target on a tablet, in CSS pixels."""
TILE = (8, 6)
"""What a panel of the core gets here: a third of a wall's width, half its height."""
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


@dataclass(frozen=True)
class Kind:
    """A screen to look at: its size, the least text, the least target (0: nothing is touched)."""

    name: str
    size: tuple[int, int]
    least: float
    touch: int

    @property
    def is_wall(self) -> bool:
        """Whether tiles have fixed places."""
        return not self.touch


WALL = Kind("a wall of 1920 x 1080", CANVAS, Sizes.of(CANVAS[1]).small, 0)
HAND = Kind("a tablet of 1024 x 768", TABLET, TABLET_TEXT, TOUCH)


@dataclass
class Looker:
    """Looks at the panels of plugins with one browser, started when it is first needed."""

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
        found = list(_faults(self.browser, examined, city, manifest))
        yield from found
        if not found:
            words = f"{WALL.name} and {HAND.name}, in {' and '.join(LANGUAGES)}"
            yield Finding("look", "ok", words)


def _faults(
    browser: "Browser", examined: Examined, city: ReadyCity, manifest: Manifest
) -> Iterator[Finding]:
    """Yield each fault once: what is wrong in one language is mostly wrong in the other."""
    told: set[tuple[str, str, str]] = set()
    for language in LANGUAGES:
        look = _look(examined, city, manifest, language)
        for kind in (WALL, HAND):
            for fault, panel in _measured(browser, look, kind, examined):
                key = (fault["kind"], panel, fault["part"])
                if key not in told:
                    told.add(key)
                    yield _finding(fault, panel, kind, language, examined)


def _look(examined: Examined, city: ReadyCity, manifest: Manifest, language: str) -> Look:
    plain = {"panels": list(examined.panels)}
    provides = ("panels",) if examined.panels else ()
    bare = manifest.model_copy(update={"provides": provides})
    plugin = Plugin(bare, hooks(plain if examined.panels else {}), city.folder)
    scope = DISTRICTS[0][0] if EVERYWHERE in city.districts else city.home.code
    return Look(city, small_catalogue(plugin), scope, language)


def _measured(
    browser: "Browser", look: Look, kind: Kind, examined: Examined
) -> Iterator[tuple[dict[str, Any], str]]:
    page, topics = _page(look, kind)
    if not topics:
        return
    values = {
        one.key: {name: json.loads(value) for name, value in one.parts.items()}
        for one in examined.rendered
        if one.is_plain and one.language == look.language and one.scope == look.scope
    }
    width, height = kind.size
    with Served(page, topics, values, look.catalogue.build) as served:
        opened = browser.new_page(viewport={"width": width, "height": height})
        try:
            opened.goto(served.url)
            for fault in _on_page(opened, list(topics), kind):
                topic = topics.get(fault["slot"])
                yield fault, topic.panel if topic else ""
        finally:
            opened.close()


def _page(look: Look, kind: Kind) -> "tuple[Component, dict[str, Topic]]":
    if not kind.is_wall:
        return tablet(look)
    state = look.catalogue.plugins[-1]
    is_core = any(panel.plugin == state.name for panel in look.catalogue.panels.values())
    page, topics = wall(look)
    if topics or not is_core:
        return page, topics
    places = [
        Place(f"panel{at}", key, (0, 0, *TILE)) for at, key in enumerate(look.catalogue.panels)
    ]
    return wall(look, places)


def _on_page(page: "Page", slots: Sequence[str], kind: Kind) -> list[dict[str, Any]]:
    script = (files(__package__) / "measured.js").read_text("utf-8")
    wanted = {"least": kind.least, "touch": kind.touch, "fixed": kind.is_wall}
    if not kind.is_wall:
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
        here = [slot for slot in inside if slot in slots]
        page.wait_for_function(FILLED, arg=here)
        page.evaluate(SETTLED)
        found += page.evaluate(script, {**wanted, "slots": here})
    return found


def _finding(
    fault: Mapping[str, Any], panel: str, kind: Kind, language: str, examined: Examined
) -> Finding:
    words, mend = SAID[fault["kind"]]
    said = words.format(text=fault["text"], value=fault["value"], least=f"{kind.least:g}")
    part = f", part {fault['part']}" if fault["part"] else ""
    where = examined.homes.get(panel, "")
    on = f"{panel}{part} on {kind.name}, {language}"
    return Finding("look", "wrong", f"{on}: {said}", where, mend)
