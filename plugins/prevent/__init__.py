"""Prevent (防): red, yellow, blue; what is risky, why, and who checks it when."""

from collections.abc import Sequence

from commandcenter.api import Panel, RiskRule, hookimpl

from .city_map import map_panel
from .colours import colours_panel
from .ranking import ranking_panel
from .reddened import reddened_panel
from .rules import RULES
from .trend import trend_panel
from .triggers import triggers_panel


@hookimpl
def register_panels() -> Sequence[Panel]:
    """List the panels of the face."""
    return [
        colours_panel(), trend_panel(), triggers_panel(), ranking_panel(), reddened_panel(),
        map_panel(),
    ]  # fmt: skip


@hookimpl
def register_risk_rules() -> Sequence[RiskRule]:
    """List the rules that colour every cell of the tree."""
    return RULES
