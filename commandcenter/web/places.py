"""What a viewer's address leads to: a wall, a cell, a case, with the topics of its stream."""

from collections.abc import Mapping
from dataclasses import dataclass

from commandcenter.cases import queries
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import NotFound
from commandcenter.screen.case_page import CaseFile
from commandcenter.screen.desk_queues import AT_HOME, DESK_ROLES
from commandcenter.screen.layouts import Layout
from commandcenter.screen.tablet import Surroundings
from commandcenter.web.cases import case_number
from commandcenter.web.services import Services
from commandcenter.web.viewers import Visitor, narrowed


@dataclass(frozen=True, slots=True)
class WallPlace:
    """A wall that shows the cell `scope`."""

    layout: Layout
    scope: str


@dataclass(frozen=True, slots=True)
class CellPlace:
    """The page of a cell."""

    code: str


@dataclass(frozen=True, slots=True)
class CasePlace:
    """The page of a case."""

    file: CaseFile


@dataclass(frozen=True, slots=True)
class DeskPlace:
    """The desk of who has one."""


Place = WallPlace | CellPlace | CasePlace | DeskPlace


def a_wall(services: Services, viewer: Viewer, key: str, code: str | None) -> WallPlace:
    """Return a wall; raises NotFound for no such layout, or a cell the viewer does not see.

    A layout of the city shows as much of it as the viewer sees.
    """
    layout = services.layouts.get(key)
    if layout is None:
        raise NotFound(f"no layout {key}")
    wanted = code if layout.scope == "cell" else None
    narrowed(services, viewer, wanted)
    scope = wanted or viewer.scope
    return WallPlace(layout.filled(services.catalogue, services.tree, scope), scope)


def a_cell(services: Services, viewer: Viewer, code: str) -> CellPlace:
    """Return the page of a cell; raises NotFound."""
    narrowed(services, viewer, code)
    return CellPlace(code)


def a_case(services: Services, viewer: Viewer, number: str) -> CasePlace:
    """Return the page of a case; raises NotFound."""
    with services.store.read() as connection:
        case = queries.case(connection, viewer, case_number(number))
        return CasePlace(CaseFile(case, queries.steps(connection, viewer, case.line.id)))


def a_desk(viewer: Viewer) -> DeskPlace:
    """Return the desk; raises NotFound for who has none."""
    if viewer.role not in DESK_ROLES:
        raise NotFound("no desk")
    return DeskPlace()


def find(services: Services, viewer: Viewer, path: str, query: Mapping[str, str]) -> Place:
    """Return the place of a page's address; raises NotFound."""
    match [part for part in path.split("/") if part]:
        case ["wall", key]:
            return a_wall(services, viewer, key, query.get("cell"))
        case ["cell", code]:
            return a_cell(services, viewer, code)
        case ["case", number]:
            return a_case(services, viewer, number)
        case ["desk"]:
            return a_desk(viewer)
    raise NotFound(f"no page {path}")


def surroundings(services: Services, viewer: Viewer) -> Surroundings:
    """Return what the pages for tablets are made from."""
    build = services.hub.build  # first: see Services
    words = services.words[viewer.language]
    return Surroundings(services.tree, services.catalogue, viewer, words, build)


def home(services: Services, visitor: Visitor) -> str:
    """Return where a visitor begins: the desk, the wall's own layout, or the cell in charge."""
    viewer = visitor.viewer
    if viewer.role in AT_HOME:
        return "/desk"
    if viewer.kind != "wall":
        return f"/cell/{viewer.scope}"
    layout = visitor.layout if visitor.layout in services.layouts else None
    return f"/wall/{layout or next(iter(services.layouts), '')}"
