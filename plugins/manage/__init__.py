"""Manage (管): one network runs the city."""

from collections.abc import Sequence

from commandcenter.api import Panel, hookimpl

from .levels import levels_panel
from .loop import loop_panel
from .most_overdue import most_overdue_panel
from .units import units_panel


@hookimpl
def register_panels() -> Sequence[Panel]:
    """List the panels of the face."""
    return [loop_panel(), levels_panel(), most_overdue_panel(), units_panel()]
