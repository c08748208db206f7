"""What judges the server must itself be able to find it guilty."""

from __future__ import annotations

import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults import disk, link
from tests.faults.clock import SteppedClock
from tests.faults.load import Ledger
from tests.faults.proxy import Proxy
from tests.faults.screens import Reading, Screen

PROPS = (
    b'id: e-7\nevent: props\ndata: {"real":5000,"set":{"t":{"at":1,"state":"ok","reason":"",'
    b'"parts":{"reported":{"value":1},"total":{"value":41}}}}}\n\n'
)


def accepted(*numbers: int) -> list[dict[str, object]]:
    return [{"status": "accepted", "id": number} for number in numbers]


def test_a_ledger_tells_since_when_a_screen_misses_a_report() -> None:
    ledger = Ledger()
    ledger.take(["a", "b"], accepted(1, 2))
    then = time.monotonic()
    assert ledger.missing_for(2, then + 3) == 0
    assert ledger.missing_for(1, then + 3) == pytest.approx(3, abs=0.1)


def test_a_ledger_notes_a_second_id_of_a_report_and_a_refusal() -> None:
    ledger = Ledger()
    ledger.take(["a"], accepted(1))
    ledger.take(["a", "b"], [{"status": "duplicate", "id": 2}, {"status": "rejected"}])
    assert ledger.changed == [("a", 1, 2)]
    assert ledger.refused == [{"status": "rejected"}]


def test_a_screen_that_looks_fresh_and_is_behind_lies_until_it_says_so() -> None:
    screen, reading = Screen(("", 0), "", Reading()), Reading()
    screen._take(reading.news(b'event: hello\ndata: {"asof":null}\n\n' + PROPS))
    assert (screen.total, screen.looks_fresh) == (41, True)
    for at in (100.0, 103.0):
        screen.look(True, at)
    screen._take(reading.news(b'event: beat\ndata: {"asof":9000}\n\n'))
    screen.look(True, 110.0)
    assert (screen.longest_lie, screen.looks_fresh) == (3.0, False)


def test_a_total_that_goes_back_is_counted() -> None:
    screen, reading = Screen(("", 0), "", Reading()), Reading()
    for data in (PROPS, PROPS.replace(b"41", b"40")):
        screen._take(reading.news(data))
    assert screen.steps_back == 1


def test_a_stepped_clock_moves_the_wall_clock_and_no_other(tmp_path: Path) -> None:
    clock = SteppedClock.made(tmp_path)
    said = "import time; print(time.time(), time.monotonic(), time.clock_gettime(7))"
    program = f"{said}; input(); {said}; time.sleep(0.1)"
    with subprocess.Popen(
        [sys.executable, "-c", program], env=clock.variables, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdin is not None and process.stdout is not None
        before = [float(word) for word in process.stdout.readline().split()]
        clock.step(600)
        process.stdin.write("\n")
        process.stdin.flush()
        after = [float(word) for word in process.stdout.readline().split()]
    wall, monotonic, boot = (b - a for a, b in zip(before, after, strict=True))
    assert 600 <= wall < 610
    assert monotonic < 10 and boot < 10
    assert process.returncode == 0


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that sends back what it gets."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    wire, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=answer, args=(wire,), daemon=True).start()

        def answer(wire: socket.socket) -> None:
            with wire, suppress(OSError):
                while data := wire.recv(100):
                    wire.sendall(data)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def proxy(echo: int) -> Iterator[Proxy]:
    """A proxy before the echo."""
    made = Proxy(("127.0.0.1", echo))
    made.start()
    yield made
    made.close()


def said_through(proxy: Proxy) -> bytes:
    """What comes back through a new connection; empty where nothing does."""
    with socket.create_connection(("127.0.0.1", proxy.port), 1) as wire:
        wire.settimeout(0.3)
        try:
            wire.sendall(b"hello")
            return wire.recv(100)
        except OSError:
            return b""


def test_a_proxy_passes_refuses_freezes_and_is_mended(proxy: Proxy) -> None:
    assert said_through(proxy) == b"hello"
    proxy.refuses = True
    assert said_through(proxy) == b""
    proxy.mend()
    proxy.freeze()
    assert said_through(proxy) == b""
    proxy.mend()
    proxy.is_half_open = True
    assert said_through(proxy) == b""
    proxy.mend()
    assert said_through(proxy) == b"hello"


def test_a_proxy_cuts_what_passes(proxy: Proxy) -> None:
    with socket.create_connection(("127.0.0.1", proxy.port), 1) as wire:
        wire.sendall(b"hello")
        assert wire.recv(100) == b"hello"
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            wire.recv(100)


def arrived(cable: link.Link, number: int) -> int:
    """How many datagrams of so many come through from the far end."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as near:
        near.bind((cable.near, 0))
        near.settimeout(0.3)

        def send() -> None:
            cable.enter()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far:
                for _ in range(number):
                    far.sendto(b"hello", near.getsockname())

        sender = threading.Thread(target=send)
        sender.start()
        sender.join()
        found = 0
        with suppress(TimeoutError):
            while near.recv(100):
                found += 1
        return found


def test_a_link_loses_packets_until_it_is_mended() -> None:
    with link.laid() as cable:
        if not cable.is_real:
            pytest.skip("only root can lose packets")
        # The very first ones also find the way.
        assert any(arrived(cable, 10) for _ in range(20))
        cable.lose(30)
        assert 90 < arrived(cable, 200) < 180
        cable.mend()
        assert arrived(cable, 200) == 200


def test_a_disk_is_full_until_it_is_cleared(tmp_path: Path) -> None:
    with disk.mounted(tmp_path / "small", 1 << 20) as small:
        if not small.is_real:
            pytest.skip("only root can mount one")
        file = small.folder / "file"
        file.write_bytes(bytes(1000))
        small.fill()
        with pytest.raises(OSError, match="No space left"):
            (small.folder / "large").write_bytes(bytes(100_000))
        small.clear()
        assert (small.folder / "large").write_bytes(struct.pack("q", 1)) == 8
