"""The panels of a cell's page, for tablets and phones."""

from collections.abc import Sequence

from commandcenter.api import Panel, hookimpl

from .cases import newest_panel, overdue_panel
from .chiefs import chiefs_panel
from .children import children_panel
from .city_map import map_panel
from .coordination import coordination_panels
from .counts import counts_panel
from .moves import moves_panel
from .standing import standing_panel


@hookimpl
def register_panels() -> Sequence[Panel]:
    """List the panels of the page."""
    return [
        counts_panel(), map_panel(), children_panel(), newest_panel(), overdue_panel(),
        chiefs_panel(), standing_panel(), moves_panel(), *coordination_panels(),
    ]  # fmt: skip
