"""The sheet of a directive's progress at the desk, which goes on with what cells say meanwhile."""

from typing import Any

from dash import Dash, Input, Output, State, no_update
from dash.development.base_component import Component

from commandcenter.cases import directive_queries
from commandcenter.cases.directive_queries import Directive
from commandcenter.domain.rights import Block, Right
from commandcenter.errors import NotFound
from commandcenter.screen import desk_order_form as form
from commandcenter.screen.desk_progress import MOST_LATE, progress_sheet
from commandcenter.screen.tablet import Surroundings
from commandcenter.store.store import Connection
from commandcenter.web import places
from commandcenter.web.desk_begun import Begun
from commandcenter.web.permission import needs
from commandcenter.web.places import desk_viewer
from commandcenter.web.services import Services


class Sheets:
    """Draws the open sheet anew when the desk hears that something moved."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def register(self, dash: Dash) -> None:
        """Make the callback known."""
        dash.callback(
            Output("desk-o-detail", "children", allow_duplicate=True),
            Input("desk", "seen"), State("desk-orders", "begun"), prevent_initial_call=True,
        )(self.again)  # fmt: skip

    @needs(Right.DESK, block=Block.CASES)
    def again(self, _: object, given: object) -> Any:
        """Return the sheet as it is now; nothing new where another form or none is open."""
        viewer, begun = desk_viewer(), Begun.of(given)
        if begun is None or begun.kind != form.PROGRESS or not begun.directive:
            return no_update
        around, now = places.surroundings(self._services, viewer), self._services.now()
        try:
            with self._services.store.read() as connection:
                known = directive_queries.directive(connection, viewer, begun.directive, now)
                return sheet_of(self._services, around, connection, known)
        except NotFound:
            return [around.words("这里没有内容")]


def sheet_of(
    services: Services, around: Surroundings, connection: Connection, known: Directive
) -> list[Component]:
    """Return how far a directive is in the viewer's scope."""
    viewer, number, now = around.viewer, known.line.id, services.now()
    far = directive_queries.progress(connection, viewer, services.tree, number, viewer.first)
    late = directive_queries.late_cells(connection, viewer, number, None, MOST_LATE, now)
    return progress_sheet(around, known, far, late)
