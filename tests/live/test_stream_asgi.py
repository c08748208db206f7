"""The native stream, through a real uvicorn and raw sockets."""

import socket
import struct
from collections.abc import Iterator
from queue import Queue
from time import monotonic

import orjson
import pytest

from commandcenter.live.hub import BEAT_SECONDS
from tests.live.streaming import BOARD, PULSE, SECONDS, AsgiServer, Stream, asgi_server, until


@pytest.fixture
def server() -> Iterator[AsgiServer]:
    with asgi_server() as running:
        yield running


def test_a_screen_is_greeted_and_then_sees_what_changes(server: AsgiServer) -> None:
    stream = Stream(server.port)
    assert stream.status == 200
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert stream.headers["x-accel-buffering"] == "no"
    assert "no-cache" in stream.headers["cache-control"]
    name, hello = stream.next()
    assert (name, hello["zone"], hello["build"]) == ("hello", "Asia/Shanghai", "b1")
    server.worker.frame(PULSE, open=1)
    assert stream.props() == {PULSE.id: {"open": 1}}
    stream.close()


def test_the_first_change_comes_at_once_and_a_burst_in_one_write(server: AsgiServer) -> None:
    stream = Stream(server.port)
    assert stream.next()[0] == "hello"
    server.worker.frame(PULSE, open=0)
    first = stream.props()
    began = monotonic()
    for number in range(1, 51):
        server.worker.frame(PULSE, open=number)
    seen = [first[PULSE.id]["open"]]
    while seen[-1] < 50:
        seen.append(stream.props()[PULSE.id]["open"])
    assert monotonic() - began < BEAT_SECONDS - 1
    # One write per window: 50 changes within it are a few events, never fifty.
    assert len(seen) <= 5
    stream.close()


def test_screens_of_other_topics_hear_nothing_of_it(server: AsgiServer) -> None:
    board, wall = Stream(server.port, "key=board"), Stream(server.port)
    until(lambda: server.hub.counts.streams == 2)
    server.worker.frame(PULSE, open=1)
    assert wall.props() == {PULSE.id: {"open": 1}}
    server.worker.frame(BOARD, rows=[1])
    assert board.props() == {BOARD.id: {"rows": [1]}}
    board.close()
    wall.close()


@pytest.mark.parametrize("how", ["header", "query"])
def test_a_screen_that_comes_back_gets_what_it_missed(server: AsgiServer, how: str) -> None:
    stream = Stream(server.port)
    until(lambda: server.hub.counts.streams == 1)
    server.worker.frame(PULSE, open=1, overdue=1)
    stream.props()
    stream.close()
    until(lambda: server.hub.counts.streams == 0)
    server.worker.frame(PULSE, open=2)
    until(lambda: server.hub.counts.frames == 2)
    if how == "header":
        back = Stream(server.port, headers=f"Last-Event-ID: {stream.last}\r\n")
    else:
        back = Stream(server.port, f"key=wall&last_event_id={stream.last}")
    assert back.props() == {PULSE.id: {"open": 2}}
    fresh = Stream(server.port)
    assert fresh.props() == {PULSE.id: {"open": 2, "overdue": 1}}
    back.close()
    fresh.close()


@pytest.mark.parametrize("rudely", [False, True])
def test_a_screen_that_leaves_is_forgotten_at_once(server: AsgiServer, rudely: bool) -> None:
    streams = [Stream(server.port) for _ in range(10)]
    until(lambda: server.hub.counts.streams == 10)
    for stream in streams[1:]:
        if rudely:
            linger = struct.pack("ii", 1, 0)
            stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        stream.close()
    until(lambda: server.hub.counts.streams == 1, seconds=1.0)
    server.worker.frame(PULSE, open=1)
    assert streams[0].props() == {PULSE.id: {"open": 1}}
    streams[0].close()


@pytest.mark.parametrize(
    ("query", "method", "status", "code"),
    [
        ("", "GET", 401, "unauthorised"),
        ("key=nowhere", "GET", 404, "not_found"),
        ("key=broken", "GET", 503, "unavailable"),
        ("key=wall", "POST", 405, "method_not_allowed"),
    ],
)
def test_who_may_not_have_a_stream_is_told_why(
    server: AsgiServer, query: str, method: str, status: int, code: str
) -> None:
    stream = Stream(server.port, query, method=method)
    assert stream.status == status
    assert stream.body()["error"]["code"] == code
    stream.close()


