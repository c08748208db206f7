"""What a worker does when a plugin has other settings, another switch or other code.

A plugin in processes of its own is taken up anew, alone and at once. What lies deeper, in this
process or in what the city consists of, needs a successor of the whole process.
"""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from time import sleep
from typing import Any

from commandcenter.cli.processes import RENEW, tell_supervisor
from commandcenter.errors import CommandCenterError
from commandcenter.host.blocklist import FILE
from commandcenter.host.discovery import discover
from commandcenter.host.operators import Decisions
from commandcenter.host.registry import Means, Registered, Registry, reread
from commandcenter.ingest.shares import Change, Shares
from commandcenter.live.live import Live
from commandcenter.live.word import EVERY, PLUGINS, plugin_told
from commandcenter.store.leases import source_lease
from commandcenter.store.plugins import decisions
from commandcenter.store.seal import Seal
from commandcenter.worker import Worker

log = logging.getLogger(__name__)

LOOK_SECONDS = 30.0
"""A word on the bus may be lost: what operators have decided is also read so often."""
LIGHT = frozenset({"panels", "sources", "risk_rules"})
"""What can be exchanged in a running worker; all else is built into its counts and its intake."""
Stamp = tuple[int, int] | None
SOURCES_WAIT_SECONDS = 0.4
"""What is on screens comes first."""
Take = Callable[[Registry, Registry, str], None]


class PluginChanges:
    """Listens for changes of plugins and has them taken up, one after the other.

    `take` is given the registry before, the one after, and the plugin's name. Who has `patience`
    waits for so long after a word, and leaves the processors to others.
    """

    def __init__(self, worker: Worker, take: Take, patience: float = 0.0) -> None:
        self._worker = worker
        self._take = take
        self._patience = patience
        self._seal = Seal(worker.settings.secret())
        self._told: SimpleQueue[str] = SimpleQueue()
        self._decided = self._decisions()
        self._words = _words_of(worker)
        self._list = worker.settings.plugins / FILE
        self._blocked = _stamp(self._list)
        self._subscription = worker.bus.subscribe(
            [PLUGINS], lambda _, payload: self._told.put(plugin_told(payload))
        )
        Thread(target=self._run, name="plugin changes", daemon=True).start()

    def close(self) -> None:
        """Listen no longer."""
        self._subscription.close()

    def _run(self) -> None:
        while True:
            try:
                self._take_up(self._next())
            except CommandCenterError as error:
                log.error("plugins are kept as they were: %s", error)
            except Exception:  # the next change may well be one that can be used
                log.exception("plugins are kept as they were")

    def _next(self) -> set[str]:
        """Wait for a change; what has come together is taken up together."""
        try:
            names = {self._told.get(timeout=LOOK_SECONDS)}
            sleep(self._patience)
            while not self._told.empty():
                names.add(self._told.get())
        except Empty:
            names = set()
        return names | self._blocked_anew()

    def _blocked_anew(self) -> set[str]:
        """Return the plugins that a changed block list may mean, those inside workers left out."""
        blocked, self._blocked = self._blocked, _stamp(self._list)
        if blocked == self._blocked:
            return set()
        registry = self._worker.registry
        return {name for name in registry.manifests if not self._is_inside(name, registry)}

    def _take_up(self, told: set[str]) -> None:
        before, self._decided = self._decided, self._decisions()
        names = (told - {EVERY}) | _differing(before, self._decided)
        if EVERY in told:
            names |= {found.name for found in discover(self._worker.settings.plugins)}
        for name in sorted(names):
            self._renew(name)

    def _renew(self, name: str) -> None:
        worker, old = self._worker, self._worker.registry
        means = Means(worker.settings, self._decided, worker.sandbox)
        if self._is_inside(name, old):
            self._ask(name)
            return
        fresh = reread(old, name, means).placed_in(worker.tree, worker.units)
        words, self._words = self._words, _words_of(worker)
        if _weight(old, name) != _weight(fresh, name) or words != self._words:
            self._ask(name)
            return
        worker.registry = fresh
        self._take(old, fresh, name)
        log.info("plugin %s was taken up anew", name)

    def _is_inside(self, name: str, registry: Registry) -> bool:
        manifest = registry.manifests.get(name)
        return manifest is not None and self._worker.sandbox.trusts(manifest)

    def _ask(self, name: str) -> None:
        log.info("plugin %s changed what the process is made of: asking for a successor", name)
        tell_supervisor(RENEW)

    def _decisions(self) -> Decisions:
        with self._worker.store.read() as connection:
            return decisions(connection, self._seal)


def take_live(worker: Worker, live: Live, _old: Registry, fresh: Registry, name: str) -> None:
    """Have the live loop go on with a plugin as it is now."""
    live.renew(fresh, name, worker.catalogue().build)


def take_sources(
    worker: Worker, shares: Shares, old: Registry, fresh: Registry, name: str
) -> None:
    """Have the sources of a plugin start anew, and others that it has by now."""
    before = {s.item.key for s in old.sources if s.plugin == name}
    after = {s.item.key: s for s in fresh.sources if s.plugin == name}
    if not before and not after:
        return
    intake = worker.intake()
    shares.change(Change(
        {source_lease(key): partial(worker.runner, source, intake)
         for key, source in after.items() if key in before},
        {source_lease(key) for key in before - after.keys()},
        [worker.share(source, intake) for key, source in after.items() if key not in before],
    ))  # fmt: skip


def _differing(one: Decisions, two: Decisions) -> set[str]:
    names = {*one.settings, *two.settings}
    changed = {name for name in names if one.of(name) != two.of(name)}
    return changed | (one.disabled ^ two.disabled)


def _weight(registry: Registry, name: str) -> Mapping[str, Mapping[str, Any]]:
    """Return what a plugin declares that cannot be exchanged in a running worker."""
    declared: Mapping[str, Mapping[str, Registered[Any]]] = registry.declared.get(name, {})
    return {
        kind: {key: found.item for key, found in items.items()}
        for kind, items in declared.items()
        if kind not in LIGHT and items
    }


def _words_of(worker: Worker) -> dict[str, Stamp]:
    """Return a fingerprint of all words of plugins."""
    found = worker.settings.plugins.glob("*/locale/*.po")
    return {str(path): _stamp(path) for path in found}


def _stamp(path: Path) -> Stamp:
    """Return what changes when a file does, None while it is not there."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size
