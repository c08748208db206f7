"""From the start of the server to the first frame on a screen, beside counting everything anew.

A screen waits at the server's port while it starts. The time runs from the start of the first
process to the first panel that arrives. The peer is the same server without its saved counts, so
that it counts cases and moves with GROUP BY before it shows anything. The operating system has the
files in memory, as after a restart of the server and not of the machine.
"""

import argparse
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from threading import Thread
from time import perf_counter, sleep
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

from bench.city import Demonstration, demonstration
from bench.tables import print_table
from commandcenter.store.checkpoints import forget
from commandcenter.store.store import Store

PATIENCE_SECONDS = 300.0
FRAME = b"event: props"


def run(arguments: Sequence[str]) -> dict[str, Any]:
    """Measure; print a table, return all numbers."""
    parser = argparse.ArgumentParser(prog="python -m bench restart", description=__doc__)
    parser.add_argument("--history", type=int, default=200_000, help="cases, e.g. 2490000")
    parser.add_argument("--data", type=Path, help="a demonstration's folder; default: a new one")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args(arguments)
    with _folder(asked.data) as folder:
        options = ("--history", str(asked.history), "--rate", "1")
        began = perf_counter()
        with demonstration(*options, folder=folder) as city:
            first = perf_counter() - began
            cookie = enter(city)
        saved = [restart_seconds(folder, options, cookie) for _ in range(asked.rounds)]
        anew = []
        for _ in range(asked.rounds):
            _forget_counts(folder)
            anew.append(restart_seconds(folder, options, cookie))
        cases = _cases(folder)
    rows = [
        {"how": "with saved counts", **spread(saved)},
        {"how": "counting anew (GROUP BY)", **spread(anew)},
    ]
    print_table(
        ("cases", "start", "first frame s", "slowest s"),
        [(cases, row["how"], row["first_frame_s"], row["slowest_s"]) for row in rows],
    )
    return {"cases": cases, "first_start_s": round(first, 2), "rows": rows}


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given:
        given.mkdir(parents=True, exist_ok=True)
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as made:
        yield Path(made)


class _Stay(HTTPRedirectHandler):
    """Does not follow: the cookie is in the answer that redirects."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def enter(city: Demonstration) -> str:
    """Open the wall's link and return the cookie of its session, which outlives restarts."""
    try:
        build_opener(_Stay).open(city.wall)
    except HTTPError as answer:
        cookies = answer.headers.get_all("Set-Cookie") or []
        for cookie in cookies:
            if cookie.startswith("session="):
                return str(cookie).partition(";")[0]
    raise SystemExit("the wall's link gives no session")


def restart_seconds(folder: Path, options: Sequence[str], cookie: str) -> float:
    """Start the server with a screen waiting for it; return seconds to the first frame."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    found: list[float] = []
    screen = Thread(target=lambda: found.append(_first_frame(port, cookie)), daemon=True)
    began = perf_counter()
    screen.start()
    with demonstration(*options, "--port", str(port), folder=folder) as city:
        assert urlsplit(city.url).port == port
        screen.join(PATIENCE_SECONDS)
    if not found:
        raise SystemExit("no frame came")
    return found[0] - began


def _first_frame(port: int, cookie: str) -> float:
    """Ask for the wall's stream until there is one; return when its first panel came."""
    request = (
        f"GET /stream?layout=city HTTP/1.1\r\nHost: bench\r\nCookie: {cookie}\r\n"
        "Accept: text/event-stream\r\n\r\n"
    ).encode()
    until = perf_counter() + PATIENCE_SECONDS
    while perf_counter() < until:
        try:
            with socket.create_connection(("127.0.0.1", port), 1.0) as connection:
                connection.settimeout(PATIENCE_SECONDS)
                connection.sendall(request)
                data = b""
                while part := connection.recv(65536):
                    data += part
                    if FRAME in data:
                        return perf_counter()
        except OSError:
            pass
        sleep(0.01)
    raise SystemExit("the stream shows nothing")


def _forget_counts(folder: Path) -> None:
    store = Store(f"sqlite:///{folder / 'commandcenter.db'}")
    with store.write() as connection:
        forget(connection)
    store.close()


def _cases(folder: Path) -> int:
    store = Store(f"sqlite:///{folder / 'commandcenter.db'}")
    with store.read() as connection:
        found = connection.exec_driver_sql("SELECT count(*) FROM cases").scalar()
    store.close()
    return int(found or 0)


def spread(found: Sequence[float]) -> dict[str, float]:
    return {"first_frame_s": round(median(found), 2), "slowest_s": round(max(found), 2)}
