"""A Redis server of the run's own, empty at the start of each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from tests.services.process import free_port, program, running, service_folder


def answers_ping(port: int) -> bool:
    """Whether Redis is ready for commands on this port."""
    with redis.Redis(port=port) as client:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False


@pytest.fixture(scope="session")
def redis_port() -> Iterator[int]:
    """The port of this test process's Redis, which keeps nothing on disk."""
    port = free_port()
    settings = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
    with (
        service_folder() as folder,
        running([program("redis-server"), *settings], folder) as service,
    ):
        service.wait_until(lambda: answers_ping(port))
        yield port


@pytest.fixture
def redis_url(redis_port: int) -> str:
    """The address of an empty Redis."""
    with redis.Redis(port=redis_port) as client:
        client.flushall()
    return f"redis://127.0.0.1:{redis_port}/0"
