"""Draws the pages of places for whoever looks: as components, as stills, as what a tap brings."""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from dash.development.base_component import Component
from flask import Response
from orjson import Fragment

from commandcenter.domain.viewers import Viewer
from commandcenter.screen.case_page import case_page
from commandcenter.screen.cell_page import cell_page
from commandcenter.screen.cell_tabs import FIELD
from commandcenter.screen.desk import desk_page
from commandcenter.screen.field_bar import placed
from commandcenter.screen.filling import Facts, fill
from commandcenter.screen.moulds import Cast, Moulds, dumped
from commandcenter.screen.search_page import search_page
from commandcenter.screen.still import still
from commandcenter.screen.still_words import Moment
from commandcenter.screen.tablet import Surroundings
from commandcenter.screen.tablet_kit import Tablet
from commandcenter.screen.wall import wall_page
from commandcenter.web import cell_inspections, field_search, places, preferences
from commandcenter.web.desk_asked import asked_of, opened_of
from commandcenter.web.errors import Refusal
from commandcenter.web.field_bars import FieldBars
from commandcenter.web.foresight import Foresight
from commandcenter.web.inspection_pages import InspectionPlace, InspectionsPlace, drawn
from commandcenter.web.keeping import Keeping
from commandcenter.web.places import CasePlace, CellPlace, SearchPlace, WallPlace
from commandcenter.web.preferences import Looks
from commandcenter.web.services import Services
from commandcenter.web.shell import Page
from commandcenter.web.viewers import Visitor

FILL = "page.children"
"""The output of the callback that fills the page."""


class Drawing:
    """Draws pages; what is the same for many is kept as moulds."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._foresight = Foresight(services)
        self._keeping = Keeping(services.settings)
        self._moulds = Moulds()
        self.bars = FieldBars(services)

    def page(
        self, place: places.Shown, visitor: Visitor, build: str, seconds: float = 0.0
    ) -> Component:
        """Return a page; a tablet's with what is known of it, for which it may wait a moment."""
        page = self._drawn(place, visitor.viewer, build)
        if isinstance(page, Tablet):
            fill(page, self._facts(page.topics, seconds))
            page.kept = self._keeping.props(visitor)
        return page

    def cell(self, place: CellPlace, visitor: Visitor, build: str) -> Fragment:
        """Return a cell's page as JSON.

        All of the same scope, rights and language are shown the same but for what a mould leaves
        open: nothing else of a viewer may decide what the page is.
        """
        viewer = visitor.viewer
        nobody = replace(viewer, name="")
        if place.look.tab == FIELD:  # its inspections are read for each
            return Fragment(dumped(self.page(place, visitor, build)))
        mould = self._moulds.get(
            (build, nobody, place.code, place.look),
            lambda name: self._cell(place, replace(viewer, name=name)),
        )
        facts = self._facts(mould.topics)
        return Fragment(mould.cast(Cast(facts, viewer.name, self._keeping.props(visitor))))

    def still(self, page: Component, viewer: Viewer, language: str, looks: Looks) -> Page:
        """Return the still of a page."""
        services = self._services
        words, zone = services.words[viewer.language], services.catalogue.calendar.zone
        moment = Moment(words, zone, services.now(), frozenset(looks.chosen))
        return Page(still(page, moment), getattr(page, "name", ""), language, looks)

    def desk(self, viewer: Viewer, query: dict[str, str]) -> Component:
        """Return the desk."""
        asked = asked_of(viewer, query)
        around = places.surroundings(self._services, viewer)
        return desk_page(around, asked, opened_of(query.get("case")), preferences.theme())

    def _facts(self, topics: Mapping[str, Any], seconds: float = 0.0) -> Facts:
        found = self._foresight.known(topics.values(), seconds)
        return Facts(*found, self._services.hub.time())

    def _drawn(self, place: places.Shown, viewer: Viewer, build: str) -> Component:
        services = self._services
        around = places.surroundings(services, viewer)
        match place:
            case WallPlace(layout, scope):
                words = services.words[viewer.language]
                return wall_page(layout, viewer, services.catalogue, scope, words, build)
            case CellPlace():
                return self._cell(place, viewer)
            case SearchPlace(asked):
                found = field_search.found(services, viewer, asked)
                return search_page(around, asked, found)
            case InspectionPlace() | InspectionsPlace():
                return self._inspections(around, place)
            case CasePlace(file):
                page = case_page(around, file)
                placed(page, self.bars.of_case(viewer, file.case))
                return page

    def _cell(self, place: CellPlace, viewer: Viewer) -> Tablet:
        last = cell_inspections.last(self._services, viewer, place.code, place.look)
        around = places.surroundings(self._services, viewer)
        page = cell_page(around, place.code, place.look, last)
        placed(page, self.bars.of_cell(viewer, place.code))
        return page

    def _inspections(
        self, around: Surroundings, place: InspectionPlace | InspectionsPlace
    ) -> Component:
        services = self._services
        shown = drawn(services, around, place)
        if isinstance(place, InspectionPlace) and place.here is not None:
            at = services.tree.cells[place.here].code
            placed(shown, self.bars.of_cell(around.viewer, at))
        return shown


def asked_for(body: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return path and query that a page asks to be filled with; raises the refusal 400."""
    found: dict[str, str] = {}
    for each in body.get("inputs", ()):
        said = each if isinstance(each, dict) else {}
        name, value = said.get("property"), said.get("value")
        if name not in ("pathname", "search") or not isinstance(value, str | None):
            raise Refusal(HTTPStatus.BAD_REQUEST, "bad_callback", "says no address of a page")
        found[name] = value or ""
    return found.get("pathname"), found.get("search")


def filled(page: Component | Fragment) -> Response:
    """Return the answer of the callback that fills the page, as Dash would give it."""
    said = {"multi": True, "response": {"page": {"children": page}}}
    return Response(dumped(said), mimetype="application/json")
