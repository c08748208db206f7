"""The stream as a plain WSGI server runs it; the bus's folder comes from the environment."""

import os
from pathlib import Path

from commandcenter.live.bus import LocalBus
from commandcenter.live.hub import Hub
from commandcenter.live.hub_facts import Facts
from commandcenter.live.stream_wsgi import WsgiStream
from tests.live.streaming import authorise


def create_app() -> WsgiStream:
    """Make the stream in the process that serves."""
    bus = LocalBus(Path(os.environ["BUS_FOLDER"]))
    stream = WsgiStream(Hub(Facts("Asia/Shanghai", "b1"), max_streams=20), bus, authorise)
    stream.start()
    return stream
