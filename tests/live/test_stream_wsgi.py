"""The stream through a real threaded gunicorn, and as an iterable."""

import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from commandcenter.live.bus import Broker, LocalBus, MemoryBus
from commandcenter.live.hub import WINDOW_SECONDS, Hub
from commandcenter.live.hub_facts import Facts
from commandcenter.live.stream_wsgi import WsgiStream
from tests.live.streaming import BOARD, PULSE, Stream, Worker, authorise, until
from tests.services.process import answers, free_port, running


def environ(query: str = "key=wall", method: str = "GET", **more: str) -> dict[str, Any]:
    return {"REQUEST_METHOD": method, "QUERY_STRING": query, **more}


class Answer:
    """What a WSGI server would make of an answer."""

    def __init__(self, stream: WsgiStream, request: dict[str, Any]) -> None:
        self.status = ""
        self.headers: dict[str, str] = {}
        self.body: Any = stream(request, self.start)

    def start(self, status: str, headers: list[tuple[str, str]]) -> None:
        self.status, self.headers = status, dict(headers)


@pytest.fixture
def stream() -> Iterator[WsgiStream]:
    bus = MemoryBus()
    made = WsgiStream(Hub(Facts("Asia/Shanghai", "b1"), max_streams=2), bus, authorise)
    made.start()
    bus.publish("pulse", b'{"real": 1, "city": 1, "build": "b1"}')
    until(lambda: made.hub.counts.silent is None)
    yield made
    made.stop()
    bus.close()


def test_a_screen_is_forgotten_when_the_server_closes_even_unread(stream: WsgiStream) -> None:
    unread, read = Answer(stream, environ()), Answer(stream, environ())
    assert b"event: hello" in next(read.body)
    assert stream.hub.counts.streams == 2
    unread.body.close()
    read.body.close()
    assert stream.hub.counts.streams == 0


def test_a_full_server_asks_to_come_back_later(stream: WsgiStream) -> None:
    held = [Answer(stream, environ()) for _ in range(2)]
    refused = Answer(stream, environ())
    assert refused.status.startswith("503 ")
    assert int(refused.headers["retry-after"]) > 0
    assert b"too_many_streams" in b"".join(refused.body)
    for answer in held:
        answer.body.close()


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (environ(""), "401 "),
        (environ("key=nowhere"), "404 "),
        (environ("key=broken"), "503 "),
        (environ(method="POST"), "405 "),
    ],
)
def test_who_may_not_have_a_stream_is_told_why(
    stream: WsgiStream, request_: dict[str, Any], status: str
) -> None:
    assert Answer(stream, request_).status.startswith(status)


def test_a_stream_ends_when_the_server_stops(stream: WsgiStream) -> None:
    answer = Answer(stream, environ())
    next(answer.body)
    stream.stop()
    with pytest.raises(StopIteration):
        next(answer.body)
    answer.body.close()


@pytest.fixture
def gunicorn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, Worker]]:
    broker, port = Broker(tmp_path), free_port()
    bus = LocalBus(tmp_path)
    monkeypatch.setenv("BUS_FOLDER", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    options = ["--bind", f"127.0.0.1:{port}", "--threads", "8", "--graceful-timeout", "1"]
    app = "tests.live.gunicorn_app:create_app()"
    command = [sys.executable, "-m", "gunicorn", *options, app]
    with running(command, tmp_path) as service:
        service.wait_until(lambda: answers(port))
        yield port, Worker(bus)
    bus.close()
    broker.close()


def test_screens_of_a_plain_wsgi_server_see_what_changes_and_resume(
    gunicorn: tuple[int, Worker],
) -> None:
    port, worker = gunicorn
    one, two = Stream(port), Stream(port)
    assert one.headers["content-type"].startswith("text/event-stream")
    assert one.next()[0] == two.next()[0] == "hello"
    worker.frame(PULSE, open=1, overdue=1)
    worker.frame(BOARD, rows=["a"])
    seen: dict[str, Any] = {}
    while len(seen) < 2:
        seen |= one.props()
    assert seen == {PULSE.id: {"open": 1, "overdue": 1}, BOARD.id: {"rows": ["a"]}}
    assert two.props()[PULSE.id] == {"open": 1, "overdue": 1}
    one.close()
    worker.frame(PULSE, open=2)
    while two.props().get(PULSE.id) != {"open": 2}:
        pass
    back = Stream(port, headers=f"Last-Event-ID: {one.last}\r\n")
    assert back.props() == {PULSE.id: {"open": 2}}
    two.close()
    back.close()


def test_a_burst_is_held_to_one_write_per_window(gunicorn: tuple[int, Worker]) -> None:
    port, worker = gunicorn
    stream = Stream(port)
    assert stream.next()[0] == "hello"
    began = monotonic()
    for number in range(100):
        worker.frame(PULSE, open=number)
        sleep(0.001)
    seen = []
    while not seen or seen[-1] < 99:
        seen.append(stream.props()[PULSE.id]["open"])
    assert len(seen) <= (monotonic() - began) / WINDOW_SECONDS + 2
    stream.close()
