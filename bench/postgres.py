"""A PostgreSQL server for a measurement, as durable as one that a city would run."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from tests.services.postgres import SYSTEM_USER, Postgres, initialise, server_folders
from tests.services.process import free_port, program, running, service_folder, unprivileged


@contextmanager
def postgres_url() -> Iterator[str]:
    """The address of an empty database; the server ends with the block, its data with it."""
    owner = SYSTEM_USER if os.geteuid() == 0 else None
    with service_folder(owner) as folder:
        data = folder / "data"
        initialise(data)
        server = Postgres(free_port())
        command = [
            program("postgres", *server_folders()), "-D", str(data), "-p", str(server.port),
            "-k", str(folder), "-h", "127.0.0.1", "-c", "shared_buffers=256MB",
        ]  # fmt: skip
        with running(command, folder, unprivileged(SYSTEM_USER), signal.SIGQUIT) as service:
            service.wait_until(server.accepts)
            yield server.url(server.create_database())
