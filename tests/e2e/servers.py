"""Whole servers, started as people start them, and what a test asks of them from outside."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import psutil
from sqlalchemy import create_engine, text

from commandcenter.domain.cases import OPEN
from tests.services.process import Service, free_port, program, running
from tests.waiting import until

READY_SECONDS = 360.0
CITY, DISTRICT = "410100", "410105"


@dataclass(frozen=True)
class Answer:
    """What the server said to one request."""

    status: int
    body: Any


@dataclass
class Server:
    """`commandcenter` on a data folder; it can be stopped and started again on its port."""

    folder: Path
    variables: dict[str, str]
    said: dict[str, Any] = field(default_factory=dict)
    starts: int = 0
    _running: ExitStack = field(default_factory=ExitStack)
    _service: Service | None = None

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "data"

    @property
    def url(self) -> str:
        """Where it is reached."""
        url: str = self.said["url"]
        return url

    def demo(self, *options: str) -> None:
        """Start `demo` and return when it has said that it is ready."""
        port = urlsplit(self.said["url"]).port if self.said else free_port()
        service = self.run("demo", "--json", "--port", str(port), *options)
        service.wait_until(lambda: _first_line(service.log) is not None, READY_SECONDS)
        self.said = json.loads(_first_line(service.log) or "")

    def run(self, command: str, *options: str) -> Service:
        """Start a command that runs until `stop`."""
        logs = self.folder / f"start-{self.starts}"
        logs.mkdir(parents=True)
        self.starts += 1
        words = [*self._python(), command, "--data", str(self.data), *options]
        service = self._service = self._running.enter_context(running(words, logs))
        return service

    def stop(self) -> None:
        """End it as Ctrl-C or a service manager does."""
        for child in self.children().values():
            child.resume()
        self._running.close()

    def log(self) -> str:
        """All that it has written since its last start."""
        assert self._service is not None
        return self._service.log.read_text(errors="replace")

    def children(self) -> dict[str, psutil.Process]:
        """Its processes by what they do: web, live, ingest."""
        assert self._service is not None
        if self._service.process.poll() is not None:
            return {}
        found = {}
        for child in psutil.Process(self._service.process.pid).children():
            try:
                words = child.cmdline()
            except psutil.Error:  # it has just died and was not yet buried
                continue
            role = next((r for r in ("live", "ingest") if r in words[-1:]), "web")
            found[role] = child
        return found

    def kill(self, role: str) -> None:
        """End one process as a crash does, and wait until another one stands in its place."""
        victim = self.children()[role]
        victim.kill()
        until(lambda: self.children().get(role, victim).pid != victim.pid)

    @contextmanager
    def held(self, role: str) -> Iterator[None]:
        """Stop one process in its tracks for a while."""
        process = self.children()[role]
        process.suspend()
        yield
        process.resume()

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Stop the sources for a while, between two of their lists.

        Held while it writes, the process would hold up everybody else's writing too.
        """
        process = self.children()["ingest"]

        def is_held() -> bool:
            process.suspend()
            if self._is_writable():
                return True
            process.resume()
            return False

        until(is_held)
        yield
        process.resume()

    def _is_writable(self) -> bool:
        if "COMMANDCENTER_DATABASE_URL" in self.variables:
            writers = "SELECT count(*) FROM pg_stat_activity WHERE backend_xid IS NOT NULL"
            return bool(self.rows(writers)[0][0] == 0)
        with closing(sqlite3.connect(self.data / "commandcenter.db", timeout=0.5)) as connection:
            with suppress(sqlite3.OperationalError):
                connection.execute("BEGIN IMMEDIATE")
                return True
            return False

    def command(self, *words: str) -> str:
        """Run another command on the same data and return what it printed."""
        done = subprocess.run(
            [*self._python(), *words, "--data", str(self.data)],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def verify(self) -> None:
        """Prove by the command that the counts equal recounts from the cases and the moves."""
        proof = self.command("db", "verify")
        assert re.search(r"counts over [1-9][\d,]* cases and [1-9][\d,]* moves: 0 differ", proof)

    def call(self, path: str, body: object = None, key: str = "") -> Answer:
        """Ask the API with the key of the source."""
        headers = {"Authorization": f"Bearer {key or self.said['source_key']}"}
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            headers["Content-Type"] = "application/json"
        try:
            with urlopen(Request(self.url + path, data, headers), timeout=20) as answer:
                return Answer(answer.status, json.load(answer))
        except HTTPError as refused:
            with refused:
                return Answer(refused.status, json.load(refused))

    def counts(self, cell: str = CITY) -> dict[str, int]:
        """What the API counts for a cell, asked again while nobody counts."""
        answer = until(lambda: _good(self.call(f"/api/v1/cells/{cell}/counts")))
        counts: dict[str, int] = answer.body["counts"]
        return counts

    def report(self, *reports: dict[str, Any]) -> list[dict[str, Any]]:
        """Hand in a list of reports and return what became of each."""
        answer = self.call("/api/v1/reports", list(reports))
        assert answer.status == 200, answer
        answers: list[dict[str, Any]] = answer.body["answers"]
        return answers

    def rows(self, statement: str, **values: object) -> list[Any]:
        """Ask the database itself."""
        url = self.variables.get("COMMANDCENTER_DATABASE_URL")
        engine = create_engine(url or f"sqlite:///{self.data / 'commandcenter.db'}")
        try:
            with engine.connect() as connection:
                return list(connection.execute(text(statement), values))
        finally:
            engine.dispose()

    def recounted(self) -> dict[str, int]:
        """What the pulse must say, counted from the rows with no help of the product's counts."""
        states = dict(self.rows("SELECT state, count(*) FROM cases GROUP BY state"))
        now = round(time.time() * 1000)
        late = "SELECT count(*) FROM cases WHERE due <= :now AND state IN "
        open_states = [state.value for state in OPEN]
        listed = "(" + ", ".join(f"'{state}'" for state in open_states) + ")"
        return {
            "total": sum(states.values()),
            "open": sum(states.get(state, 0) for state in open_states),
            "overdue": self.rows(late + listed, now=now)[0][0],
        }

    def _python(self) -> list[str]:
        given = [f"{name}={value}" for name, value in self.variables.items()]
        return [program("env"), *given, sys.executable, "-m", "commandcenter"]


def report(external_id: str, cell: str = DISTRICT, **more: object) -> dict[str, Any]:
    """A report that is good in every respect."""
    return {
        "source": "e2e",
        "external_id": external_id,
        "channel": "hotline",
        "title": "楼下垃圾堆放",
        "description": "已经三天",
        "cell": cell,
        "occurred_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    } | more


def copied(prepared: Path, folder: Path, cache: Path, **variables: object) -> Server:
    """A server, not yet started, on a copy of a prepared data folder."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(prepared, folder / "data", ignore=shutil.ignore_patterns("*.sock", "*.lock"))
    return made(folder, cache, **variables)


def made(folder: Path, cache: Path, **variables: object) -> Server:
    """A server, not yet started, with these settings beside those of all tests."""
    given = {f"COMMANDCENTER_{name.upper()}": str(value) for name, value in variables.items()}
    return Server(folder, {"COMMANDCENTER_CACHE": str(cache)} | given)


@contextmanager
def ended(server: Server) -> Iterator[Server]:
    """End a server with the block; whatever was done to it, its counts must be provable."""
    try:
        yield server
        server.verify()
    finally:
        server.stop()


def _first_line(log: Path) -> str | None:
    lines = log.read_text(errors="replace").splitlines()
    return next((line for line in lines if line.startswith('{"url"')), None)


def _good(answer: Answer) -> Answer | None:
    return answer if answer.status == 200 else None
