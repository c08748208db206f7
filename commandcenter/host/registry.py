"""The registry: what all plugins of one city declared, found and checked when a worker starts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol, TypeVar

import pluggy

from commandcenter.domain.cells import Tree
from commandcenter.domain.classification import ClassificationRule, Sign
from commandcenter.domain.indices import Index
from commandcenter.domain.matters import Channel, Matter, Unit
from commandcenter.domain.routing import Routes, RoutingRule
from commandcenter.errors import PluginError
from commandcenter.host import routing
from commandcenter.host.admission import Admission, Items, state_of, unknown_state
from commandcenter.host.city import City
from commandcenter.host.deprecations import DEPRECATIONS, Deprecation
from commandcenter.host.discovery import (
    Candidate,
    discover,
    has_code,
    import_code,
    manifest_of,
    prepare,
)
from commandcenter.host.entrance import DISABLED, Entrance
from commandcenter.host.guard import Guard
from commandcenter.host.manifest import Manifest
from commandcenter.host.operators import NOTHING, Decisions
from commandcenter.host.panel import Panel, RiskRule
from commandcenter.host.plugin import EVERYWHERE, Plugin, PluginState, Registered
from commandcenter.host.source import Source
from commandcenter.host.veil import Veil
from commandcenter.settings import Settings

__all__ = ["Isolation", "Means", "PluginState", "Registered", "Registry", "load", "reread"]
ItemT = TypeVar("ItemT")


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
    routing: list[Registered[RoutingRule]]
    classification: list[Registered[ClassificationRule]]
    plugins: list[Plugin]
    states: list[PluginState]
    guard: Guard
    manager: pluggy.PluginManager
    manifests: Mapping[str, Manifest] = field(default_factory=dict)
    """Of all plugins that were found, those too that are not in use."""
    declared: Mapping[str, Items] = field(default_factory=dict)
    """What each plugin in use declared."""

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
            routing=list(items["routing_rules"].values()),
            classification=list(items["classification_rules"].values()),
            plugins=admission.admitted,
            states=sorted(admission.states, key=lambda state: state.name),
            guard=admission.guard,
            manager=admission.manager,
            manifests=admission.manifests,
            declared=admission.taken,
        )

    def placed_in(self, tree: Tree, units: Sequence[Unit] = ()) -> "Registry":
        """Return the registry without the plugins that name what the city does not have.

        That is a district, or in a rule a unit, matter, channel or cell. They are kept as
        failed states; raises PluginError when one of them is of the core.
        """
        found = ((plugin.name, _misplaced(plugin, tree)) for plugin in self.plugins)
        faults = self._misrouted(tree, units) | {name: fault for name, fault in found if fault}
        for plugin in self.plugins:
            if plugin.name in faults and plugin.manifest.core:
                raise PluginError(faults[plugin.name])
        return replace(
            self,
            plugins=[p for p in self.plugins if p.name not in faults],
            sources=_kept(self.sources, faults),
            channels={k: r for k, r in self.channels.items() if r.plugin not in faults},
            matters={k: r for k, r in self.matters.items() if r.plugin not in faults},
            panels={k: r for k, r in self.panels.items() if r.plugin not in faults},
            rules=_kept(self.rules, faults),
            indices=_kept(self.indices, faults),
            routing=_kept(self.routing, faults),
            classification=_kept(self.classification, faults),
            states=[
                replace(state, state="failed", reason=faults[state.name])
                if state.state == "ok" and state.name in faults
                else state
                for state in self.states
            ],
        )

    def routes(self, tree: Tree) -> Routes:
        """Return the routing rules in the order in which they are asked."""
        return routing.routes(map(routing.placed, self.routing), tree)

    def signs(self, tree: Tree) -> tuple[Sign, ...]:
        """Return what reports are classified by, in the order in which they are asked."""
        return routing.signs(map(routing.placed_sign, self.classification), tree)

    def _misrouted(self, tree: Tree, units: Sequence[Unit]) -> dict[str, str]:
        """Return what is wrong with the first wrong rule of each plugin."""
        matters = {key: found.item for key, found in self.matters.items()}
        channels = {key: found.item for key, found in self.channels.items()}
        known = routing.Known(tree, units, matters, channels)
        files = {plugin.name: plugin.file("__init__.py") for plugin in self.plugins}
        wrong = routing.first_faults(self.routing, self.classification, known)
        return {name: f"{files[name]}: {fault}" for name, fault in wrong.items()}


class Isolation(Protocol):
    """Where the code of plugins runs that are not trusted."""

    def trusts(self, manifest: Manifest) -> bool:
        """Tell whether a plugin's code may run in this process."""

    def describe(self, plugin: Plugin, candidate: Candidate) -> Callable[[], Plugin]:
        """Begin to ask a plugin what it declares; the answer waits, and raises PluginError."""


