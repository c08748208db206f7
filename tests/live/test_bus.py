"""All buses carry messages, requests and answers alike."""

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue
from time import monotonic, sleep

import pytest

from commandcenter.errors import Unavailable
from commandcenter.live.bus import Broker, Bus, LocalBus, MemoryBus, connect
from commandcenter.live.redis_bus import RedisBus
from commandcenter.settings import read_settings

SECONDS = 30.0


class Pair:
    """Two ends of one bus, as two processes would have them."""

    def __init__(self, make: Callable[[], Bus], shared: bool = False) -> None:
        self.near = make()
        self.far = self.near if shared else make()

    def close(self) -> None:
        self.near.close()
        self.far.close()


@pytest.fixture(params=["memory", "local", "redis"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    broker = Broker(tmp_path) if request.param == "local" else None
    if request.param == "memory":
        made = Pair(MemoryBus, shared=True)
    elif request.param == "local":
        made = Pair(lambda: LocalBus(tmp_path))
    else:
        url = request.getfixturevalue("redis_url")
        made = Pair(lambda: RedisBus(url))
    yield made
    made.close()
    if broker is not None:
        broker.close()


def test_a_message_reaches_whoever_listens_to_its_channel(pair: Pair) -> None:
    heard: Queue[tuple[str, bytes]] = Queue()
    pair.far.subscribe(("frame", "pulse"), lambda *message: heard.put(message))
    pair.near.publish("moves", b"not for us")
    pair.near.publish("frames", b"not for us either")
    pair.near.publish("frame", b"one\n\x00two")
    pair.near.publish("pulse", b"")
    assert heard.get(timeout=SECONDS) == ("frame", b"one\n\x00two")
    assert heard.get(timeout=SECONDS) == ("pulse", b"")


def test_a_subscription_is_in_force_when_subscribe_returns(pair: Pair) -> None:
    for number in range(20):
        heard: Queue[bytes] = Queue()
        channel = f"channel{number}"
        subscription = pair.far.subscribe(
            (channel,), lambda _, payload, heard=heard: heard.put(payload)
        )
        pair.near.publish(channel, b"first")
        assert heard.get(timeout=SECONDS) == b"first"
        subscription.close()


def test_messages_keep_their_order(pair: Pair) -> None:
    heard: Queue[bytes] = Queue()
    pair.far.subscribe(("frame",), lambda _, payload: heard.put(payload))
    for number in range(2000):
        pair.near.publish("frame", str(number).encode())
    assert [int(heard.get(timeout=SECONDS)) for _ in range(2000)] == list(range(2000))


def test_a_closed_subscription_hears_nothing_and_leaves_the_others(pair: Pair) -> None:
    left: Queue[bytes] = Queue()
    kept: Queue[bytes] = Queue()
    subscription = pair.far.subscribe(("frame",), lambda _, payload: left.put(payload))
    pair.far.subscribe(("frame",), lambda _, payload: kept.put(payload))
    subscription.close()
    subscription.close()
    pair.near.publish("frame", b"after")
    assert kept.get(timeout=SECONDS) == b"after"
    assert left.empty()


def test_a_handler_that_fails_silences_nobody(pair: Pair, caplog: pytest.LogCaptureFixture) -> None:
    heard: Queue[bytes] = Queue()
    pair.far.subscribe(("frame",), lambda *_: 1 / 0)
    pair.far.subscribe(("frame",), lambda _, payload: heard.put(payload))
    pair.near.publish("frame", b"x")
    assert heard.get(timeout=SECONDS) == b"x"
    assert "a handler of frame failed" in caplog.text


def test_a_request_gets_its_own_answer(pair: Pair) -> None:
    pair.far.answer("ask.double", lambda body: body * 2)
    answers: dict[int, bytes] = {}

    def ask(number: int) -> None:
        answers[number] = pair.near.request("ask.double", f"{number}\n".encode(), timeout=SECONDS)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {number: f"{number}\n{number}\n".encode() for number in range(20)}


def test_a_request_that_nobody_answers_is_unavailable_in_time(pair: Pair) -> None:
    before = monotonic()
    with pytest.raises(Unavailable, match=r"no answer on ask\.nobody"):
        pair.near.request("ask.nobody", b"", timeout=0.1)
    assert monotonic() - before < SECONDS / 3


def test_a_handler_may_not_wait_for_an_answer(pair: Pair) -> None:
    told: Queue[str] = Queue()

    def ask_in_a_handler(_: str, payload: bytes) -> None:
        try:
            pair.far.request("ask.double", payload)
        except RuntimeError as error:
            told.put(str(error))

    pair.far.subscribe(("frame",), ask_in_a_handler)
    pair.near.publish("frame", b"x")
    assert "from another thread" in told.get(timeout=SECONDS)


@pytest.mark.parametrize("kind", ["memory", "local", "redis"])
def test_a_slow_handler_loses_the_oldest_and_is_told(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    broker = Broker(tmp_path)
    slow: Bus
    if kind == "memory":
        slow = fast = MemoryBus(backlog=10)
    elif kind == "local":
        slow, fast = LocalBus(tmp_path, backlog=10), LocalBus(tmp_path)
    else:
        url = request.getfixturevalue("redis_url")
        slow, fast = RedisBus(url, backlog=10), RedisBus(url, backlog=10)
    heard: list[bytes] = []
    started, free, done = threading.Event(), threading.Event(), threading.Event()

    def handle(_: str, payload: bytes) -> None:
        started.set()
        free.wait(SECONDS)
        heard.append(payload)
        if payload == b"last":
            done.set()

    slow.subscribe(("frame",), handle)
    fast.publish("frame", b"first")
    assert started.wait(SECONDS)
    before = monotonic()
    for number in range(500):
        fast.publish("frame", str(number).encode())
    fast.publish("frame", b"last")
    assert monotonic() - before < SECONDS / 3, "a publisher waits for nobody"
    # The last one has passed the transport before the handler goes on.
    if fast is not slow:
        fast.subscribe(("mark",), lambda *_: None)
        fast.answer("ask.mark", lambda body: body)
        fast.request("ask.mark", b"", SECONDS)
    free.set()
    assert done.wait(SECONDS)
    assert heard[0] == b"first"
    assert heard[-1] == b"last"
    assert slow.lost > 0
    assert len(heard) < 400
    slow.close()
    fast.close()
    broker.close()


def answer_in_a_process(folder: Path) -> None:
    bus = LocalBus(folder)
    stop = threading.Event()
    bus.answer("ask.stop", lambda body: stop.set() or b"stopped " + body)  # type: ignore[func-returns-value]
    stop.wait(30)
    bus.close()


def test_the_local_bus_joins_processes(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    bus = LocalBus(tmp_path)
    process = multiprocessing.get_context("spawn").Process(
        target=answer_in_a_process, args=(tmp_path,)
    )
    process.start()
    deadline = monotonic() + 20
    while True:
        try:
            answer = bus.request("ask.stop", b"now", timeout=0.2)
            break
        except Unavailable:
            assert monotonic() < deadline
    assert answer == b"stopped now"
    process.join(10)
    assert process.exitcode == 0
    bus.close()
    broker.close()


def test_a_bus_outlives_a_restart_of_its_broker(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    near, far = LocalBus(tmp_path), LocalBus(tmp_path)
    heard: Queue[bytes] = Queue()
    far.subscribe(("frame",), lambda _, payload: heard.put(payload))
    broker.close()
    broker = Broker(tmp_path)
    deadline = monotonic() + SECONDS
    while heard.empty():
        assert monotonic() < deadline
        near.publish("frame", b"again")
        sleep(0.01)
    near.close()
    far.close()
    broker.close()


def test_a_local_bus_without_a_broker_says_what_to_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commandcenter.live.local_bus.ANSWER_SECONDS", 0.1)
    with pytest.raises(Unavailable, match="commandcenter serve"):
        LocalBus(tmp_path)


def test_a_bus_works_in_a_folder_with_a_long_name(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30)
    broker, bus = Broker(folder), LocalBus(folder)
    bus.answer("ask.echo", lambda body: body)
    assert bus.request("ask.echo", b"x", SECONDS) == b"x"
    bus.close()
    broker.close()


def test_the_local_sockets_are_closed_to_other_users(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    broker = Broker(folder)
    assert {path.name: path.stat().st_mode & 0o077 for path in folder.iterdir()} == {
        "bus-in.sock": 0,
        "bus-out.sock": 0,
    }
    broker.close()


def test_the_settings_choose_the_bus(tmp_path: Path, redis_url: str) -> None:
    broker = Broker(tmp_path)
    local = connect(read_settings(data=tmp_path))
    remote = connect(read_settings(data=tmp_path, redis_url=redis_url))
    assert isinstance(local, LocalBus)
    assert isinstance(remote, RedisBus)
    local.close()
    remote.close()
    broker.close()


def test_a_closed_bus_publishes_nothing_and_leaves_no_thread(pair: Pair) -> None:
    names = {f"bus-{pair.near.id}", f"bus-{pair.far.id}"}  # type: ignore[attr-defined]
    pair.close()
    pair.near.publish("frame", b"late")
    assert not names & {thread.name for thread in threading.enumerate()}
