"""A district's plugin with a panel, a rule and a setting."""

from collections.abc import Mapping, Sequence
from typing import Any

from commandcenter.api import Panel, RiskRule, hookimpl

from .panel import open_panel
from .rule import many_open


@hookimpl
def register_panels() -> Sequence[Panel]:
    return [open_panel()]


@hookimpl
def register_risk_rules(settings: Mapping[str, Any]) -> Sequence[RiskRule]:
    return [many_open(settings["limit"])]
