"""Admission: each plugin is checked as a whole before anything it declares is used."""

import inspect
import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pluggy

from commandcenter.domain.matters import Matter
from commandcenter.domain.text import Text
from commandcenter.errors import PluginError
from commandcenter.host.contracts import NOUN, items_of, key_of
from commandcenter.host.guard import Guard, PluginFailed
from commandcenter.host.hookspecs import PROJECT, Hooks
from commandcenter.host.manifest import FILE, PREFIX, PROVIDES, Manifest
from commandcenter.host.plugin import Plugin, PluginState, Registered
from commandcenter.host.remote import panels_of

CODE = "__init__.py"
log = logging.getLogger(__name__)
Items = dict[str, dict[str, Registered[Any]]]
"""What is registered: by what it is (a hook's name without `register_`), then by its key."""


def new_manager() -> pluggy.PluginManager:
    """Return a plugin manager that knows the hooks and no plugin."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(Hooks)
    return manager


@dataclass
class Admission:
    """Takes plugins in one by one: all that a plugin declares, or nothing of it.

    A refused plugin of the core raises PluginError, any other is kept as a failed state.
    """

    guard: Guard
    city: str | None = None
    manager: pluggy.PluginManager = field(default_factory=new_manager)
    items: Items = field(default_factory=lambda: {name: {} for name in PROVIDES})
    states: list[PluginState] = field(default_factory=list)
    admitted: list[Plugin] = field(default_factory=list)
    manifests: dict[str, Manifest] = field(default_factory=dict)
    """Of all plugins that were found, those too that are refused."""
    taken: dict[str, Items] = field(default_factory=dict)
    """What each admitted plugin declared."""

    def readmit(self, plugin: Plugin, declared: Items) -> None:
        """Keep what a plugin declared that was admitted before, without asking it again."""
        self.manager.register(plugin.code, plugin.name)
        self._take(plugin, declared)

    def admit(self, plugin: Plugin) -> None:
        """Check a plugin and keep what it declares."""
        try:
            declared = self._with_remote(plugin, self.declared(plugin))
            self._check_clashes(plugin, declared)
        except PluginError as error:
            if self.manager.get_plugin(plugin.name) is plugin.code:
                self.manager.unregister(name=plugin.name)
            self.refuse(plugin, error)
            return
        self._take(plugin, declared)

    def _take(self, plugin: Plugin, declared: Items) -> None:
        for provided, found in declared.items():
            self.items[provided].update(found)
        self.taken[plugin.name] = declared
        self.admitted.append(plugin)
        self.states.append(state_of(plugin, "ok"))

    def refuse(self, plugin: Plugin, error: PluginError) -> None:
        """Keep a plugin as failed; raises `error` again when the plugin is of the core."""
        if plugin.manifest.core:
            raise error
        self.fail(state_of(plugin, "failed", self.guard.veiled(plugin.name, str(error))))

    def fail(self, state: PluginState) -> None:
        """Keep and log the state of a plugin that cannot be used."""
        log.warning("plugin %s is not used: %s", state.name, state.reason)
        self.states.append(state)

    def declared(self, plugin: Plugin) -> Items:
        """Return what a plugin declares, checked; raises PluginError that names file and line."""
        hooks = self._hooks(plugin)
        _check_provides(plugin, set(hooks))
        return {provided: self._call(plugin, provided, hooks[provided]) for provided in hooks}

    def _with_remote(self, plugin: Plugin, declared: Items) -> Items:
        """Add the remote panels of the manifest to what the code declares."""
        if not plugin.manifest.remote_panels:
            return declared
        try:
            panels = items_of("panels", panels_of(plugin.manifest.remote_panels))
        except PluginError as error:
            raise PluginError(f"{plugin.file(FILE)}: remote_panels: {error}") from error
        found = self._stamped(plugin, "panels", panels, FILE)
        for key in found.keys() & declared.get("panels", {}).keys():
            raise PluginError(f'{plugin.file(FILE)}: panel key "{key}" is also given by {CODE}')
        return {**declared, "panels": declared.get("panels", {}) | found}

    def _hooks(self, plugin: Plugin) -> Mapping[str, pluggy.HookImpl]:
        where = plugin.file(CODE)
        if self.manager.has_plugin(plugin.name):
            raise PluginError(f"{where}: a plugin {plugin.name} is already there; rename one")
        try:
            self.manager.register(plugin.code, plugin.name)
            self.manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise PluginError(f"{where}: {_explain(plugin, error)}") from error
        callers = self.manager.get_hookcallers(plugin.code) or []
        return {
            caller.name.removeprefix(PREFIX): impl
            for caller in callers
            for impl in caller.get_hookimpls()
            if impl.plugin is plugin.code
        }

    def _call(
        self, plugin: Plugin, provided: str, impl: pluggy.HookImpl
    ) -> dict[str, Registered[Any]]:
        what, where = PREFIX + provided, plugin.file(CODE)
        if impl.wrapper or impl.hookwrapper:
            raise PluginError(f"{where}: {what} is a wrapper: a plugin answers for itself alone")
        # Each plugin gets its own settings, hence no call of all plugins at once.
        arguments = [plugin.settings for name in impl.argnames if name == "settings"]
        try:
            answer = self.guard.call(plugin.name, what, impl.function, *arguments)
            items = items_of(provided, answer)
        except PluginFailed as failed:
            place = _line(failed, plugin)
            raise PluginError(f"{where}: {what} raised {failed.reason}{place}") from failed
        except PluginError as error:
            raise PluginError(f"{where}: {what}: {error}") from error
        return self._stamped(plugin, provided, items)

    def _stamped(
        self, plugin: Plugin, provided: str, items: list[Any], file: str = CODE
    ) -> dict[str, Registered[Any]]:
        found: dict[str, Registered[Any]] = {}
        for item in items:
            key = key_of(item)
            if key in found:
                raise PluginError(
                    f'{plugin.file(file)}: {NOUN[provided]} key "{key}" is given twice'
                )
            if provided == "panels" and not key.startswith(f"{plugin.name}."):
                raise PluginError(
                    f'{plugin.file(file)}: panel key "{key}" must start with "{plugin.name}."'
                )
            found[key] = Registered(item, plugin.name, plugin.manifest.districts)
        self._check_depths(plugin, found)
        return found

    def _check_depths(self, plugin: Plugin, found: Mapping[str, Registered[Any]]) -> None:
        """Check matters against the levels; plugins with a city are admitted first."""
        cities = [c.item for c in self.items["city"].values() if self.city in (None, c.item.key)]
        for key, registered in found.items():
            matter = registered.item
            if not cities or not isinstance(matter, Matter):
                continue
            forbidden = [("forbidden", depth) for depth in matter.forbidden]
            for name, depth in [("depth", matter.depth), *forbidden]:
                if not 0 <= depth < len(cities[0].levels):
                    raise PluginError(
                        f'{plugin.file(CODE)}: matter "{key}": {name} = {depth}, '
                        f"the city has levels 0 to {len(cities[0].levels) - 1}"
                    )

    def _check_clashes(self, plugin: Plugin, declared: Items) -> None:
        for provided, found in declared.items():
            for key in found:
                other = self.items[provided].get(key)
                if other is not None:
                    raise PluginError(
                        f'{plugin.file(CODE)}: {NOUN[provided]} key "{key}" is already given by '
                        f"plugin {other.plugin}; choose another key"
                    )


def state_of(plugin: Plugin, state: Any, reason: str = "") -> PluginState:
    """Return the state of a plugin whose manifest can be read."""
    m = plugin.manifest
    return PluginState(
        m.name, m.version, m.title, m.owner, state, reason, m.core, plugin.warnings, m.districts,
        m.provides,
    )


def unknown_state(name: str, reason: str) -> PluginState:
    """Return the failed state of a plugin whose manifest cannot be read."""
    return PluginState(name, "", Text(name), "", "failed", reason)


def _check_provides(plugin: Plugin, implemented: set[str]) -> None:
    where, promised = plugin.file("plugin.toml"), set(plugin.manifest.provides)
    for missing in sorted(promised - implemented):
        raise PluginError(
            f'{where}: provides = "{missing}", but {CODE} has no @hookimpl {PREFIX}{missing}'
        )
    for extra in sorted(implemented - promised):
        raise PluginError(f'{where}: provides lacks "{extra}", which {CODE} implements')


def _explain(plugin: Plugin, error: pluggy.PluginValidationError) -> str:
    """Say in one line what pluggy says in several."""
    for name, spec in inspect.getmembers(Hooks, inspect.isfunction):
        function = getattr(plugin.code, name, None)
        if function is not None and f"hook '{name}'" in str(error):
            allowed = ", ".join(list(inspect.signature(spec).parameters)[1:]) or "no arguments"
            return f"{name}{inspect.signature(function)} does not fit: it may take {allowed}"
    unknown = str(error).partition("unknown hook '")[2].partition("'")[0]
    known = ", ".join(PREFIX + provided for provided in PROVIDES)
    return f"{unknown} is no hook; there are {known}" if unknown else str(error).splitlines()[0]


def _line(error: PluginFailed, plugin: Plugin) -> str:
    """Return the file and line of the plugin in which an error came up, if it is known."""
    frames = traceback.extract_tb(error.__cause__.__traceback__) if error.__cause__ else []
    inside = [f for f in frames if plugin.folder and Path(f.filename).is_relative_to(plugin.folder)]
    return f" ({Path(inside[-1].filename).name}:{inside[-1].lineno})" if inside else ""
