"""`serve`, and the processes it is made of."""

import os
import signal
import socket
import sys
from collections.abc import Callable
from threading import Event

import typer

from commandcenter.cli.preparation import is_prepared, prepare_in_child
from commandcenter.cli.processes import Supervisor, children, end_with_parent, listen
from commandcenter.errors import SettingsError
from commandcenter.ingest.runner import Runner
from commandcenter.live.bus import connect
from commandcenter.settings import Settings
from commandcenter.worker import create_worker, start_replay

STOP_SECONDS = 5.0


def serve(settings: Settings) -> None:
    """Run the embedded server until it is told to stop."""
    settings.data.mkdir(parents=True, exist_ok=True)
    settings.secret()
    if not is_prepared(settings):
        prepare_in_child(settings, 0)
    listener = listen(settings)
    typer.echo(f"listening on {address(settings, listener)}", err=True)
    supervisor = Supervisor(settings, children(listener))
    supervisor.run()
    sys.exit(supervisor.exit_code)


def address(settings: Settings, listener: socket.socket) -> str:
    """Return the address to open."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{listener.getsockname()[1]}"


def run_worker(settings: Settings, role: str) -> None:
    """Run a worker of one role until SIGTERM."""
    _bind_to_parent()
    if role not in ("live", "ingest"):
        raise SettingsError(f"worker --role {role}: is live or ingest")
    worker = start_replay(create_worker(settings, connect))
    if role == "live":
        live = worker.live()
        _on_stop(live.stop)
        live.run(worker.clock)
    else:
        _ingest(worker.runners())
    worker.bus.close()
    worker.store.close()


def _ingest(runners: list[Runner]) -> None:
    stopping = Event()
    _on_stop(stopping.set)
    for runner in runners:
        runner.start()
    stopping.wait()
    for runner in runners:
        runner.stop()
    for runner in runners:
        runner.join(STOP_SECONDS)


def run_web(settings: Settings, fd: int) -> None:
    """Run one web process on the listening socket `fd` until SIGTERM."""
    # Late: workers run this module too and need none of the web's libraries.
    from commandcenter.cli import web_process

    _bind_to_parent()
    web_process.run(settings, socket.socket(fileno=fd))


def _bind_to_parent() -> None:
    parent = os.environ.get("COMMANDCENTER_PARENT")
    if parent:
        end_with_parent(int(parent))


def _on_stop(act: Callable[[], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: act())
