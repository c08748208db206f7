"""What the desk is told while it is open: how long its queues are, and that something moved."""

from collections.abc import Sequence

from commandcenter.api import Panel, hookimpl

from .moves import moves_panel
from .queues import queues_panel


@hookimpl
def register_panels() -> Sequence[Panel]:
    """List the panels of the desk."""
    return [queues_panel(), moves_panel()]
