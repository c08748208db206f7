"""Epidemic command: what isolation sites have left, and how long people wait for a test."""

from collections.abc import Mapping, Sequence
from typing import Any

from commandcenter.api import Panel, Source, hookimpl

from .overview import overview_panel
from .queues import queues_panel
from .sites import sites_panel
from .source import sites_source


@hookimpl
def register_sources(settings: Mapping[str, Any]) -> Sequence[Source]:
    """Give the sites."""
    return [sites_source(settings)]


@hookimpl
def register_panels() -> Sequence[Panel]:
    """Give the state of all sites with a map layer, the queues, and the list."""
    return [overview_panel(), queues_panel(), sites_panel()]
