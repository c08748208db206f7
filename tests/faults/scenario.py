"""One fault under load with screens open, and what must be so after it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic, sleep

from commandcenter.web.front import THREADS
from tests.faults.clients import Clients
from tests.faults.cluster import EACH, Cluster
from tests.faults.footprints import Footprint, by_role, opened
from tests.faults.table import Fault, Stage
from tests.faults.truth import Kept, Recount, kept, newest, stored
from tests.waiting import until

PATIENCE_SECONDS = 90.0
RECOVERY_SECONDS = 5.0
"""After the reports end everything must be right within this time."""
GROWN = 1.25
GROWN_BYTES = 40 << 20
OPEN_CASE_BYTES = 1024
"""What a live worker keeps of each open case: whose clock runs out when, and whose it is."""
GROWN_FILES = 20
OWN_WIRES = 6
"""Connections of a process beside those of its store and its threads: of the bus and the leases."""
QUIET_MOMENT_SECONDS = 30.0
POLL_SECONDS = 0.05
WRITERS = (
    "SELECT pid FROM pg_stat_activity"
    " WHERE datname = current_database() AND backend_xid IS NOT NULL"
)
"""The sessions amid a write: with it, a process that is stopped would hold up everybody."""


@dataclass(frozen=True)
class Form:
    """How large a run is: reports a second, streams, seconds of load before a fault.

    After it all must be well for `steady` seconds on end, longer than it takes a hub to notice
    that its worker is silent: what looks right just after a blow may only not know it yet.
    """

    is_short: bool
    rate: float
    screens: int
    before: float
    steady: float


FULL = Form(False, 1000.0, 200, 4.0, 6.0)
SHORT = Form(True, 100.0, 20, 1.0, 3.5)


@dataclass
class Row:
    """What one fault did: times in seconds, `complaints` what should not be so."""

    fault: str
    accepted: int = 0
    kept: Kept = field(default_factory=lambda: Kept(0, 0))
    up: float = 0.0
    right: float = 0.0
    lie: float = 0.0
    answers: dict[str, int] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)


class Stretch:
    """How long something has been so without a break."""

    def __init__(self) -> None:
        self.since = monotonic()
        self._last = self.since

    @property
    def seconds(self) -> float:
        """Seconds from the first to the last look of the unbroken row."""
        return self._last - self.since

    def note(self, is_so: bool) -> None:
        """Note a look."""
        self._last = monotonic()
        if not is_so:
            self.since = self._last


class Scenario:
    """A cluster with its clients, on which one fault after another is caused."""

    def __init__(self, cluster: Cluster, form: Form, rate: float = 0.0, screens: int = 0) -> None:
        self.cluster = cluster
        self.form = form
        self.clients = Clients(cluster, rate or form.rate)
        self.clients.start(screens or form.screens)
        self._recount = Recount(cluster)
        self._usual: dict[str, Footprint] = {}
        self._opened: dict[str, str] = {}

    def close(self) -> None:
        """Send the clients away."""
        self.clients.close()

    def warm_up(self, seconds: float) -> None:
        """Use the server for a while, and remember what its processes then hold."""
        self._begin()
        sleep(seconds)
        self.clients.call(self.clients.load.stop())
        self._usual = by_role(self.cluster)
        self._opened = {role: opened(self.cluster, role) for role in self._usual}

    def run(self, fault: Fault) -> Row:
        """Cause a fault and judge what comes after it."""
        with self.judged(fault.name, fault.unsaid) as row:
            sleep(self.form.before)
            stage = Stage(self.cluster, self.clients, self.form.is_short)
            seconds = (fault.short or 0.0) if self.form.is_short else fault.seconds
            with fault.cause(stage, seconds):
                self._recover(row, fault.within)
        self._judge_processes(row)
        return row

    @contextmanager
    def judged(self, name: str, unsaid: float = math.inf) -> Iterator[Row]:
        """Send reports while the block runs, and judge then what became of them."""
        row, ledger = Row(name), self.clients.load.ledger
        before, number = len(ledger.accepted), newest(self.cluster)
        ledger.statuses.clear()
        self._begin()
        try:
            yield row
        finally:
            self.clients.call(self.clients.load.stop())
        self._judge_screens(row, unsaid)
        self._judge_counts(row)
        row.accepted, row.answers = len(ledger.accepted) - before, dict(ledger.statuses)
        row.kept = kept(self.cluster, ledger, number)
        row.complaints += [f"rejected: {answer}" for answer in ledger.refused[:1]]
        row.complaints += [f"another id: {change}" for change in ledger.changed[:1]]
        if row.kept != Kept(0, 0):
            row.complaints.append(f"{row.kept.lost} lost, {row.kept.doubled} doubled")
        ledger.refused.clear()
        ledger.changed.clear()

    def _begin(self) -> None:
        clients = self.clients
        until(self.cluster.is_up, PATIENCE_SECONDS, "the server is not ready")
        clients.base = stored(self.cluster, ours=False)
        until(clients.all_current, PATIENCE_SECONDS, "the screens are not current")
        clients.forget()
        clients.call(clients.load.start())

    def _recover(self, row: Row, within: float) -> None:
        ended = monotonic()
        up, right = Stretch(), Stretch()
        deadline = ended + PATIENCE_SECONDS
        while min(up.seconds, right.seconds) < self.form.steady:
            if monotonic() > deadline:
                row.complaints.append(f"not right after {PATIENCE_SECONDS:g} s: {self._state()}")
                row.up, row.right = up.since - ended, math.nan
                return
            sleep(POLL_SECONDS)
            right.note(self.clients.all_current())
            up.note(self.cluster.is_up())
        row.up, row.right = max(0.0, up.since - ended), max(0.0, right.since - ended)
        if row.right - row.up > within:
            row.complaints.append(f"right only {row.right - row.up:.1f} s after all was up")

    def _state(self) -> str:
        clients, now = self.clients, monotonic()
        fresh = sum(screen.looks_fresh for screen in clients.screens)
        behind = max(clients.behind(screen, now) for screen in clients.screens)
        return f"{fresh} of {len(clients.screens)} screens look fresh, one is {behind:.1f} s behind"

    def _judge_screens(self, row: Row, allowed: float) -> None:
        screens = self.clients.screens

        def all_true() -> bool:
            total = stored(self.cluster)
            return all(screen.looks_fresh and screen.total == total for screen in screens)

        try:
            until(all_true, RECOVERY_SECONDS, "not every screen shows the truth")
        except AssertionError:
            found = sorted({(screen.looks_fresh, screen.total) for screen in screens})
            row.complaints.append(f"screens show {found[:4]}, there are {stored(self.cluster)}")
        row.lie = max(screen.longest_lie for screen in screens)
        if row.lie > allowed:
            row.complaints.append(f"a screen looked fresh for {row.lie:.1f} s and was not")
        back = sum(screen.steps_back for screen in screens)
        if back:
            row.complaints.append(f"totals went back {back} times")

    def _judge_counts(self, row: Row) -> None:
        with self._sources_at_rest():
            deadline = monotonic() + RECOVERY_SECONDS
            began, found = 0.0, None
            # To look takes seconds where much is under way: the last look begins after that time.
            while found != [] and began < deadline:
                sleep(POLL_SECONDS)
                began, found = monotonic(), self._recount.differences(self.clients)
        if found is None:
            row.complaints.append("the counts are behind the log")
        elif found:
            row.complaints.append(f"{len(found)} counts are wrong: {'; '.join(found[:3])}")

    @contextmanager
    def _sources_at_rest(self) -> Iterator[None]:
        """Stop the sources between two of their lists: the log stands still meanwhile."""
        parts = self.cluster.role("ingest")

        def are_held() -> bool:
            for part in parts:
                part.stop()
            if not self.cluster.rows(WRITERS):
                return True
            for part in parts:
                part.go_on()
            return False

        try:
            until(are_held, QUIET_MOMENT_SECONDS, "somebody is always writing")
            yield
        finally:
            for part in parts:
                part.go_on()

    def _judge_processes(self, row: Row) -> None:
        """Everything that a fault made them hold must be given back in a while."""
        try:
            until(lambda: not self._grown(), 2 * RECOVERY_SECONDS, "")
        except AssertionError:
            row.complaints += self._grown()

    def _grown(self) -> list[str]:
        found = []
        for role, now in by_role(self.cluster).items():
            usual = self._usual[role]
            most = GROWN * usual.resident + GROWN_BYTES
            if role == "live":
                most += EACH * OPEN_CASE_BYTES * len(self.clients.load.ledger.accepted)
            if now.resident > most:
                sizes = f"{usual.resident >> 20} to {now.resident >> 20} MB"
                found.append(f"memory of {role} grew from {sizes}")
            more = []
            if now.files - now.wires > usual.files - usual.wires + GROWN_FILES:
                more.append(f"files of {role} grew from {usual.files} to {now.files}")
            if now.wires > self._full_pools(role):
                more.append(f"connections of {role} grew from {usual.wires} to {now.wires}")
            if more:
                is_open = f"{opened(self.cluster, role)}; before {self._opened[role]}"
                found.append(f"{', '.join(more)}: {is_open}")
        return found

    def _full_pools(self, role: str) -> int:
        """How many connections to the services a role has once all its pools have been needed."""
        at_once = self.cluster.settings.database_connections + (THREADS if role == "web" else 0)
        return EACH * (at_once + OWN_WIRES)
