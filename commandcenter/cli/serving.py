"""`serve`: the embedded server, all of its processes from one command."""

import socket
import sys

import typer

from commandcenter.cli.preparation import is_prepared, prepare_in_child
from commandcenter.cli.processes import Supervisor, children, listen, workers
from commandcenter.settings import Settings


def serve(settings: Settings, with_web: bool = True) -> None:
    """Run the embedded server until it is told to stop.

    Without its web process the local bus and the workers run for another server on the same data.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    settings.secret()
    if not is_prepared(settings):
        prepare_in_child(settings, 0)
    if with_web:
        listener = listen(settings)
        typer.echo(f"listening on {address(settings, listener)}", err=True)
        supervisor = Supervisor(settings, children(listener))
    else:
        supervisor = Supervisor(settings, workers())
    supervisor.run()
    sys.exit(supervisor.exit_code)


def address(settings: Settings, listener: socket.socket) -> str:
    """Return the address to open."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{listener.getsockname()[1]}"