@dataclass(frozen=True)
class Means:
    """With what plugins are found and loaded."""

    settings: Settings
    decisions: Decisions = NOTHING
    isolation: Isolation | None = None
    deprecated: Sequence[Deprecation] = DEPRECATIONS


def load(
    settings: Settings,
    city: str,
    decisions: Decisions = NOTHING,
    deprecated: Sequence[Deprecation] = DEPRECATIONS,
    isolation: Isolation | None = None,
) -> Registry:
    """Find, check and register the plugins for `city`; runs their code, so only in a worker.

    `decisions` are what operators have set. Without an `isolation` all plugins are trusted. Raises
    PluginError when a plugin of the core is refused or no plugin gives the city.
    """
    admission = Admission(Guard(), city)
    entrance = Entrance.of(settings, decisions, deprecated)
    prepared = (_prepare(found, admission, entrance) for found in discover(settings.plugins))
    ready = sorted((pair for pair in prepared if pair), key=lambda pair: _rank(pair[0]))
    wanted = [pair for pair in ready if _is_for(pair[0], city, admission)]
    # All isolated ones are asked at once, and load while the others are imported here.
    loads = [_loading(plugin, candidate, isolation) for plugin, candidate in wanted]
    for (plugin, _), loaded in zip(wanted, loads, strict=True):
        try:
            ready_plugin = loaded()
        except PluginError as error:
            admission.refuse(plugin, error)
            continue
        admission.admit(ready_plugin)
    return Registry.from_admission(admission)


def reread(registry: Registry, name: str, means: Means) -> Registry:
    """Return the registry with one plugin as it is now: its code, its settings, its switch.

    All others are taken over as they were. Raises PluginError when the plugin is of the core and
    cannot be used, or where the block list cannot be read.
    """
    admission = Admission(registry.guard, registry.city.key)
    admission.manifests.update({n: m for n, m in registry.manifests.items() if n != name})
    admission.states += [s for s in registry.states if s.name != name and s.state != "ok"]
    fresh = _read_anew(name, registry.city.key, admission, means)
    kept = [plugin for plugin in registry.plugins if plugin.name != name]
    for plugin in sorted([*kept, *fresh], key=_rank):
        if plugin.name == name:
            admission.admit(plugin)
        else:
            admission.readmit(plugin, registry.declared[plugin.name])
    return Registry.from_admission(admission)


def _read_anew(name: str, city: str, admission: Admission, means: Means) -> list[Plugin]:
    entrance = Entrance.of(means.settings, means.decisions, means.deprecated)
    for candidate in discover(means.settings.plugins):
        found = _prepare(candidate, admission, entrance) if candidate.name == name else None
        if found is None or not _is_for(found[0], city, admission):
            continue
        try:
            return [_loading(*found, means.isolation)()]
        except PluginError as error:
            admission.refuse(found[0], error)
    return []


def _is_for(plugin: Plugin, city: str, admission: Admission) -> bool:
    if plugin.manifest.city in (None, city):
        return True
    admission.states.append(state_of(plugin, "skipped", f"for the city {plugin.manifest.city}"))
    return False


def _loading(
    plugin: Plugin, candidate: Candidate, isolation: Isolation | None
) -> Callable[[], Plugin]:
    """Return what gives the plugin with its hooks: from its own process, or imported here."""
    if isolation is None or isolation.trusts(plugin.manifest) or not has_code(plugin, candidate):
        return partial(import_code, plugin, candidate)
    return isolation.describe(plugin, candidate)


def _prepare(
    candidate: Candidate, admission: Admission, entrance: Entrance
) -> tuple[Plugin, Candidate] | None:
    bare = None
    try:
        manifest = manifest_of(candidate)
        bare = Plugin(manifest, None, candidate.folder)
        admission.manifests[manifest.name] = manifest
        if entrance.is_disabled(manifest):
            admission.states.append(state_of(bare, "disabled", DISABLED))
            return None
        entrance.check(candidate, manifest)
        plugin = prepare(candidate, manifest, entrance.decisions)
        admission.guard.veils[plugin.name] = Veil.of(plugin)
        return replace(plugin, warnings=entrance.warnings(candidate)), candidate
    except PluginError as error:
        if candidate.claims_core:
            raise
        refused = state_of(bare, "failed", str(error)) if bare else None
        admission.fail(refused or unknown_state(candidate.name, str(error)))
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


def _misplaced(plugin: Plugin, tree: Tree) -> str:
    """Return what is wrong with a plugin's districts, nothing if all is well."""
    for code in plugin.manifest.districts:
        if code != EVERYWHERE and (code not in tree or tree[code].depth != 1):
            return (
                f'{plugin.file("plugin.toml")}: districts = "{code}" is no cell of the level '
                "under the city"
            )
    return ""


def _kept(
    items: list[Registered[ItemT]], faults: Mapping[str, str]
) -> list[Registered[ItemT]]:
    return [registered for registered in items if registered.plugin not in faults]
