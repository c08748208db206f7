"""One web process: uvicorn on the front, replaced when what its pages are made of changes."""

import asyncio
import logging
import signal
import socket
from contextlib import closing
from threading import Event, Thread
from time import monotonic
from types import FrameType

import uvicorn

from commandcenter.app import Refresher, create_services, files_build
from commandcenter.cli.accepting import Acceptor
from commandcenter.cli.children import LEAVE
from commandcenter.cli.processes import (
    READY,
    RENEW,
    WAITING_CONNECTIONS,
    settle,
    tell_supervisor,
)
from commandcenter.errors import CommandCenterError, LayoutError, StoreError
from commandcenter.live.bus import Bus, connect
from commandcenter.screen.layouts import load_layouts
from commandcenter.settings import Settings
from commandcenter.web.direct import DirectProtocol
from commandcenter.web.front import Front
from commandcenter.web.services import Services

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
ASK_AGAIN_SECONDS = 60.0
GRACE_SECONDS = 2
WORKER_SECONDS = 60.0
PULSE_SECONDS = 5.0
"""A process is ready once it has heard a worker, or has listened for one so long."""
LEAVE_SECONDS = 1.5
"""Over this time the screens of a process that is being replaced go over to the others."""
FINISH_SECONDS = 20
"""What a process that is being replaced is still asked on open connections is answered so long."""


class Server(uvicorn.Server):
    """Ends its streams first when it stops: they would hold it up for the whole grace.

    Told that another process has taken its place, it ends gently: nothing new is accepted, the
    streams go a few at a time, and whatever comes on an open connection is answered.
    """

    def __init__(self, config: uvicorn.Config, front: Front, has_others: bool) -> None:
        super().__init__(config)
        self._front = front
        self._has_others = has_others
        self._acceptors: list[Acceptor] = []
        self._is_leaving = False
        self._telling: asyncio.Task[None] | None = None

    def leave(self, _number: int, _frame: FrameType | None) -> None:
        """End gently, as a signal asks."""
        self._is_leaving = self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start serving, then tell the supervisor."""
        shared = (sockets or []) if self._has_others else []
        await super().startup([] if shared else sockets)
        for listener in shared:
            held = self.server_state.connections.__len__
            self._acceptors.append(Acceptor(listener, self._protocol, held))
        self._telling = asyncio.create_task(self._tell_when_ready(), name="ready")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop serving."""
        for acceptor in self._acceptors:
            acceptor.close()
        if self._is_leaving:
            await self._leave(sockets or [])
        else:
            self._front.stream.end_streams()
        await super().shutdown(sockets)

    def _protocol(self) -> DirectProtocol:
        return DirectProtocol(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )

    async def _leave(self, sockets: list[socket.socket]) -> None:
        for server in self.servers:
            server.close()
        for listener in sockets:
            listener.close()
        for connection in list(self.server_state.connections):
            if isinstance(connection, DirectProtocol):
                connection.leave()
        self.config.timeout_graceful_shutdown = FINISH_SECONDS
        await self._front.stream.leave(LEAVE_SECONDS)

    async def _tell_when_ready(self) -> None:
        """Wait for a worker's word, since screens that come sooner would be told of its silence."""
        until = monotonic() + PULSE_SECONDS
        while self._front.stream.hub.counts.silent is not None and monotonic() < until:
            await asyncio.sleep(0.05)
        tell_supervisor(READY)


class Renewal:
    """Asks for a successor when the workers are of another version or city, or a file was edited.

    A layout that is wrong is logged and what stands stays.
    """

    def __init__(self, settings: Settings, services: Services) -> None:
        self._settings = settings
        self._services = services
        self._files = files_build(settings.layouts)
        self._asked_at = 0.0
        self._stopping = Event()
        self._refresher = Refresher(services, self._other)
        Thread(target=self._look, name="renewal", daemon=True).start()

    def close(self) -> None:
        """Look no longer."""
        self._stopping.set()
        self._refresher.close()

    def _other(self) -> None:
        # A successor may fail for a reason that passes: it is asked for again after a while.
        if not self._asked_at or monotonic() - self._asked_at > ASK_AGAIN_SECONDS:
            self._asked_at = monotonic()
            self._ask("the workers' catalogue")

    def _look(self) -> None:
        folder = self._settings.layouts
        seen = self._files
        while not self._stopping.wait(LOOK_SECONDS):
            files = files_build(folder)
            if files == seen:
                continue
            seen = files
            if files == self._files:
                continue
            try:
                load_layouts(folder, self._services.catalogue)
            except CommandCenterError as error:
                log.error("kept the layouts as they were: %s", error)
            else:
                self._ask("a layout or an asset")

    def _ask(self, what: str) -> None:
        log.info("%s changed: asking for a successor", what)
        tell_supervisor(RENEW)


def services_when_ready(settings: Settings, bus: Bus) -> Services:
    """Make the services; where the stored catalogue does not fit, once more when a worker is up.

    After an upgrade the catalogue in the store is the old one until a worker has written its own.
    """
    heard = Event()
    with closing(bus.subscribe(["pulse"], lambda *_: heard.set())):
        try:
            return create_services(settings, bus)
        except (LayoutError, StoreError):
            if not heard.wait(WORKER_SECONDS):
                raise
    return create_services(settings, bus)


def run(settings: Settings, listener: socket.socket) -> None:
    """Serve on a listening socket until told to end."""
    if settings.plugin_dev:  # what the plugin says must not be lost among all requests
        for name in ("commandcenter.access", "uvicorn"):
            logging.getLogger(name).setLevel(logging.WARNING)
    bus = connect(settings)
    services = services_when_ready(settings, bus)
    front = Front(services)
    config = uvicorn.Config(
        front,
        loop="uvloop",
        http=DirectProtocol,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        backlog=WAITING_CONNECTIONS,
        # The front knows which proxies to believe.
        proxy_headers=False,
    )
    server = Server(config, front, has_others=settings.web_processes > 1)
    signal.signal(LEAVE, server.leave)
    settle()
    renewal = Renewal(settings, services)
    server.run(sockets=[listener])
    renewal.close()
    bus.close()
    services.store.close()
