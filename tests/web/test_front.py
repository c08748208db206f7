"""The ASGI front under a real server: the stream beside Flask, and what raw sockets send."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from commandcenter.live import frames
from commandcenter.web import front
from tests.web.conftest import CITY, make_services
from tests.web.serving import Server, serving
from tests.web.test_pages import walled


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The front under uvicorn, as `serve` runs it."""
    folder: Path = tmp_path_factory.mktemp("front")
    made = walled(make_services(folder, f"sqlite:///{folder / 'commandcenter.db'}"), folder)
    with serving(made) as server:
        yield server
    made.bus.close()
    made.store.close()


def status(answer: bytes) -> int:
    """The status of a raw answer."""
    return int(answer.split(b" ", 2)[1])


def test_flask_answers_beside_the_stream(server: Server) -> None:
    answer = server.get(b"/healthz")
    assert status(answer) == 200
    assert answer.endswith(b'{"status":"ok"}\n')


def test_every_answer_carries_the_id_of_its_request(server: Server) -> None:
    given = "X-Request-ID: from-a-proxy"
    for path in (b"/healthz", b"/stream?layout=city", b"/nothing"):
        assert b"x-request-id: from-a-proxy" in server.get(path, given).lower()
    ask = b"POST /api/v1/reports HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\n\r\n"
    answer = server.send(ask + b" " * (front.LARGEST_BODY + 1))
    (number,) = re.findall(rb"x-request-id: ([0-9a-f]{16})", answer)
    assert json.loads(answer.split(b"\r\n\r\n")[1])["error"]["request_id"] == number.decode()


def test_a_stream_needs_a_session(server: Server) -> None:
    assert status(server.get(b"/stream?layout=city")) == 401
    cookie = server.cookie("wall")
    assert status(server.get(b"/stream?layout=nothing", cookie)) == 404


def test_a_change_reaches_a_wall(server: Server) -> None:
    cookie = server.cookie("wall")
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as wire:
        ask = f"GET /stream?layout=city HTTP/1.1\r\nHost: localhost\r\n{cookie}\r\n\r\n"
        wire.sendall(ask.encode())
        heard = read_until(wire, b"event: hello")
        assert b"x-accel-buffering: no" in heard.lower()
        (topic,) = server.front.stream.hub._topics
        frame = frames.Frame(topic, 1, {"open": orjson.dumps({"value": 42})}, full=True)
        server.services.bus.publish(frames.CHANNEL, frames.encode(frame))
        assert b'{"value":42}' in read_until(wire, b"42}")


def read_until(wire: socket.socket, mark: bytes) -> bytes:
    """Read from a stream until `mark` has come."""
    heard = b""
    while mark not in heard:
        part = wire.recv(65536)
        assert part, heard
        heard += part
    return heard


@pytest.mark.parametrize(
    "path",
    [b"/api/v1/cases?cell=\xff\xfe", b"/%ff%fe", b"/cell/%00", b"/?key=%ff", b"/a?\xe4=\xb8"],
)
def test_no_address_makes_the_server_stumble(server: Server, path: bytes) -> None:
    assert 200 <= status(server.get(path)) < 500


def test_a_body_that_is_too_large_is_not_read_to_its_end(server: Server) -> None:
    head = (
        b"POST /api/v1/reports HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Type: application/json\r\nContent-Length: 2147483648\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as wire:
        wire.sendall(head)
        wire.sendall(b" " * (front.LARGEST_BODY + 1))
        answer = read_until(wire, b"}}")
    assert status(answer) == 413
    assert json.loads(answer.split(b"\r\n\r\n")[1])["error"]["code"] == "request_entity_too_large"


def test_a_chunked_body_is_read_whole(server: Server) -> None:
    body = b"4\r\n[1, \r\n2\r\n2]\r\n0\r\n\r\n"
    answer = server.send(
        b"POST /api/v1/reports HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
        + f"Authorization: Bearer {server.keys['source']}\r\n\r\n".encode()
        + body
    )
    assert status(answer) == 200
    assert answer.count(b'"rejected"') >= 2


def test_a_caller_who_sends_slowly_is_let_go(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front, "BODY_SECONDS", 0.2)
    head = b"POST /api/v1/reports HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n1"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as wire:
        wire.sendall(head)
        assert status(read_until(wire, b"}}")) == 408


def test_a_page_is_served_through_the_front(server: Server) -> None:
    cookie = server.cookie("wall")
    answer = server.get(b"/wall/city", cookie)
    assert status(answer) == 200
    assert b"_dash-renderer" in answer
    assert status(server.get(f"/cell/{CITY}".encode())) == 303
