"""Market supervision: complaints about shops, who looks into them, and which rule sends them."""

from collections.abc import Mapping, Sequence
from typing import Any

from commandcenter.api import ClassificationRule, Panel, RoutingRule, Source, hookimpl

from .kinds import kinds_panel
from .listing import listing_panel
from .routing import RULES, SIGNS
from .source import complaints_source
from .week import week_panel


@hookimpl
def register_sources(settings: Mapping[str, Any]) -> Sequence[Source]:
    """Give the list of complaints."""
    return [complaints_source(settings)]


@hookimpl
def register_panels() -> Sequence[Panel]:
    """Give the list, what the complaints are about, and how the week went."""
    return [kinds_panel(), listing_panel(), week_panel()]


@hookimpl
def register_routing_rules() -> Sequence[RoutingRule]:
    """Give the rules by which complaints find their unit."""
    return RULES


@hookimpl
def register_classification_rules() -> Sequence[ClassificationRule]:
    """Give the rules by which reports are known as complaints."""
    return SIGNS
