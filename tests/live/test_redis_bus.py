"""The bus over Redis loses nothing in a short break, tells of a long one, and waits for nobody."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from time import monotonic, sleep

import psutil
import pytest
import redis

from commandcenter.errors import Unavailable
from commandcenter.live.redis_bus import RedisBus
from commandcenter.live.redis_server import key_of
from tests.live.streaming import until
from tests.services.process import free_port, program, running, service_folder
from tests.services.redis_server import PASSWORD, RedisNode, Watched

pytestmark = pytest.mark.redis

SECONDS = 30.0

MakeBus = Callable[..., RedisBus]


@pytest.fixture
def bus_to() -> Iterator[MakeBus]:
    """Make buses, which are closed afterwards."""
    made: list[RedisBus] = []

    def make(url: str, backlog: int = 10_000) -> RedisBus:
        made.append(RedisBus(url, backlog))
        return made[-1]

    yield make
    for bus in made:
        bus.close()


class Ear:
    """What a bus hears on a channel."""

    def __init__(self, bus: RedisBus, channel: str = "frame") -> None:
        self.heard: Queue[bytes] = Queue()
        bus.subscribe((channel,), lambda _, payload: self.heard.put(payload))

    def until(self, last: bytes, seconds: float = SECONDS) -> list[bytes]:
        """Everything up to a message."""
        heard = [self.heard.get(timeout=seconds)]
        while heard[-1] != last:
            heard.append(self.heard.get(timeout=seconds))
        return heard


def heard_again(near: RedisBus, ear: Ear, seconds: float = SECONDS) -> float:
    """Publish until a message is heard; return how long that took."""
    begin = monotonic()
    ear.heard.queue.clear()
    while monotonic() < begin + seconds:
        near.publish("frame", b"again")
        with suppress(Empty):
            ear.heard.get(timeout=0.05)
            return monotonic() - begin
    raise AssertionError(f"nothing was heard for {seconds:g} s")


def test_connections_that_break_lose_nothing_and_double_nothing(
    redis_url: str, bus_to: MakeBus
) -> None:
    near, far = bus_to(redis_url), bus_to(redis_url)
    ear = Ear(far)
    with redis.Redis.from_url(redis_url) as server:
        for number in range(3000):
            near.publish("frame", b"%d" % number)
            if number % 500 == 250:
                server.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    assert ear.until(b"2999") == [b"%d" % number for number in range(3000)]
    assert far.lost == near.lost == 0


def test_a_bus_hears_nothing_that_was_said_before_it_listened(
    redis_url: str, bus_to: MakeBus
) -> None:
    near = bus_to(redis_url)
    early = Ear(near)
    near.publish("frame", b"old")
    early.until(b"old")
    late = Ear(bus_to(redis_url))
    near.publish("frame", b"new")
    assert late.until(b"new") == [b"new"]


def test_what_a_channel_keeps_is_bounded_in_bytes(
    redis_url: str, bus_to: MakeBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commandcenter.live.redis_outbox.STREAM_BYTES", 1 << 20)
    near = bus_to(redis_url)
    ear = Ear(near)
    for number in range(200):
        near.publish("frame", b"%d" % number + bytes(50_000))
        if number % 10 == 9:
            ear.until(b"%d" % number + bytes(50_000))
    with redis.Redis.from_url(redis_url) as server:
        assert 10 <= server.xlen(key_of("frame")) <= 21
    assert near.lost == 0


def test_answers_do_not_stay_in_redis(redis_url: str, bus_to: MakeBus) -> None:
    bus = bus_to(redis_url)
    bus.answer("ask.echo", lambda body: body)
    assert bus.request("ask.echo", b"x", SECONDS) == b"x"
    with redis.Redis.from_url(redis_url) as server:
        replies = list(server.scan_iter(key_of("reply.*")))
        assert replies
        assert all(0 < server.ttl(key) <= 60 for key in replies)


def test_a_server_that_comes_back_empty_is_found_and_counts_as_a_loss(
    redis_node: RedisNode, bus_to: MakeBus
) -> None:
    near, far = bus_to(redis_node.url), bus_to(redis_node.url)
    ear = Ear(far)
    near.publish("frame", b"before")
    ear.until(b"before")
    redis_node.kill()
    with pytest.raises(Unavailable):
        near.request("ask.anybody", b"", timeout=0.1)
    near.publish("frame", b"while it was away")
    redis_node.start()
    assert ear.until(b"while it was away", 3.0) == [b"while it was away"]
    far.answer("ask.echo", lambda body: body)
    assert near.request("ask.echo", b"x", SECONDS) == b"x"
    until(lambda: near.lost > 0 and far.lost > 0)


def test_streams_whose_ids_go_back_are_read_on(
    redis_url: str, bus_to: MakeBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commandcenter.live.redis_inbox.CHECK_SECONDS", 0.1)
    near, far = bus_to(redis_url), bus_to(redis_url)
    with redis.Redis.from_url(redis_url) as server:
        # As of a server whose clock was an hour ahead.
        server.xadd(key_of("frame"), {"other-1": "early"}, id="99999999999999-0")
        ear = Ear(far)
        near.publish("frame", b"first")
        ear.until(b"first")
        server.flushall()
    near.publish("frame", b"after")
    assert ear.until(b"after") == [b"after"]
    assert far.lost > 0


def test_a_publisher_does_not_wait_for_a_frozen_server_and_keeps_a_bounded_queue(
    redis_node: RedisNode, bus_to: MakeBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commandcenter.live.redis_outbox.UNSENT_BYTES", 1 << 20)
    near, far = bus_to(redis_node.url), bus_to(redis_node.url)
    ear = Ear(far)
    near.publish("frame", b"before")
    ear.until(b"before")
    redis_node.freeze()
    spent, thawing = cpu_of_threads(), monotonic() + 5.0
    took, number = list[float](), 0
    while monotonic() < thawing:
        begin = monotonic()
        near.publish("frame", b"%d" % number + bytes(50_000))
        took.append(monotonic() - begin)
        number += 1
        sleep(0.01)
    spent = cpu_of_threads() - spent
    # One that waits does so each time; the machine may make a few wait.
    assert sorted(took)[len(took) * 9 // 10] < 0.1, "a publisher waited"
    assert spent < 0.5, "a thread was busy while there was nothing to do"
    assert 0 < near.unsent * 50_000 <= 1 << 20
    redis_node.thaw()
    near.publish("frame", b"after")
    heard = [payload.rstrip(b"\0") for payload in ear.until(b"after")]
    numbers = [int(payload) for payload in heard[:-1]]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == number - 1, "the newest are what is kept"
    assert len(numbers) < number
    # Both ends know of it: the reader asks anew, and what the publisher asked for is asked again.
    until(lambda: near.lost > 0 and far.lost > 0)
    lost = near.lost, far.lost
    near.publish("frame", b"more")
    ear.until(b"more")
    assert (near.lost, far.lost) == lost


def test_a_master_that_dies_is_followed_to_its_replica(
    redis_watched: Watched, bus_to: MakeBus
) -> None:
    near, far = bus_to(redis_watched.url), bus_to(redis_watched.url)
    ear = Ear(far)
    near.publish("frame", b"before")
    ear.until(b"before")
    assert far.lost == 0
    redis_watched.master.kill()
    assert heard_again(near, ear) < 8.0
    info = redis_watched.replica.ask("INFO", "replication", password=PASSWORD)
    assert info["role"] == "master"
    until(lambda: near.lost > 0 and far.lost > 0)
    far.answer("ask.echo", lambda body: body)
    assert near.request("ask.echo", b"x", SECONDS) == b"x"


def test_a_cluster_is_entered_by_any_of_its_nodes(
    redis_cluster: list[RedisNode], bus_to: MakeBus
) -> None:
    for node in redis_cluster:
        url = f"redis+cluster://127.0.0.1:{free_port()},127.0.0.1:{node.port}"
        near, far = bus_to(url), bus_to(url)
        ear = Ear(far)
        for number in range(100):
            near.publish("frame", b"%d" % number)
        assert len(ear.until(b"99")) == 100
        far.answer("ask.echo", lambda body: body)
        assert near.request("ask.echo", b"x", SECONDS) == b"x"
    owners = [node for node in redis_cluster if node.ask("DBSIZE")]
    assert len(owners) == 1, "all keys lie on one node"
    owners[0].kill()
    owners[0].start()
    assert heard_again(near, ear) < 8.0
    until(lambda: near.lost > 0 and far.lost > 0)


@pytest.mark.parametrize("kind", ["unix", "rediss"])
def test_a_server_is_reached_by_unix_socket_and_by_tls(kind: str, bus_to: MakeBus) -> None:
    with service_folder() as folder:
        port = 0
        if kind == "unix":
            settings = ["--unixsocket", str(folder / "redis.sock")]
            url = f"unix://{folder}/redis.sock?db=1"
        else:
            port = free_port()
            certify(folder)
            own = ["--tls-cert-file", "city.crt", "--tls-key-file", "city.key"]
            others = ["--tls-ca-cert-file", "city.crt", "--tls-auth-clients", "no"]
            settings = ["--tls-port", str(port), *own, *others]
            url = f"rediss://localhost:{port}/1?ssl_ca_certs={folder}/city.crt"
        command = [program("redis-server"), "--port", "0", "--save", "", *settings]
        with running(command, folder) as service:
            service.wait_until(lambda: "eady to accept" in service.tail())
            bus = bus_to(url)
            ear = Ear(bus)
            bus.publish("frame", b"x")
            ear.until(b"x")
            bus.close()


def certify(folder: Path) -> None:
    """Make a certificate for localhost."""
    command = [program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
               "city.key", "-out", "city.crt", "-subj", "/CN=localhost", "-days", "2", "-addext",
               "subjectAltName=DNS:localhost"]  # fmt: skip
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def test_a_bus_without_a_server_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commandcenter.live.redis_bus.ANSWER_SECONDS", 0.3)
    with pytest.raises(Unavailable, match="COMMANDCENTER_REDIS_URL"):
        RedisBus("redis://127.0.0.1:1/0")


def test_a_closed_bus_leaves_no_thread(redis_url: str) -> None:
    bus = RedisBus(redis_url)
    bus.close()
    assert not [thread for thread in threading.enumerate() if bus.id in thread.name]


def cpu_of_threads() -> float:
    """Processor seconds of the buses' threads so far."""
    own = {thread.native_id for thread in threading.enumerate() if thread.name.startswith("bus-")}
    return sum(
        thread.user_time + thread.system_time
        for thread in psutil.Process().threads()
        if thread.id in own
    )
