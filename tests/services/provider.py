"""A real provider of OpenID Connect, Canaille, in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from commandcenter.settings import ROOT
from tests.services.process import ServiceFailed, answers, free_port, running, service_folder

PYTHON = ROOT / ".venv-provider" / "bin" / "python"
SERVER = Path(__file__).parent / "provider_server.py"
SITE = "http://localhost"
"""Where Flask's test client seems to be."""
START_SECONDS = 120.0
CLIENT, SECRET = "commandcenter", "known to both alone"
PASSWORD = "a bridge over the river"
"""Everybody's there; it is none of ours."""


@dataclass(frozen=True)
class ProviderServer:
    """A provider that can be ended and started again with what it knows."""

    folder: Path
    port: int

    @property
    def issuer(self) -> str:
        """What it calls itself."""
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def served(self) -> Iterator[None]:
        """Run it until the block ends."""
        if not PYTHON.exists():
            raise ServiceFailed("the provider is not installed: make .venv-provider/installed")
        command = [str(PYTHON), str(SERVER), str(self.folder), str(self.port), SITE]
        with running(command, self.folder) as service:
            service.wait_until(lambda: answers(self.port), START_SECONDS)
            yield


@pytest.fixture(scope="module")
def provider() -> Iterator[ProviderServer]:
    """A provider that runs while the tests of a module do."""
    with service_folder() as folder:
        server = ProviderServer(folder, free_port())
        with server.served():
            yield server
