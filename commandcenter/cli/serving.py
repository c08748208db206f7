"""`serve`, `reload`, `worker --role all`: several of the server's processes under one command."""

import os
import signal
import socket
import sys
from enum import Enum
from time import sleep

import typer

from commandcenter.cli.children import children, webs, workers
from commandcenter.cli.preparation import is_prepared, prepare_in_child
from commandcenter.cli.processes import LOCK, holder_of, listen
from commandcenter.cli.supervisor import Supervisor
from commandcenter.errors import SettingsError
from commandcenter.settings import Settings

WORKERS_LOCK = "workers.lock"
PREPARED_SECONDS = 1.0


class Part(Enum):
    """Which processes a command runs."""

    ALL = "all"
    WEB = "web"
    WORKERS = "workers"


def serve(settings: Settings, part: Part = Part.ALL) -> None:
    """Run the server, or a part of it with the local bus, until it is told to stop."""
    settings.data.mkdir(parents=True, exist_ok=True)
    settings.secret()
    if part is Part.WEB:
        _wait_until_prepared(settings)
    elif not is_prepared(settings):
        prepare_in_child(settings, 0)
    if part is Part.WORKERS:
        _run(Supervisor(settings, workers()))
    listener = listen(settings)
    typer.echo(f"listening on {address(settings, listener)}", err=True)
    make = webs if part is Part.WEB else children
    _run(Supervisor(settings, make(listener.fileno(), settings.web_processes)))


def run_workers(settings: Settings) -> None:
    """Run one worker of each role beside a server that runs elsewhere."""
    settings.data.mkdir(parents=True, exist_ok=True)
    _run(Supervisor(settings, workers(), WORKERS_LOCK))


def reload(settings: Settings) -> list[int]:
    """Have the servers in the data folder replace their processes; return who they are.

    Raises SettingsError where none runs.
    """
    found = [holder_of(settings.data, name) for name in (LOCK, WORKERS_LOCK)]
    holders = [holder for holder in found if holder is not None]
    if not holders:
        raise SettingsError(f"no server runs in {settings.data}: give --data the folder of one")
    for holder in holders:
        os.kill(holder, signal.SIGHUP)
    return holders


def address(settings: Settings, listener: socket.socket) -> str:
    """Return the address to open."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{listener.getsockname()[1]}"


def _run(supervisor: Supervisor) -> None:
    supervisor.run()
    sys.exit(supervisor.exit_code)


def _wait_until_prepared(settings: Settings) -> None:
    """Wait for the worker, on this machine or another one, that installs the city."""
    if is_prepared(settings):
        return
    typer.echo("waiting for a worker to install the city", err=True)
    while not is_prepared(settings):
        sleep(PREPARED_SECONDS)
