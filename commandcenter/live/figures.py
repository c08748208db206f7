"""What the parts of a process have to tell, each as figures."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from time import time
from typing import Any

from commandcenter.domain.figures import Figure
from commandcenter.host.guard import Guard
from commandcenter.host.plugin import PluginState
from commandcenter.live.hub import Hub
from commandcenter.live.render import Renderer
from commandcenter.store.store import Store

PLUGIN_STATES = ("ok", "skipped", "failed")
SOURCE_STATES = ("running", "waiting", "failed", "ended")


def store_figures(store: Store) -> Iterator[Figure]:
    """Yield how many connections to the database are in use."""
    yield Figure("commandcenter_database_connections_in_use", store.connections_in_use)


def hub_figures(hub: Hub) -> Iterator[Figure]:
    """Yield what a hub carries and how fresh it is."""
    counts, now = hub.counts, round(time() * 1000)
    silent = 0 if counts.silent is None else max(0, now - counts.silent) / 1000
    yield Figure("commandcenter_streams", counts.streams)
    yield Figure("commandcenter_streams_limit", hub.max_streams)
    yield Figure("commandcenter_stream_groups", counts.groups)
    yield Figure("commandcenter_topics_watched", counts.topics)
    yield Figure("commandcenter_live_silent_seconds", silent)
    yield from hub.tally.figures(now)


def renderer_figures(renderer: Renderer) -> Iterator[Figure]:
    """Yield what was rendered and published."""
    yield Figure("commandcenter_topics_rendered", renderer.topics)
    yield Figure("commandcenter_frames_rendered_total", renderer.rendered)
    yield Figure("commandcenter_frames_published_total", renderer.published)


def plugin_figures(states: Iterable[PluginState], guard: Guard) -> Iterator[Figure]:
    """Yield whether each plugin is in use, and how calls of it went."""
    for plugin in states:
        for state in PLUGIN_STATES:
            labels = {"plugin": plugin.name, "state": state}
            yield Figure("commandcenter_plugin_state", plugin.state == state, labels)
    yield from guard.figures()


def plugin_notes(states: Iterable[PluginState], guard: Guard) -> list[dict[str, Any]]:
    """Return plugins in words: state, reason, and what of them fails now."""
    counts, failing = guard.counts(), guard.failing()
    found = []
    for plugin in states:
        now = [what for name, what, _ in failing if name == plugin.name]
        called = counts.get(plugin.name)
        found.append({
            "plugin": plugin.name, "version": plugin.version, "state": plugin.state,
            "reason": plugin.reason or (called.last_error if called and now else ""),
            "failing": sorted(now),
        })  # fmt: skip
    return found


def source_figures(
    states: Callable[[], Iterable[Mapping[str, Any]]], started: float
) -> Callable[[], Iterator[Figure]]:
    """Return what tells how old each source's last delivery is; `started` stands for none yet."""

    def tell() -> Iterator[Figure]:
        now = time()
        for source in states():
            labels = {"source": str(source["key"])}
            last = started if source["last"] is None else source["last"] / 1000
            yield Figure("commandcenter_source_age_seconds", max(0.0, now - last), labels)
            yield Figure("commandcenter_source_interval_seconds", source["interval"], labels)
            for state in SOURCE_STATES:
                stands = source["state"] == state
                yield Figure("commandcenter_source_state", stands, {**labels, "state": state})

    return tell
