"""Each process tells how it is: its figures, every two seconds, to whoever listens on the bus."""

import logging
import os
import socket
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from time import monotonic, time
from typing import Any

import orjson
import psutil

from commandcenter.domain.figures import Figure
from commandcenter.live.bus import Bus, Subscription
from commandcenter.logs import kept_lines

log = logging.getLogger(__name__)

CHANNEL = "stats"
BEAT_SECONDS = 2.0
KEPT_SECONDS = 15.0
"""How long a process that is not heard any more is still told of."""

Provider = Callable[[], Iterable[Figure]]
Values = dict[str, float | dict[str, float]]


class Stats:
    """The figures of one process: parts of it are asked for theirs when a message is made.

    Counting costs the parts an addition; nothing is locked or sent where they work.
    """

    def __init__(self, role: str, bus: Bus, build: Callable[[], str] = str) -> None:
        self.role = role
        self.process = f"{role}-{os.getpid()}@{socket.gethostname()}"
        self.build = build
        self.notes: dict[str, Callable[[], object]] = {"errors": kept_lines}
        """What belongs to the figures in words, by name: for the operators' page."""
        self._bus = bus
        self._providers: list[Provider] = [process_figures(), lambda: bus_figures(bus)]
        self._failing: set[int] = set()
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="stats", daemon=True)

    def add(self, provider: Provider) -> None:
        """Ask one more part for its figures."""
        self._providers.append(provider)

    def start(self) -> None:
        """Begin to publish; call it in the process that serves, after a fork."""
        self._thread.start()

    def close(self) -> None:
        """Publish no more."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(BEAT_SECONDS)

    def message(self) -> dict[str, Any]:
        """Return all figures as they are now."""
        return {
            "process": self.process,
            "role": self.role,
            "at": round(time() * 1000),
            "build": self.build(),
            "values": packed(self._figures()),
            "notes": {name: tell() for name, tell in self.notes.items()},
        }

    def _figures(self) -> Iterator[Figure]:
        for number, provider in enumerate(self._providers):
            # One part that cannot tell must not silence the others.
            try:
                yield from list(provider())
            except Exception:
                if number not in self._failing:
                    log.exception("figures of a part are missing")
                self._failing.add(number)
            else:
                self._failing.discard(number)

    def _run(self) -> None:
        while True:
            self._bus.publish(CHANNEL, orjson.dumps(self.message(), default=str))
            if self._stopping.wait(BEAT_SECONDS):
                return


@dataclass(frozen=True)
class Heard:
    """The latest message of a process, when it came (steady seconds), and the one before."""

    message: Mapping[str, Any]
    at: float
    before: Mapping[str, Any] = field(default_factory=dict)

    @property
    def process(self) -> str:
        """The name of the process."""
        return str(self.message["process"])

    @property
    def role(self) -> str:
        """What the process does: web, live or ingest."""
        return str(self.message["role"])

    @property
    def age(self) -> float:
        """Seconds since the process was heard."""
        return monotonic() - self.at

    def figures(self) -> list[Figure]:
        """Return its figures."""
        return list(unpacked(self.message["values"]))


class Board:
    """The latest figures of all processes, as far as this one hears them."""

    def __init__(self, bus: Bus, own: Stats) -> None:
        self._bus = bus
        self._own = own
        self._lock = Lock()
        self._heard: dict[str, Heard] = {}
        self._subscription: Subscription | None = None

    def start(self) -> None:
        """Listen; raises Unavailable where the bus does not answer."""
        self._subscription = self._bus.subscribe([CHANNEL], self.hear)

    def close(self) -> None:
        """Listen no longer."""
        if self._subscription is not None:
            self._subscription.close()

    def hear(self, _channel: str, payload: bytes) -> None:
        """Take in a message; one that is not of this shape is passed over."""
        try:
            message = orjson.loads(payload)
            name = str(message["process"])
            with self._lock:
                known = self._heard.get(name)
            if known is None:  # another version's may be of another shape
                list(unpacked(message["values"]))
            with self._lock:
                before = known.message if known else {}
                self._heard[name] = Heard(message, monotonic(), before)
        except (AttributeError, TypeError, KeyError, ValueError) as error:
            log.warning("a message on %s cannot be used: %s", CHANNEL, type(error).__name__)

    def processes(self) -> list[Heard]:
        """Return every process that is heard, by role and name; this one as it is at this moment.

        What this process has to say does not depend on the bus.
        """
        with self._lock:
            for name in [name for name, heard in self._heard.items() if heard.age > KEPT_SECONDS]:
                del self._heard[name]
            found = dict(self._heard)
        mine = self._own.message()
        known = found.get(self._own.process)
        # Its last message may be a moment old, too short a time to tell how fast anything goes.
        before = (known.before or known.message) if known else {}
        found[self._own.process] = Heard(mine, monotonic(), before)
        return sorted(found.values(), key=lambda heard: (heard.role, heard.process))


def packed(figures: Iterable[Figure]) -> Values:
    """Return figures as JSON has them: by name a number, or numbers by their labels (as JSON)."""
    values: Values = {}
    labelled: dict[str, dict[str, float]] = defaultdict(dict)
    for name, value, labels in figures:
        if labels:
            labelled[name][orjson.dumps(labels).decode()] = value
        else:
            values[name] = value
    return values | labelled


def unpacked(values: Mapping[str, float | Mapping[str, float]]) -> Iterator[Figure]:
    """Yield the figures of a message; raises what Python does for one of another shape."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            for labels, number in value.items():
                yield Figure(name, number, orjson.loads(labels))
        else:
            yield Figure(name, value)


def process_figures() -> Provider:
    """Return what tells what this process takes of the machine."""
    process = psutil.Process()

    def tell() -> Iterator[Figure]:
        with process.oneshot():
            times = process.cpu_times()
            yield Figure("commandcenter_process_cpu_seconds_total", times.user + times.system)
            memory = process.memory_info().rss
            yield Figure("commandcenter_process_resident_memory_bytes", memory)
            yield Figure("commandcenter_process_open_fds", process.num_fds())
            yield Figure("commandcenter_process_threads", process.num_threads())
            yield Figure("commandcenter_process_start_time_seconds", process.create_time())

    return tell


def bus_figures(bus: Bus) -> Iterator[Figure]:
    """Yield what waits on the bus and what was lost there."""
    yield Figure("commandcenter_bus_lost_total", bus.lost)
    yield Figure("commandcenter_bus_backlog_messages", bus.backlog)
    yield Figure("commandcenter_bus_unsent_messages", bus.unsent)
