"""One worker process, live or ingest."""

import signal
from collections.abc import Callable
from functools import partial
from threading import Event

from commandcenter.cli.plugin_changes import (
    SOURCES_WAIT_SECONDS,
    PluginChanges,
    take_live,
    take_sources,
)
from commandcenter.cli.processes import READY, settle, tell_supervisor
from commandcenter.cli.worker_stats import ingest_telling, live_telling
from commandcenter.errors import SettingsError
from commandcenter.ingest.shares import Shares
from commandcenter.live.bus import connect
from commandcenter.settings import Settings
from commandcenter.worker import create_worker, start_replay


def run(settings: Settings, role: str) -> None:
    """Run a worker of one role until SIGTERM."""
    if role not in ("live", "ingest"):
        raise SettingsError(f"worker --role {role}: is live or ingest")
    worker = start_replay(create_worker(settings, connect))
    if role == "live":
        live = worker.live()
        settle()
        _on_stop(live.stop)
        tell_supervisor(READY)
        changes = PluginChanges(worker, partial(take_live, worker, live))
        with live_telling(worker, live):
            live.run(worker.clock)
        changes.close()
    else:
        shares = worker.shares()
        changes = PluginChanges(
            worker, partial(take_sources, worker, shares), SOURCES_WAIT_SECONDS
        )
        followers = worker.followers()
        for follower in followers:
            follower.start()
        with ingest_telling(worker, shares):
            _ingest(shares)
        changes.close()
        for follower in followers:
            follower.close()
    worker.close()


def _ingest(shares: Shares) -> None:
    stopping = Event()
    _on_stop(stopping.set)
    settle()
    tell_supervisor(READY)
    shares.run(stopping)


def _on_stop(act: Callable[[], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: act())
