"""The pages of inspections, and what draws one anew when something moves where it found cases."""

from dataclasses import dataclass
from typing import Any

from dash import Dash, Input, Output, State, no_update
from dash.development.base_component import Component

from commandcenter.cases import inspection_file, inspections
from commandcenter.cases.inspection_file import InspectionFile
from commandcenter.cases.inspections import InspectionFilter, InspectionLine
from commandcenter.domain.inspections import InspectionAct
from commandcenter.domain.rights import Block, Right
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.errors import NotFound
from commandcenter.screen.inspection_page import (
    BODY,
    MOVES,
    PULSES,
    inspection_body,
    inspection_page,
    inspection_topics,
    inspections_page,
    pulses,
)
from commandcenter.screen.tablet import Surroundings
from commandcenter.web.permission import needs
from commandcenter.web.services import Services
from commandcenter.web.viewers import present

LISTED = 30
PATH = "/inspection/"


@dataclass(frozen=True, slots=True)
class InspectionPlace:
    """The page of an inspection."""

    file: InspectionFile

    @property
    def here(self) -> int | None:
        """The cell where the viewer inspects, as far as was said; None where that is over."""
        line = self.file.inspection.line
        if line.ended_at is not None or not line.is_mine:
            return None
        steps = self.file.inspection.of(InspectionAct.START, InspectionAct.VISIT)
        return steps[-1].cell if steps else None


@dataclass(frozen=True, slots=True)
class InspectionsPlace:
    """The list of inspections: the viewer's own, and the others of the scope."""

    mine: tuple[InspectionLine, ...]
    others: tuple[InspectionLine, ...]


def an_inspection(services: Services, viewer: Viewer, named: str) -> InspectionPlace:
    """Return the page of an inspection, by its number or the key of its start; raises NotFound."""
    if Block.CASES not in viewer.blocks:
        raise NotFound("no inspections")
    with services.store.read() as connection:
        number = inspection_file.number_of(connection, viewer, named)
        return InspectionPlace(inspection_file.read(connection, viewer, number))


def the_inspections(services: Services, viewer: Viewer) -> InspectionsPlace:
    """Return the list of inspections; raises NotFound for who sees none."""
    if viewer.clearance < Clearance.STAFF or Block.CASES not in viewer.blocks:
        raise NotFound("no inspections")
    wanted = InspectionFilter(viewer.first, viewer.last)
    with services.store.read() as connection:
        own = InspectionFilter(viewer.first, viewer.last, mine=True)
        mine = inspections.page(connection, viewer, own, None, LISTED).lines
        lines = inspections.page(connection, viewer, wanted, None, LISTED).lines
    return InspectionsPlace(tuple(mine), tuple(line for line in lines if not line.is_mine))


def drawn(
    services: Services, around: Surroundings, place: InspectionPlace | InspectionsPlace
) -> Component:
    """Return the page of a place."""
    if isinstance(place, InspectionPlace):
        return inspection_page(around, place.file, services.now())
    return inspections_page(around, place.mine, place.others)


class InspectionPages:
    """What the page of an inspection asks for."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def register(self, dash: Dash) -> None:
        """Add the callback."""
        dash.callback(
            Output(BODY, "children"),
            Output(PULSES, "children"),
            Output("stream", "slots"),
            Input(MOVES, "seen"),
            State("url", "pathname"),
            State("stream", "slots"),
            prevent_initial_call=True,
        )(self.follow)

    @needs(Right.LOOK, block=Block.CASES)
    def follow(self, seen: str | None, path: str | None, heard: Any) -> Any:
        """Return an inspection as it is now that something was done in it or in what it found.

        Where a finding lies elsewhere, the stream is opened anew for that place.
        """
        visitor = present()
        if visitor is None or not (path or "").startswith(PATH):
            return no_update, no_update, no_update
        viewer = visitor.viewer
        try:
            place = an_inspection(self._services, viewer, (path or "").removeprefix(PATH))
        except NotFound:
            return no_update, no_update, no_update
        words = self._services.words[viewer.language]
        catalogue = self._services.catalogue.shown_in(viewer.blocks)
        build = self._services.hub.build
        around = Surroundings(self._services.tree, catalogue, viewer, words, build)
        body = inspection_body(around, place.file, self._services.now())
        topics = inspection_topics(around, place.file)
        slots = {topic.id: [slot] for slot, topic in topics.items()}
        if slots == heard:
            return body, no_update, no_update
        return body, pulses(topics), slots
