"""The hooks that plugins may implement; each is described in plugins/README.md.

An implementation takes the arguments it needs: `settings` are the plugin's own, as its manifest
types them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pluggy

from commandcenter.domain.classification import ClassificationRule
from commandcenter.domain.indices import Index
from commandcenter.domain.matters import Channel, Matter
from commandcenter.domain.routing import RoutingRule
from commandcenter.host.city import City
from commandcenter.host.panel import Panel, RiskRule
from commandcenter.host.source import Source

PROJECT = "commandcenter"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Hooks:
    """All hooks; each is called once when a worker starts, in the worker's process."""

    @hookspec
    def register_city(self, settings: Mapping[str, Any]) -> City:  # type: ignore[empty-body]
        """Describe a city. An error stops the start when it is the city that was asked for."""

    @hookspec
    def register_sources(self, settings: Mapping[str, Any]) -> Sequence[Source]:  # type: ignore[empty-body]
        """List the sources of reports; keys are unique in the server."""

    @hookspec
    def register_channels(self, settings: Mapping[str, Any]) -> Sequence[Channel]:  # type: ignore[empty-body]
        """List the channels through which reports come."""

    @hookspec
    def register_matters(self, settings: Mapping[str, Any]) -> Sequence[Matter]:  # type: ignore[empty-body]
        """List entries of the catalogue of matters."""

    @hookspec
    def register_classification_rules(  # type: ignore[empty-body]
        self, settings: Mapping[str, Any]
    ) -> Sequence[ClassificationRule]:
        """List the rules that say which matter a report of the plugin's districts is about."""

    @hookspec
    def register_panels(self, settings: Mapping[str, Any]) -> Sequence[Panel]:  # type: ignore[empty-body]
        """List the panels that layouts may show; keys are unique in the server."""

    @hookspec
    def register_risk_rules(self, settings: Mapping[str, Any]) -> Sequence[RiskRule]:  # type: ignore[empty-body]
        """List the rules that colour the cells of the plugin's districts."""

    @hookspec
    def register_indices(self, settings: Mapping[str, Any]) -> Sequence[Index]:  # type: ignore[empty-body]
        """List the indices by which cells are evaluated."""

    @hookspec
    def register_routing_rules(self, settings: Mapping[str, Any]) -> Sequence[RoutingRule]:  # type: ignore[empty-body]
        """List the rules that say which unit handles a case of the plugin's districts."""
