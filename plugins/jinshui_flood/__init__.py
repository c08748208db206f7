"""Flood watch: water level sensors of a district, told on the wall, on the map and as cases."""

from collections.abc import Mapping, Sequence
from typing import Any

from commandcenter.api import Panel, RiskRule, Source, hookimpl

from .levels import levels_panel
from .rule import flood_rule
from .source import sensors_source
from .stations import stations_panel


@hookimpl
def register_sources(settings: Mapping[str, Any]) -> Sequence[Source]:
    """Give the sensors."""
    return [sensors_source(settings)]


@hookimpl
def register_panels() -> Sequence[Panel]:
    """Give the highest water with its map layer, and the list of all sensors."""
    return [levels_panel(), stations_panel()]


@hookimpl
def register_risk_rules() -> Sequence[RiskRule]:
    """Give the rule that colours a street by its highest water."""
    return [flood_rule()]
