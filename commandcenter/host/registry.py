"""The registry: what all plugins of one city declared, found and checked when a worker starts."""

from collections.abc import Sequence
from dataclasses import dataclass

import pluggy

from commandcenter.domain.indices import Index
from commandcenter.domain.matters import Channel, Matter
from commandcenter.errors import PluginError
from commandcenter.host.admission import Admission, state_of, unknown_state
from commandcenter.host.city import City
from commandcenter.host.discovery import Candidate, discover, import_code, prepare
from commandcenter.host.guard import Guard
from commandcenter.host.panel import Panel, RiskRule
from commandcenter.host.plugin import Plugin, PluginState, Registered
from commandcenter.host.source import Source
from commandcenter.settings import Settings

__all__ = ["PluginState", "Registered", "Registry", "load"]


@dataclass(frozen=True)
class Registry:
    """Everything that is registered for one city, in one process.

    `guard` must be used for every call of plugin code; it keeps the counts of the plugins.
    """

    city: City
    sources: list[Registered[Source]]
    channels: dict[str, Registered[Channel]]
    matters: dict[str, Registered[Matter]]
    panels: dict[str, Registered[Panel]]
    rules: list[Registered[RiskRule]]
    indices: list[Registered[Index]]
    states: list[PluginState]
    guard: Guard
    manager: pluggy.PluginManager

    @classmethod
    def of(cls, plugins: Sequence[Plugin], city: str | None = None) -> "Registry":
        """Register ready plugins; `city` may be left out when they give one city only.

        Raises PluginError when a plugin of the core is refused or the city is not given.
        """
        admission = Admission(Guard(), city)
        for plugin in sorted(plugins, key=_rank):
            admission.admit(plugin)
        return cls.from_admission(admission)

    @classmethod
    def from_admission(cls, admission: Admission) -> "Registry":
        """Close the admission; raises PluginError when nothing gave the city."""
        items = admission.items
        return cls(
            city=_city(admission),
            sources=list(items["sources"].values()),
            channels=items["channels"],
            matters=items["matters"],
            panels=items["panels"],
            rules=list(items["risk_rules"].values()),
            indices=list(items["indices"].values()),
            states=sorted(admission.states, key=lambda state: state.name),
            guard=admission.guard,
            manager=admission.manager,
        )


def load(settings: Settings, city: str) -> Registry:
    """Find, check and register the plugins for `city`; runs their code, so only in a worker.

    Raises PluginError when a plugin of the core is refused or no plugin gives the city.
    """
    admission = Admission(Guard(), city)
    prepared = (_prepare(found, admission) for found in discover(settings.plugins))
    ready = [pair for pair in prepared if pair]
    for plugin, candidate in sorted(ready, key=lambda pair: _rank(pair[0])):
        if plugin.manifest.city not in (None, city):
            admission.states.append(
                state_of(plugin, "skipped", f"for the city {plugin.manifest.city}")
            )
            continue
        try:
            loaded = import_code(plugin, candidate)
        except PluginError as error:
            admission.refuse(plugin, error)
            continue
        admission.admit(loaded)
    return Registry.from_admission(admission)


def _prepare(candidate: Candidate, admission: Admission) -> tuple[Plugin, Candidate] | None:
    try:
        return prepare(candidate), candidate
    except PluginError as error:
        if candidate.claims_core:
            raise
        admission.fail(unknown_state(candidate.name, str(error)))
        return None


def _rank(plugin: Plugin) -> tuple[bool, bool, str]:
    """Order plugins: the city first, then the core, so that no district can take their keys."""
    return "city" not in plugin.manifest.provides, not plugin.manifest.core, plugin.name


def _city(admission: Admission) -> City:
    cities = {key: found.item for key, found in admission.items["city"].items()}
    wanted = admission.city or (next(iter(cities)) if len(cities) == 1 else None)
    if wanted in cities:
        city: City = cities[wanted]
        return city
    failed = [s.reason for s in admission.states if s.state == "failed"]
    raise PluginError(
        f"no plugin gives the city {wanted or '(none named)'}; there are "
        f"{', '.join(sorted(cities)) or 'none'}" + "".join(f"; refused: {r}" for r in failed)
    )
