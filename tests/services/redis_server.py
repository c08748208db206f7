"""Redis servers of the run's own: one that is emptied for each test, and some to be broken."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.services.process import Service, free_port, program, running, service_folder

MASTER = "city"
PASSWORD = "p@ss/word"
"""Of the Redis servers behind sentinels; it needs quoting in a URL."""


class RedisNode:
    """A Redis server that keeps nothing on disk; tests may kill it, freeze it, start it again."""

    def __init__(self, folder: Path, *settings: str) -> None:
        self.port = free_port()
        self.folder = folder / str(self.port)
        self.folder.mkdir()
        self._settings = settings
        self._service: Service | None = None
        self._stack = ExitStack()
        self.start()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it and wait until it answers."""
        port = ["--bind", "127.0.0.1", "--port", str(self.port)]
        nothing_kept = ["--save", "", "--appendonly", "no"]
        command = [program("redis-server"), *self._settings, *port, *nothing_kept]
        self._service = self._stack.enter_context(running(command, self.folder))
        self._service.wait_until(lambda: answers_ping(self.port))

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Return once something about it is true."""
        assert self._service is not None
        self._service.wait_until(ready)

    def kill(self) -> None:
        """End it as a crash would."""
        self._send(signal.SIGKILL)
        assert self._service is not None
        self._service.process.wait()

    def freeze(self) -> None:
        """Let it take connections and answer nothing."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._send(signal.SIGCONT)

    def close(self) -> None:
        """End it for good."""
        self.thaw()
        self._stack.close()

    def ask(self, *command: Any, password: str | None = None) -> Any:
        """Send it a command."""
        with redis.Redis(port=self.port, password=password) as client:
            return client.execute_command(*command)

    def _send(self, sent: signal.Signals) -> None:
        assert self._service is not None
        self._service.process.send_signal(sent)


@dataclass(frozen=True)
class Watched:
    """A master with a replica, and a sentinel that makes the replica master when it must.

    One sentinel decides by itself; more of them only take longer to find each other.
    """

    master: RedisNode
    replica: RedisNode
    url: str


def answers_ping(port: int) -> bool:
    """Whether Redis is ready for commands on this port."""
    # By itself a client would try again for seconds before it said no.
    with redis.Redis(port=port, retry=Retry(NoBackoff(), 0)) as client:
        try:
            return bool(client.ping())
        except redis.AuthenticationError:
            return True
        except redis.ConnectionError:
            return False


@contextmanager
def redis_nodes() -> Iterator[Callable[..., RedisNode]]:
    """Give a way to start servers; all of them end with the block."""
    with service_folder() as folder, ExitStack() as stack:

        def start(*settings: str) -> RedisNode:
            node = RedisNode(folder, *settings)
            stack.callback(node.close)
            return node

        yield start


@pytest.fixture(scope="session")
def redis_port() -> Iterator[int]:
    """The port of this test process's Redis, which keeps nothing on disk."""
    with redis_nodes() as start:
        yield start().port


@pytest.fixture
def redis_url(redis_port: int) -> str:
    """The address of an empty Redis."""
    with redis.Redis(port=redis_port) as client:
        client.flushall()
    return f"redis://127.0.0.1:{redis_port}/0"


@pytest.fixture
def redis_node() -> Iterator[RedisNode]:
    """A Redis of the test's own."""
    with redis_nodes() as start:
        yield start()


@pytest.fixture
def redis_watched() -> Iterator[Watched]:
    """A master, its replica and a sentinel that notices a crash within half a second."""
    secrets = ("--requirepass", PASSWORD, "--masterauth", PASSWORD)
    with redis_nodes() as start, service_folder() as folder:
        master = start(*secrets)
        # Without a pause of five seconds in which the master waits for more replicas.
        master.ask("CONFIG", "SET", "repl-diskless-sync-delay", "0", password=PASSWORD)
        replica = start(*secrets, "--replicaof", "127.0.0.1", str(master.port))
        port = free_port()
        file = folder / "sentinel.conf"
        file.write_text(
            f"bind 127.0.0.1\nport {port}\nrequirepass watcher\n"
            f"sentinel monitor {MASTER} 127.0.0.1 {master.port} 1\n"
            f'sentinel auth-pass {MASTER} "{PASSWORD}"\n'
            f"sentinel down-after-milliseconds {MASTER} 500\n"
            f"sentinel failover-timeout {MASTER} 3000\n"
        )

        def is_replicating() -> bool:
            info = replica.ask("INFO", "replication", password=PASSWORD)
            return bool(info["master_link_status"] == "up")

        def knows_the_replica() -> bool:
            with redis.Redis(port=port, password="watcher") as client:
                try:
                    return any(not found["is_sdown"] for found in client.sentinel_slaves(MASTER))
                except redis.ConnectionError:
                    return False

        with running([program("redis-server"), str(file), "--sentinel"], folder) as sentinel:
            # A sentinel looks for replicas every ten seconds: this one starts when there is one.
            sentinel.wait_until(is_replicating)
            sentinel.wait_until(knows_the_replica)
            # The first of the hosts is nobody, as after a machine was taken away.
            hosts = f"127.0.0.1:{free_port()},127.0.0.1:{port}"
            quoted = PASSWORD.replace("@", "%40").replace("/", "%2F")
            url = f"redis+sentinel://:{quoted}@{hosts}/{MASTER}/0?sentinel_password=watcher"
            yield Watched(master, replica, url)


@pytest.fixture
def redis_cluster() -> Iterator[list[RedisNode]]:
    """A cluster of three masters."""
    with redis_nodes() as start:
        nodes = [
            start("--cluster-enabled", "yes", "--cluster-port", str(free_port()),
                  "--cluster-node-timeout", "10000", "--cluster-config-file", "nodes.conf")
            for _ in range(3)
        ]  # fmt: skip
        hosts = [f"127.0.0.1:{node.port}" for node in nodes]
        command = [program("redis-cli"), "--cluster", "create", *hosts, "--cluster-yes"]
        subprocess.run(command, check=True, capture_output=True, timeout=30)
        for node in nodes:
            node.wait_until(lambda node=node: b"cluster_state:ok" in node.ask("CLUSTER", "INFO"))
        yield nodes
