"""The panels of a cell's page, for tablets and phones."""

from collections.abc import Sequence

from commandcenter.api import Panel, hookimpl

from .cases import due_panel, newest_panel, overdue_panel, supervised_panel
from .chiefs import chiefs_panel
from .children import children_panel
from .city_map import map_panel
from .coordination import coordination_panels
from .counts import counts_panel
from .devices import devices_panel
from .moves import moves_panel
from .record import month_panel, record_panel
from .reds import reds_panel
from .siblings import siblings_panel
from .standing import standing_panel
from .team import team_panel
from .units import unit_records_panel, units_panel


@hookimpl
def register_panels() -> Sequence[Panel]:
    """List the panels of the page."""
    return [
        counts_panel(), map_panel(), children_panel(), newest_panel(), overdue_panel(), due_panel(),
        supervised_panel(), reds_panel(), chiefs_panel(), team_panel(), standing_panel(),
        moves_panel(), *coordination_panels(), record_panel(), month_panel(), siblings_panel(),
        units_panel(), unit_records_panel(), devices_panel(),
    ]  # fmt: skip
