"""An MQTT broker of the run's own."""

from __future__ import annotations

import getpass
from collections.abc import Iterator

import pytest

from tests.services.process import answers, free_port, program, running, service_folder


@pytest.fixture(scope="session")
def mosquitto() -> Iterator[int]:
    """The loopback port of an MQTT broker that lets everyone in and keeps nothing on disk."""
    port = free_port()
    settings = [
        f"listener {port} 127.0.0.1",
        "allow_anonymous true",
        "persistence false",
        # Started by root it would become a user that cannot write to our folder.
        f"user {getpass.getuser()}",
    ]
    with service_folder() as folder:
        config = folder / "mosquitto.conf"
        config.write_text("\n".join(settings) + "\n")
        with running([program("mosquitto"), "-c", str(config)], folder) as service:
            service.wait_until(lambda: answers(port))
            yield port
