"""The guard: every call of plugin code goes through it, is timed, and fails alone."""

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from time import perf_counter, time
from typing import ParamSpec, TypeVar

from commandcenter.domain.figures import Durations, Figure
from commandcenter.errors import PluginError

P = ParamSpec("P")
T = TypeVar("T")
SHORT = 160
DECLARING = ("register_", "process")
"""What a plugin says of itself when it is loaded is no sign that it works."""
log = logging.getLogger(__name__)


class PluginFailed(PluginError):
    """A call of a plugin raised; `reason` is short enough for a tile."""

    def __init__(self, plugin: str, what: str, reason: str) -> None:
        super().__init__(f"plugin {plugin}: {what}: {reason}")
        self.plugin = plugin
        self.what = what
        self.reason = reason


@dataclass(slots=True)
class Counts:
    """How a plugin's calls went; `seconds` is the time spent in them.

    `last_good` is when something it was asked for at work last succeeded, in Unix time, 0: never.
    """

    calls: int = 0
    errors: int = 0
    seconds: float = 0.0
    last_error: str = ""
    last_good: float = 0.0


def short_reason(error: BaseException) -> str:
    """Return an error in one short line."""
    first = next(iter(str(error).splitlines()), "")
    line = f"{type(error).__name__}: {first}" if first else type(error).__name__
    return line if len(line) <= SHORT else line[: SHORT - 1] + "…"


class Guard:
    """Calls plugin code, counts and times it; safe to use from several threads.

    A failure is logged once, with its traceback, until the same call succeeds again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, Counts] = {}
        self._durations: dict[tuple[str, str], Durations] = {}
        self._failing: set[tuple[str, str]] = set()
        self.veils: dict[str, Callable[[str], str]] = {}
        """What covers the secrets of a plugin in words, by plugin."""

    def veiled(self, plugin: str, words: str) -> str:
        """Return words about a plugin as they may be said."""
        veil = self.veils.get(plugin)
        return words if veil is None else veil(words)

    def call(
        self, plugin: str, what: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return what `function` returns; raises PluginFailed for whatever it raises."""
        start = perf_counter()
        try:
            result = function(*args, **kwargs)
        # SystemExit too: a plugin that calls exit() must not take the worker with it.
        except (Exception, SystemExit) as error:
            raise self._failed(plugin, what, error, perf_counter() - start) from error
        self._succeeded(plugin, what, perf_counter() - start)
        return result

    def record(
        self, plugin: str, what: str, seconds: float, reason: str = "", trace: str = ""
    ) -> None:
        """Count a call that was made elsewhere; with a reason it failed."""
        reason = self.veiled(plugin, reason)
        if not reason:
            self._succeeded(plugin, what, seconds)
        elif self._count_failure(plugin, what, reason, seconds):
            words = f"{reason}\n{self.veiled(plugin, trace)}" if trace else reason
            log.error("plugin %s: %s failed: %s", plugin, what, words)

    def counts(self) -> dict[str, Counts]:
        """Return the counts of each plugin so far."""
        with self._lock:
            return {plugin: replace(counts) for plugin, counts in self._counts.items()}

    def figures(self) -> Iterator[Figure]:
        """Yield calls, errors and durations, by plugin and by the part of it that was called."""
        with self._lock:
            for plugin, counts in self._counts.items():
                labels = {"plugin": plugin}
                yield Figure("commandcenter_plugin_calls_total", counts.calls, labels)
                yield Figure("commandcenter_plugin_errors_total", counts.errors, labels)
                yield Figure("commandcenter_plugin_seconds_total", counts.seconds, labels)
                if counts.last_good:
                    at = counts.last_good
                    yield Figure("commandcenter_plugin_last_good_time_seconds", at, labels)
            for (plugin, what), durations in self._durations.items():
                labels = {"plugin": plugin, "part": what}
                yield from durations.figures("commandcenter_plugin_call_seconds", labels)

    def failing(self) -> list[tuple[str, str, str]]:
        """Return what fails now: plugin, part, and the plugin's last reason."""
        with self._lock:
            return [(name, what, self._of(name).last_error) for name, what in self._failing]

    def _succeeded(self, plugin: str, what: str, seconds: float) -> None:
        key = (plugin, what)
        with self._lock:
            counts = self._of(plugin)
            counts.calls += 1
            counts.seconds += seconds
            if not what.startswith(DECLARING):
                counts.last_good = time()
            self._time(key, seconds)
            recovered = key in self._failing
            self._failing.discard(key)
        if recovered:
            log.info("plugin %s: %s works again", plugin, what)

    def _failed(
        self, plugin: str, what: str, error: BaseException, seconds: float
    ) -> PluginFailed:
        full = str(error)
        reason = self.veiled(plugin, short_reason(error))
        if self._count_failure(plugin, what, reason, seconds):
            trace = error if full == self.veiled(plugin, full) else None
            log.error("plugin %s: %s failed: %s", plugin, what, reason, exc_info=trace)
        return PluginFailed(plugin, what, reason)

    def _count_failure(self, plugin: str, what: str, reason: str, seconds: float) -> bool:
        """Count a failure; tells whether the same call was well before."""
        key = (plugin, what)
        with self._lock:
            counts = self._of(plugin)
            counts.calls += 1
            counts.errors += 1
            counts.seconds += seconds
            counts.last_error = reason
            self._time(key, seconds)
            first = key not in self._failing
            self._failing.add(key)
        return first

    def _time(self, key: tuple[str, str], seconds: float) -> None:
        if key not in self._durations:
            self._durations[key] = Durations()
        self._durations[key].add(seconds)

    def _of(self, plugin: str) -> Counts:
        return self._counts.setdefault(plugin, Counts())
