"""The processes of a small city with two workers of each role, and a screen that watches it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import orjson
from sqlalchemy import text

from commandcenter.live.bus import connect
from commandcenter.live.frames import CHANNEL, split, unstamped
from commandcenter.live.topics import Topic
from commandcenter.settings import Settings
from commandcenter.store.store import Store
from tests.waiting import until

TOPIC = Topic.of("lamp.open", "990102", 0, "zh", {}).key
SOURCE = "ticker.beat"


@dataclass
class Screen:
    """Watches one topic, and keeps with its instant what each message said."""

    settings: Settings
    frames: list[tuple[float, int]] = field(default_factory=list)
    pulses: list[tuple[float, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bus = connect(self.settings)
        self.stopping = Event()
        self.bus.subscribe([CHANNEL, "pulse"], self._hear)
        self.thread = Thread(target=self._watch)
        self.thread.start()

    def close(self) -> None:
        self.stopping.set()
        self.thread.join()
        self.bus.close()

    def _watch(self) -> None:
        while not self.stopping.is_set():
            message = {"hub": "screen", "topics": [TOPIC], "new": []}
            self.bus.publish("interest", orjson.dumps(message))
            self.stopping.wait(1.0)

    def _hear(self, channel: str, payload: bytes) -> None:
        now = time.monotonic()
        if channel == "pulse":
            self.pulses.append((now, orjson.loads(payload)["token"]))
            return
        token, message = unstamped(payload)
        if any(frame.topic == TOPIC and frame.full for frame in split(message)):
            self.frames.append((now, token))


@dataclass
class Site:
    """The processes of a small city, as a service manager would run them."""

    settings: Settings
    store: Store
    screen: Screen
    folder: Path
    workers: dict[str, list[subprocess.Popen[bytes]]] = field(default_factory=dict)

    def start(self, role: str) -> subprocess.Popen[bytes]:
        """Start one more worker of a role."""
        given = self.settings.model_dump(mode="json", exclude_unset=True)
        named = {f"COMMANDCENTER_{name.upper()}": str(value) for name, value in given.items()}
        named["PYTHONFAULTHANDLER"] = "1"  # who is aborted says what each of its threads did
        number = len(self.workers.setdefault(role, []))
        with (self.folder / f"{role}-{number}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "commandcenter", "worker", "--role", role],
                env=dict(os.environ) | named, stderr=log, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        self.workers[role].append(process)
        return process

    def holder(self, lease: str) -> int:
        """The number of the process that holds a lease, 0 for none."""
        rows = self.rows("SELECT holder FROM leases WHERE name = :name", name=lease)
        return int(rows[0][0].split("/")[1]) if rows and rows[0][0] else 0

    def token(self, lease: str) -> int:
        rows = self.rows("SELECT token FROM leases WHERE name = :name", name=lease)
        return int(rows[0][0]) if rows else 0

    def rows(self, statement: str, **values: object) -> list[tuple[object, ...]]:
        with self.store.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement), values)]

    def cases(self) -> int:
        """How many cases the source has reported."""
        found = self.rows("SELECT count(*) FROM cases WHERE source = :source", source=SOURCE)
        return int(str(found[0][0]))

    def logs(self, role: str) -> list[str]:
        """What each worker of a role has said."""
        paths = (self.folder / f"{role}-{n}.log" for n in range(len(self.workers[role])))
        return [path.read_text(errors="replace") for path in paths]

    def ensure_pair(self, role: str) -> None:
        """Have two workers of a role up, one of them standing by."""
        alive = [p for p in self.workers.get(role, []) if p.poll() is None]
        for _ in range(2 - len(alive)):
            self.start(role)
        said = ("holds lease", "stands by for lease")
        until(lambda: all(any(words in log for words in said) for log in self.logs(role)), 120.0)

    def end(self) -> None:
        """End all as a service manager does."""
        processes = [process for of_role in self.workers.values() for process in of_role]
        for process in processes:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in processes:
            try:
                process.wait(90)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGABRT)
                process.wait(10)
                logs = [log for role in self.workers for log in self.logs(role)]
                raise AssertionError("it did not end:\n" + "\n\n".join(logs)) from None
