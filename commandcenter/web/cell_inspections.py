"""The last inspections of a cell, for the tab of its page that shows them."""

from commandcenter.cases import inspections
from commandcenter.cases.inspections import InspectionLine
from commandcenter.domain.viewers import Viewer
from commandcenter.screen.cell_tabs import FIELD, Look
from commandcenter.screen.inspection_bar import may_inspect
from commandcenter.web.services import Services

MOST = 8


def last(services: Services, viewer: Viewer, code: str, look: Look) -> list[InspectionLine]:
    """Return the last inspections that were in a cell; none where they are not shown."""
    if look.tab != FIELD or not may_inspect(viewer):
        return []
    with services.store.read() as connection:
        return inspections.last(connection, viewer, services.tree.position[code], MOST)
