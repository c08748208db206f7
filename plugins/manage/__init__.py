"""Manage (管): one network runs the city."""

from collections.abc import Sequence

from commandcenter.api import Panel, hookimpl

from .case_boards import most_overdue_panel, next_due_panel, supervised_panel
from .cross import cross_panel
from .directives import directives_panel, late_cells_panel, progress_panel
from .four_lists import four_lists_panel
from .levels import levels_panel
from .loop import loop_panel
from .units import units_panel
from .whistles import whistles_panel, whistles_short_panel


@hookimpl
def register_panels() -> Sequence[Panel]:
    """List the panels of the faces."""
    return [
        loop_panel(), levels_panel(), most_overdue_panel(), next_due_panel(), supervised_panel(),
        units_panel(), cross_panel(), four_lists_panel(), whistles_panel(), whistles_short_panel(),
        directives_panel(), progress_panel(), late_cells_panel(),
    ]  # fmt: skip
