"""Evaluate (评): who does well, by formulas that are data."""

from collections.abc import Sequence

from commandcenter.api import Index, Panel, hookimpl

from .extremes import extremes_panel
from .formulas import formulas_panel
from .indices import INDICES
from .league import league_panel
from .scope import scope_panel
from .units import units_panel


@hookimpl
def register_panels() -> Sequence[Panel]:
    """List the panels of the face."""
    return [league_panel(), scope_panel(), units_panel(), extremes_panel(), formulas_panel()]


@hookimpl
def register_indices() -> Sequence[Index]:
    """List the indices by which cells are evaluated."""
    return INDICES
