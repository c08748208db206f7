"""What a viewer's address leads to: a wall, a cell, a case, with the topics of its stream."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from commandcenter.cases import field_file
from commandcenter.cases.field_file import CaseFile
from commandcenter.domain.rights import Block, Right
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import NotFound
from commandcenter.screen.cell_tabs import Look
from commandcenter.screen.desk_queues import AT_HOME
from commandcenter.screen.layouts import Layout
from commandcenter.screen.tablet import Surroundings
from commandcenter.web.cases import case_number
from commandcenter.web.inspection_pages import (
    InspectionPlace,
    InspectionsPlace,
    an_inspection,
    the_inspections,
)
from commandcenter.web.services import Services
from commandcenter.web.viewers import Visitor, narrowed, present


@dataclass(frozen=True, slots=True)
class WallPlace:
    """A wall that shows the cell `scope`."""

    layout: Layout
    scope: str


@dataclass(frozen=True, slots=True)
class CellPlace:
    """The page of a cell, and which of its tabs."""

    code: str
    look: Look = field(default_factory=Look)


@dataclass(frozen=True, slots=True)
class CasePlace:
    """The page of a case."""

    file: CaseFile


@dataclass(frozen=True, slots=True)
class DeskPlace:
    """The desk of who has one."""


@dataclass(frozen=True, slots=True)
class SearchPlace:
    """The page of a search, and what is looked for."""

    asked: str


Shown = WallPlace | CellPlace | CasePlace | SearchPlace | InspectionPlace | InspectionsPlace
Place = Shown | DeskPlace
NO_QUERY: Mapping[str, str] = MappingProxyType({})
LONGEST_ASKED = 100


def a_wall(services: Services, viewer: Viewer, key: str, code: str | None) -> WallPlace:
    """Return a wall; raises NotFound for no such layout, or a cell the viewer does not see.

    A layout of the city shows as much of it as the viewer sees, and no more than a cell that is
    asked for, as what another wall showed is.
    """
    layout = services.layouts.get(key)
    if layout is None:
        raise NotFound(f"no layout {key}")
    narrowed(services, viewer, code)
    scope = code or viewer.scope
    catalogue = services.catalogue
    filled = layout.filled(catalogue.shown_in(viewer.blocks), services.tree, scope)
    return WallPlace(filled.within(viewer.blocks, catalogue), scope)


def a_cell(
    services: Services, viewer: Viewer, code: str, query: Mapping[str, str] = NO_QUERY
) -> CellPlace:
    """Return the page of a cell; raises NotFound."""
    narrowed(services, viewer, code)
    return CellPlace(code, Look.of(query))


def a_search(viewer: Viewer, query: Mapping[str, str]) -> SearchPlace:
    """Return the page of a search; raises NotFound for who has none."""
    if not viewer.may(Right.SEARCH):
        raise NotFound("no search")
    return SearchPlace(query.get("q", "").strip()[:LONGEST_ASKED])


def a_case(services: Services, viewer: Viewer, number: str) -> CasePlace:
    """Return the page of a case; raises NotFound."""
    if Block.CASES not in viewer.blocks:
        raise NotFound("no cases")
    with services.store.read() as connection:
        return CasePlace(field_file.read(connection, viewer, case_number(number)))


def a_desk(viewer: Viewer) -> DeskPlace:
    """Return the desk; raises NotFound for who has none."""
    if not viewer.has_desk:
        raise NotFound("no desk")
    return DeskPlace()


def desk_viewer() -> Viewer:
    """Return who sits at the desk; raises NotFound for who has none."""
    visitor = present()
    if visitor is None:
        raise NotFound("no desk")
    a_desk(visitor.viewer)
    return visitor.viewer


def find(services: Services, viewer: Viewer, path: str, query: Mapping[str, str]) -> Place:
    """Return the place of a page's address; raises NotFound."""
    match [part for part in path.split("/") if part]:
        case ["wall", key]:
            return a_wall(services, viewer, key, query.get("cell"))
        case ["cell", code]:
            return a_cell(services, viewer, code, query)
        case ["case", number]:
            return a_case(services, viewer, number)
        case ["desk"]:
            return a_desk(viewer)
        case ["search"]:
            return a_search(viewer, query)
        case ["inspection", named]:
            return an_inspection(services, viewer, named)
        case ["inspections"]:
            return the_inspections(services, viewer)
    raise NotFound(f"no page {path}")


def surroundings(services: Services, viewer: Viewer) -> Surroundings:
    """Return what the pages for tablets are made from."""
    build = services.hub.build  # first: see Services
    words = services.words[viewer.language]
    catalogue = services.catalogue.shown_in(viewer.blocks)
    return Surroundings(services.tree, catalogue, viewer, words, build)


def home(services: Services, visitor: Visitor) -> str:
    """Return where a visitor begins: the desk, the wall's own layout, or the cell in charge."""
    viewer = visitor.viewer
    if viewer.role in AT_HOME and viewer.has_desk:
        return "/desk"
    if viewer.kind != "wall":
        return f"/cell/{viewer.scope}"
    layout = visitor.layout if visitor.layout in services.layouts else None
    return f"/wall/{layout or next(iter(services.layouts), '')}"
