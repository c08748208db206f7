"""The sandbox: which plugins are isolated, what they declare, and processes of theirs."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from threading import Lock
from typing import Any

from commandcenter.errors import PluginError
from commandcenter.host.discovery import OPTIONS, Candidate
from commandcenter.host.manifest import Manifest
from commandcenter.host.plugin import Plugin
from commandcenter.sandbox.bounds import Bounds, bounds_of
from commandcenter.sandbox.declared import Elsewhere, hooks
from commandcenter.sandbox.nursery import Nursery
from commandcenter.sandbox.placed import PLACES
from commandcenter.sandbox.process import Fault, Process
from commandcenter.sandbox.remembered import Remembered, digest_of
from commandcenter.sandbox.spec import DESCRIBE, Spec
from commandcenter.settings import Settings

__all__ = ["Elsewhere", "Fault", "Process", "Sandbox"]
AT_ONCE = 8
"""Processes that are started at the same time: some that hang must not hold up the others."""
LONGEST_REFUSAL = 500


class Sandbox:
    """Starts processes of isolated plugins; safe to use from several threads.

    Plugins of the core and those named in the setting `trusted_plugins` are not isolated.
    """

    def __init__(self, settings: Settings, nursery: Nursery | None = None) -> None:
        self._settings = settings
        self._trusted = {name.strip() for name in settings.trusted_plugins.split(",")}
        self._nursery = nursery or Nursery()
        self._lock = Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._known: dict[str, tuple[Plugin, Candidate, Bounds]] = {}
        self._remembered = Remembered(settings.cache_folder / "plugins")

    def trusts(self, manifest: Manifest) -> bool:
        """Tell whether a plugin's code may run in the processes of the server."""
        return manifest.core or manifest.name in self._trusted

    def holds(self, plugin: str) -> bool:
        """Tell whether a plugin of this name is isolated here."""
        return plugin in self._known

    def bounds(self, plugin: str) -> Bounds:
        """Return what a plugin that was described may take."""
        return self._known[plugin][2]

    def describe(self, plugin: Plugin, candidate: Candidate) -> Callable[[], Plugin]:
        """Begin to ask a plugin what it declares; the answer gives it with hooks that say the same.

        The answer waits, and raises PluginError that names file and line where there is one.
        """
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(AT_ONCE, "describe")
            waiting: Future[Plugin] = self._pool.submit(self.renew, plugin, candidate)
        return waiting.result

    def renew(self, plugin: Plugin, candidate: Candidate) -> Plugin:
        """Ask a plugin anew what it declares, with the settings and the code it has now.

        It is not asked if it has told so a short while ago and is still the same. From now on its
        processes are started so; those that run go on until they are ended. Raises PluginError,
        and then all stays as it was.
        """
        where = plugin.file("__init__.py")
        try:
            bounds = bounds_of(self._settings, plugin.name, OPTIONS)
            declared = self._remembered.get(plugin)
            if declared is None:
                declared = self._ask(plugin, candidate, bounds)
            described = replace(plugin, code=hooks(declared))
        except (Fault, PluginError) as error:
            named = str(error).startswith((plugin.file(""), OPTIONS.name))
            raise PluginError(str(error) if named else f"{where}: {error}") from error
        self._known[plugin.name] = (plugin, candidate, bounds)
        return described

    def start(self, name: str, mode: str, **more: Any) -> Process:
        """Start a process of a plugin that was described; it has loaded the plugin and waits.

        Raises Fault or PluginError.
        """
        plugin, candidate, bounds = self._known[name]
        more[PLACES] = self._settings.plugin_dev
        return self._start(Spec(mode, plugin, candidate, bounds.memory_mb, more), bounds)[0]

    def stand_by(self) -> None:
        """Have the nursery ready if a plugin is isolated: to start it takes seconds under load."""
        if self._known:
            self._nursery.start()

    def rest(self) -> None:
        """Let go of what only starting needs; the next start makes it anew."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown()
        self._nursery.close()

    close = rest

    def _ask(self, plugin: Plugin, candidate: Candidate, bounds: Bounds) -> object:
        """Return what a process of the plugin declares, and keep it if it can be read."""
        digest = digest_of(plugin)
        spec = Spec(DESCRIBE, plugin, candidate, bounds.memory_mb)
        process, head = self._start(spec, bounds)
        process.end()
        hooks(head.get("declared"))
        self._remembered.put(plugin, digest, head["declared"])
        declared: object = head["declared"]
        return declared

    def _start(self, spec: Spec, bounds: Bounds) -> tuple[Process, Mapping[str, Any]]:
        process = Process(self._nursery, spec)
        process.send(spec.head())
        head = process.receive(bounds.describe_seconds).head
        if "memory" in head:
            raise process.fail(process.too_large)
        if "refused" in head:
            process.end()
            raise PluginError(_line(head["refused"]))
        process.is_filtered = head.get("filtered") is True
        return process, head


def _line(words: object) -> str:
    """Return what a plugin's process says as one line that is not too long."""
    return " ".join(str(words).split())[:LONGEST_REFUSAL]
