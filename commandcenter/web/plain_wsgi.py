"""The same application for plain WSGI servers: each stream holds one of the server's threads."""

from collections.abc import Iterable
from typing import Any

from commandcenter.live.stream_wsgi import StartResponse, WsgiStream
from commandcenter.web.flask_app import create_flask
from commandcenter.web.services import Services

STREAM = "/stream"


class PlainWsgi:
    """A WSGI application; make it in the process that serves, after a fork."""

    def __init__(self, services: Services) -> None:
        site = create_flask(services)
        self.flask = site.app
        self.stream = WsgiStream(services.hub, services.bus, site.authorise)
        self.stream.start()
        services.expect = self.stream.expect
        self.watching = site.watching
        self.watching.start()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        if environ.get("PATH_INFO") == STREAM:
            return self.stream(environ, start_response)
        return self.flask(environ, start_response)

    def stop(self) -> None:
        """End the streams."""
        self.watching.close()
        self.stream.stop()
