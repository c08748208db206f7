"""What a worker tells of itself while it runs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial

from commandcenter.ingest.figures import intake_figures
from commandcenter.ingest.shares import Shares
from commandcenter.live.figures import (
    lease_figures,
    plugin_figures,
    plugin_notes,
    renderer_figures,
    store_figures,
)
from commandcenter.live.live import Live
from commandcenter.live.stats import Stats
from commandcenter.live.watch import DatabaseWatch
from commandcenter.store.leases import LIVE, source_lease
from commandcenter.worker import Worker


@contextmanager
def live_telling(worker: Worker, live: Live) -> Iterator[None]:
    """Have a worker that counts, or stands by to, tell its figures until the block ends."""

    def token() -> int | None:
        term = live.term
        return None if term is None else term.token

    stats = _stats("live", worker, lambda: live.voice.build)
    watch = DatabaseWatch(worker.store, live.lags, lambda: live.term is not None)
    stats.add(partial(renderer_figures, live.renderer))
    stats.add(watch.figures)
    if live.outside is not None:
        stats.add(live.outside.figures)
    stats.add(lambda: lease_figures({LIVE: token()}))
    # What it was told stays known when the sources' own process has ended.
    stats.notes["sources"] = lambda: list(live.sources.values())
    watch.start()
    with _running(stats):
        yield
    watch.close()


@contextmanager
def ingest_telling(worker: Worker, shares: Shares) -> Iterator[None]:
    """Have a worker that runs sources tell its figures until the block ends."""

    def sources() -> list[dict[str, object]]:
        held = {name for name, token in shares.leases.items() if token is not None}
        told = list(worker.told.values())
        return [asdict(state) for state in told if source_lease(state.key) in held]

    registry, build = worker.registry, worker.catalogue().build

    def known() -> str:
        """Return the build of what is registered, reckoned once for each registry."""
        nonlocal registry, build
        if worker.registry is not registry:
            registry, build = worker.registry, worker.catalogue().build
        return build

    stats = _stats("ingest", worker, known)
    stats.add(lambda: intake_figures(worker.answered, "source"))
    stats.add(lambda: lease_figures(shares.leases))
    stats.add(shares.figures)
    stats.notes["sources"] = sources
    with _running(stats):
        yield


def _stats(role: str, worker: Worker, build: Callable[[], str]) -> Stats:
    guard = worker.registry.guard
    stats = Stats(role, worker.bus, build)
    stats.add(partial(store_figures, worker.store))
    stats.add(lambda: plugin_figures(worker.registry.states, guard))
    stats.notes["plugins"] = lambda: plugin_notes(worker.registry.states, guard)
    return stats


@contextmanager
def _running(stats: Stats) -> Iterator[None]:
    stats.start()
    try:
        yield
    finally:
        stats.close()
