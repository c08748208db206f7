"""One web process: uvicorn on the front, renewed when what its pages are made of changes."""

import logging
import socket
import sys
from contextlib import closing
from threading import Event, Thread

import orjson
import uvicorn

from commandcenter.app import create_services, load_layouts, page_build
from commandcenter.cli.processes import RENEW, settle
from commandcenter.errors import CommandCenterError, LayoutError, StoreError
from commandcenter.live.bus import Bus, connect
from commandcenter.settings import Settings
from commandcenter.web.direct import DirectProtocol
from commandcenter.web.front import Front
from commandcenter.web.services import Services

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
GRACE_SECONDS = 2
WORKER_SECONDS = 60.0


class Server(uvicorn.Server):
    """Ends its streams first when it stops: they would hold it up for the whole grace."""

    def __init__(self, config: uvicorn.Config, front: Front) -> None:
        super().__init__(config)
        self._front = front

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop serving."""
        self._front.stream.end_streams()
        await super().shutdown(sockets)


class Renewal:
    """Ends the process when a worker has another catalogue, or a layout or asset was edited.

    A layout that is wrong is logged and what stands stays.
    """

    def __init__(self, settings: Settings, services: Services, server: uvicorn.Server) -> None:
        self.wanted = False
        self._settings = settings
        self._services = services
        self._server = server
        self._build = page_build(services.catalogue, settings.layouts)
        self._refused = ""
        self._stopping = Event()
        self._subscription = services.bus.subscribe(["pulse"], self._heard)
        Thread(target=self._look, name="renewal", daemon=True).start()

    def close(self) -> None:
        """Look no longer."""
        self._stopping.set()
        self._subscription.close()

    def _heard(self, _channel: str, payload: bytes) -> None:
        if orjson.loads(payload)["build"] != self._services.catalogue.build:
            self._renew("the workers' catalogue")

    def _look(self) -> None:
        catalogue, folder = self._services.catalogue, self._settings.layouts
        while not self._stopping.wait(LOOK_SECONDS):
            build = page_build(catalogue, folder)
            if build in (self._build, self._refused):
                continue
            try:
                load_layouts(folder, catalogue)
            except CommandCenterError as error:
                self._refused = build
                log.error("kept the layouts as they were: %s", error)
            else:
                self._renew("a layout or an asset")

    def _renew(self, what: str) -> None:
        if not self.wanted:
            log.info("%s changed: starting anew", what)
        self.wanted = True
        self._server.should_exit = True  # the streams end with the lifespan, screens come back


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
    """Serve on a listening socket; exits with RENEW to be started again at once."""
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
        backlog=2048,
    )
    server = Server(config, front)
    settle()
    renewal = Renewal(settings, services, server)
    server.run(sockets=[listener])
    renewal.close()
    bus.close()
    services.store.close()
    if renewal.wanted:
        sys.exit(RENEW)
