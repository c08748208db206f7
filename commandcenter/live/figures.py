"""What the parts of a process have to tell, each as figures."""

from collections.abc import Iterable, Iterator, Mapping
from time import time
from typing import Any

from commandcenter.domain.figures import Figure
from commandcenter.host.guard import Guard
from commandcenter.host.plugin import PluginState
from commandcenter.live.hub import Hub
from commandcenter.live.render import Renderer
from commandcenter.live.stream_asgi import AsgiStream
from commandcenter.store.store import Store

PLUGIN_STATES = ("ok", "skipped", "disabled", "failed")


def store_figures(store: Store) -> Iterator[Figure]:
    """Yield how many connections to the database are in use."""
    yield Figure("commandcenter_database_connections_in_use", store.connections_in_use)


def hub_figures(hub: Hub) -> Iterator[Figure]:
    """Yield what a hub carries and how fresh it is."""
    counts, now = hub.counts, round(time() * 1000)
    silent = 0 if counts.silent is None else max(0, now - counts.silent) / 1000
    late = 0 if counts.asof is None else max(0, now - counts.asof) / 1000
    yield Figure("commandcenter_streams", counts.streams)
    yield Figure("commandcenter_streams_limit", hub.max_streams)
    yield Figure("commandcenter_stream_groups", counts.groups)
    yield Figure("commandcenter_topics_watched", counts.topics)
    yield Figure("commandcenter_live_silent_seconds", silent)
    yield Figure("commandcenter_shown_late_seconds", late)
    yield from hub.tally.figures(now)


def lease_figures(leases: Mapping[str, int | None]) -> Iterator[Figure]:
    """Yield which leases this process holds, by name, and under which tokens."""
    for name, token in leases.items():
        yield Figure("commandcenter_lease_held", token is not None, {"lease": name})
        if token is not None:
            yield Figure("commandcenter_lease_token", token, {"lease": name})


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


def stream_figures(stream: AsgiStream) -> Iterator[Figure]:
    """Yield how many screens are not taking what was written, and the slowest of them."""
    blocked = stream.blocked()
    yield Figure("commandcenter_streams_blocked", len(blocked))
    yield Figure("commandcenter_streams_blocked_longest_seconds", max(blocked, default=0.0))