def test_a_full_server_asks_to_come_back_later() -> None:
    with asgi_server(max_streams=2) as server:
        streams = [Stream(server.port) for _ in range(2)]
        until(lambda: server.hub.is_full)
        refused = Stream(server.port)
        assert refused.status == 503
        assert int(refused.headers["retry-after"]) > 0
        assert refused.body()["error"]["code"] == "too_many_streams"
        streams[0].close()
        until(lambda: not server.hub.is_full)
        again = Stream(server.port)
        assert again.status == 200
        for stream in (refused, again, streams[1]):
            stream.close()


def test_interest_is_published_at_once_for_what_is_new(server: AsgiServer) -> None:
    heard: Queue[bytes] = Queue()
    server.bus.subscribe(("interest",), lambda _, payload: heard.put(payload))
    began = monotonic()
    stream = Stream(server.port)
    while not (interest := orjson.loads(heard.get(timeout=SECONDS)))["new"]:
        pass
    assert monotonic() - began < BEAT_SECONDS - 1
    assert interest["topics"] == interest["new"] == [BOARD.key, PULSE.key]
    stream.close()


def test_a_screen_that_does_not_read_holds_up_nobody_and_then_gets_the_latest(
    server: AsgiServer,
) -> None:
    slow, quick = Stream(server.port), Stream(server.port)
    until(lambda: server.hub.counts.streams == 2)
    for number in range(60):
        server.worker.frame(PULSE, open=number, padding=str(number) * 200_000)
        while quick.props()[PULSE.id]["open"] < number:
            pass
    seen = []
    while not seen or seen[-1] < 59:
        seen.append(slow.props()[PULSE.id]["open"])
    assert len(seen) < 60, "a slow screen gets the latest, not everything"
    slow.close()
    quick.close()


def test_a_screen_that_stays_blocked_is_dropped() -> None:
    with asgi_server(blocked_seconds=0.2) as server:
        dead, alive = Stream(server.port), Stream(server.port)
        until(lambda: server.hub.counts.streams == 2)
        number = 0
        while server.hub.counts.streams == 2:
            number += 1
            assert number < 200
            server.worker.frame(PULSE, open=number, padding=str(number) * 200_000)
            while alive.props()[PULSE.id]["open"] < number:
                pass
        server.worker.frame(PULSE, open=0)
        while alive.props()[PULSE.id]["open"] != 0:
            pass
        assert server.hub.counts.streams == 1
        dead.close()
        alive.close()


def test_a_server_that_stops_ends_its_streams_cleanly() -> None:
    with asgi_server() as server:
        heard: Queue[bytes] = Queue()
        server.bus.subscribe(("interest",), lambda _, payload: heard.put(payload))
        stream = Stream(server.port)
        assert stream.next()[0] == "hello"
        server.stop()
        with pytest.raises(EOFError):
            while stream.next():
                pass
        assert server.hub.counts.streams == 0
        stream.close()


def test_a_silent_worker_is_told_within_seconds(server: AsgiServer) -> None:
    stream = Stream(server.port)
    server.worker.pulse()
    assert stream.next()[0] == "hello"
    name, beat = stream.next()
    while beat["silent"] is None:
        name, beat = stream.next()
    assert name == "beat"
    server.worker.pulse()
    assert stream.next()[1]["silent"] is None
    stream.close()


def test_a_worker_that_speaks_and_lags_is_told_while_it_does(server: AsgiServer) -> None:
    stream = Stream(server.port)
    server.worker.pulse(behind=20)
    assert stream.next()[0] == "hello"
    name, beat = stream.next()
    while beat["asof"] is None or beat["silent"] is not None:
        name, beat = stream.next()
    assert name == "beat"
    assert 20_000 <= beat["real"] - beat["asof"] < 25_000
    server.worker.pulse()
    assert stream.next()[1]["asof"] is None
    stream.close()
