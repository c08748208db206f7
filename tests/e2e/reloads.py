"""Screens and reporters on a server whose processes are replaced, and what they must not notice."""

from __future__ import annotations

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from itertools import count
from threading import Event
from urllib.parse import urlsplit

import psutil

from tests.e2e.servers import Server, report
from tests.e2e.streams import Screen, Screens
from tests.waiting import until

STREAMS = 50
LONGEST_GAP = 3.0
PAUSE_SECONDS = 0.1


class Reporter:
    """Posts one list soon after another, on one connection or on one for each.

    The short pause leaves the processes that start something of the machine.
    """

    def __init__(self, server: Server, name: str, keeps: bool) -> None:
        self.accepted: dict[str, int] = {}
        self.failed: list[str] = []
        self.stopping = Event()
        self._name, self._keeps = name, keeps
        self._key = server.said["source_key"]
        place = urlsplit(server.url)
        self._connection = HTTPConnection(place.hostname or "", place.port, timeout=20)

    def run(self) -> None:
        """Post until told to stop."""
        with closing(self._connection):
            for number in count():
                if self.stopping.wait(PAUSE_SECONDS):
                    return
                self._post([report(f"{self._name}-{number}-{n}") for n in range(3)])
                if not self._keeps:
                    self._connection.close()

    def _post(self, reports: list[dict[str, object]]) -> None:
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        try:
            self._connection.request("POST", "/api/v1/reports", json.dumps(reports), headers)
            with self._connection.getresponse() as answer:
                status, body = answer.status, answer.read()
        except OSError as error:
            self.failed.append(repr(error))
            self._connection.close()
            return
        if status != 200:
            self.failed.append(f"{status} {body!r}")
            return
        for given, said in zip(reports, json.loads(body)["answers"], strict=True):
            assert said["status"] == "accepted", said
            self.accepted[str(given["external_id"])] = said["id"]


def roles(server: Server) -> dict[str, set[int]]:
    """The server's processes by what they do; there may be several of each."""
    assert server._service is not None
    found: dict[str, set[int]] = {"web": set(), "live": set(), "ingest": set()}
    for child in psutil.Process(server._service.process.pid).children():
        try:
            words = child.cmdline()
        except psutil.Error:  # it has just ended
            continue
        role = "web" if "web" in words else words[-1] if words else ""
        if role in found:
            found[role].add(child.pid)
    return found


def serving(server: Server) -> int:
    """How many web processes have begun to serve since the start."""
    return server.log().count("Application startup complete")


def are_all_replaced(before: dict[str, set[int]], server: Server) -> bool:
    now = roles(server)
    return all(len(now[r]) == len(before[r]) and not now[r] & before[r] for r in before)


def crash(server: Server, role: str) -> None:
    """Kill all processes of a role, and wait until others stand in their place."""
    before = {role: roles(server)[role]}
    for pid in before[role]:
        os.kill(pid, signal.SIGKILL)
    until(lambda: are_all_replaced(before, server))


def shared(server: Server) -> list[int]:
    """How many streams each web process carries."""
    port = urlsplit(server.url).port
    counts = []
    for pid in roles(server)["web"]:
        wires = psutil.Process(pid).net_connections("tcp")
        counts.append(sum(w.status == "ESTABLISHED" and w.laddr.port == port for w in wires))
    return counts


def a_reload_costs_screens_a_reconnect_and_reporters_nothing(server: Server) -> None:
    """Replace all processes under open streams and two reporters."""
    reporters = [Reporter(server, "kept", True), Reporter(server, "new", False)]
    wall = server.said["wall"]
    with Screens(server.url, wall, STREAMS) as screens, ThreadPoolExecutor(2) as pool:
        until(lambda: screens.open() == STREAMS)
        runs = [pool.submit(reporter.run) for reporter in reporters]
        try:
            before = roles(server)
            server.command("reload")
            until(lambda: are_all_replaced(before, server), 120)
            until(lambda: screens.open() == STREAMS)
        finally:
            for reporter in reporters:
                reporter.stopping.set()
        for run in runs:
            run.result()
        assert [reporter.failed for reporter in reporters] == [[], []]
        gaps = [gap for screen in screens.screens for gap in screen.gaps]
        assert max(gaps) < LONGEST_GAP, sorted(gaps)[-5:]
        # Once for its own web process; one that went to a process yet to be replaced goes twice.
        assert all(2 <= screen.opened <= 3 for screen in screens.screens)
        with server.quiet():
            truth = server.recounted()["total"]
            until(lambda: totals(screens) == {truth})
    accepted = {key: number for reporter in reporters for key, number in reporter.accepted.items()}
    mine = "external_id LIKE 'kept-%' OR external_id LIKE 'new-%'"
    rows = server.rows(f"SELECT external_id, id FROM cases WHERE source = 'e2e' AND ({mine})")
    assert len(accepted) > 50
    assert accepted == dict(map(tuple, rows)) and len(rows) == len(accepted)


def totals(screens: Screens) -> set[int]:
    """What all the screens say that the city has had of cases."""
    found = set()
    for screen in screens.screens:
        (said,) = (v for (t, p), v in screen.parts.items() if p == "total" and is_pulse(screen, t))
        found.add(said["value"])
    return found


def is_pulse(screen: Screen, topic: str) -> bool:
    return {"total", "open", "overdue"} <= {p for t, p in screen.parts if t == topic}


def two_web_processes_share_the_streams(server: Server) -> None:
    """Open streams and look who carries them; one may still be beginning at the first time."""
    shares = []
    for _ in range(3):
        with Screens(server.url, server.said["wall"], STREAMS) as screens:
            until(lambda screens=screens: screens.open() == STREAMS)
            until(lambda: sum(shared(server)) == STREAMS)
            shares.append(min(shared(server)))
        until(lambda: sum(shared(server)) == 0)
        if shares[-1] >= STREAMS // 5:
            return
    raise AssertionError(f"of {STREAMS} streams one process carried {shares}")


def a_revoked_wall_is_shut_out_of_every_process(server: Server) -> None:
    """Revoke the wall's key under its open streams; nobody can use it afterwards."""
    with Screens(server.url, server.said["wall"], STREAMS) as screens:
        until(lambda: screens.open() == STREAMS)
        assert min(shared(server)) > 0
        server.command("key", "revoke", "demo wall")
        until(lambda: screens.open() == 0, 30)
