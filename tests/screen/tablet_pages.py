"""The pages for tablets as components."""

from __future__ import annotations

from typing import Any

from dash.development.base_component import Component

from commandcenter.cases.field_file import CaseFile
from commandcenter.cases.queries import Case, Step
from commandcenter.domain.cases import Command, State
from commandcenter.domain.clocks import HOUR, Limit
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.host.discovery import locale_folders
from commandcenter.host.panel import CaseLine
from commandcenter.host.words import Words
from commandcenter.screen.tablet import Surroundings
from commandcenter.settings import ROOT
from commandcenter.testing import small_catalogue
from commandcenter.testing.city import small_city, small_tree
from commandcenter.testing.stored import MONDAY
from tests.plugins.faces import plugin

CITY, EAST, STREET = "990100", "990102", "990102001"
LEAF = f"{STREET}001001001"
TREE = small_tree()
CATALOGUE = small_catalogue(plugin("tablet"))
CALENDAR = small_city().calendar


def around(
    scope: str = CITY, clearance: Clearance = Clearance.PERSONAL, language: str = "zh"
) -> Surroundings:
    viewer = Viewer("test", scope, *TREE.range_of(scope), clearance, language)
    words = Words.load(language, locale_folders(ROOT / "plugins"))
    return Surroundings(TREE, CATALOGUE, viewer, words, "build")


def case(**given: Any) -> CaseFile:
    """A case that was dispatched on Monday at ten, with a limit of one working day."""
    line = {
        "id": 7, "title": "张三家门口有垃圾", "channel": "app", "matter": "E0101",
        "cell": TREE.position[LEAF], "unit": "990102-hw", "state": State.DISPATCHED,
        "reported_at": MONDAY - HOUR, "since": MONDAY, "supervised": False,
        "due": CALENDAR.due(MONDAY, Limit.working_days(1)), "depth": 0,
    }  # fmt: skip
    inside = {name: given.pop(name) for name in list(given) if name in line}
    whole = {
        "source": "tests", "external_id": "1", "occurred_at": MONDAY - HOUR, "deadline": None,
        "lng": None, "lat": None, "description": "已经三天", "attachments": (),
        "reporter_name": "张三", "reporter_phone": "13800000000", "version": 1,
    }  # fmt: skip
    steps = [
        Step(Command.REPORT, MONDAY - HOUR, "tests", "", State.REPORTED, None, None),
        Step(Command.FILE, MONDAY - HOUR, "rule", "", State.FILED, None, True),
        Step(Command.DISPATCH, MONDAY, "李四", "请尽快", State.DISPATCHED, "990102-hw", None),
    ]
    return CaseFile(Case(line=CaseLine(**line | inside), **whole | given), steps)


def parts(thing: Any) -> list[Component]:
    """All components in a page."""
    if isinstance(thing, (list, tuple)):
        return [part for item in thing for part in parts(item)]
    if not isinstance(thing, Component):
        return []
    return [thing, *parts(getattr(thing, "children", None))]


def links(page: Any) -> list[str]:
    return [part.href for part in parts(page) if getattr(part, "href", None)]


def text(thing: Any) -> str:
    """All words in a page."""
    if isinstance(thing, (list, tuple)):
        return " ".join(map(text, thing))
    if isinstance(thing, Component):
        return text(getattr(thing, "children", None))
    return thing if isinstance(thing, str) else ""
