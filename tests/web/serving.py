"""The front under a real server in a thread."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from commandcenter.web.front import Front
from commandcenter.web.services import Services
from tests.services.process import free_port
from tests.web.conftest import make_accounts

START_SECONDS = 20


@dataclass(frozen=True)
class Server:
    """A server in a thread, with what it serves."""

    port: int
    front: Front
    services: Services
    keys: dict[str, str]

    def send(self, request: bytes) -> bytes:
        """Send bytes and return all that comes until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as wire:
            wire.sendall(request)
            answer = b""
            while part := wire.recv(65536):
                answer += part
            return answer

    def get(self, path: bytes, *headers: str) -> bytes:
        """Ask for a path in raw bytes."""
        lines = ["Host: localhost", "Connection: close", *headers]
        return self.send(
            b"GET " + path + b" HTTP/1.1\r\n" + "\r\n".join(lines).encode() + b"\r\n\r\n"
        )

    def cookie(self, key: str) -> str:
        """The header of a wall that came by its link."""
        answer = self.get(f"/?key={self.keys[key]}".encode())
        session = answer.split(b"Set-Cookie: session=", 1) if b"Set-Cookie" in answer else (
            answer.split(b"set-cookie: session=", 1)
        )  # fmt: skip
        return f"Cookie: session={session[1].split(b';')[0].decode()}"


@contextmanager
def serving(services: Services) -> Iterator[Server]:
    """Run the front under uvicorn, as `serve` does, until the block ends."""
    keys = make_accounts(services)
    built = Front(services)
    port = free_port()
    config = uvicorn.Config(
        built, port=port, loop="uvloop", http="httptools", log_level="error", ws="none",
        timeout_graceful_shutdown=2,
    )  # fmt: skip
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run)
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not running.started and time.monotonic() < deadline:
        time.sleep(0.01)
    yield Server(port, built, services, keys)
    built.stream.end_streams()
    running.should_exit = True
    thread.join(START_SECONDS)
    assert not thread.is_alive()
