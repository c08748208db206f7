"""Shares the sources among the workers: each source runs where its lease is held."""

import logging
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Event, Thread
from time import monotonic
from typing import Protocol

from commandcenter.domain.figures import Figure
from commandcenter.store.keeper import Keeper
from commandcenter.store.leases import LOOK_SECONDS, Fence, Lease, Term

log = logging.getLogger(__name__)

STOP_SECONDS = 5.0
WAKE_SECONDS = 0.5
PATIENCE_SECONDS = 0.2
MOST_PATIENCE = 3
"""Who runs sources already leaves a free one to others for so many times the patience at most."""
TELL_SECONDS = 5.0
"""A live worker that starts learns within this time how every source is."""


class Held(Protocol):
    """What runs in a thread of the one worker that holds its lease: a source, the timekeeper."""

    @property
    def has_died(self) -> bool:
        """Whether its thread is gone though nothing has ended it."""

    @property
    def process(self) -> tuple[str, int, int] | None:
        """The plugin, bytes and restarts of a process of its own, None where it has none."""

    def start(self, fence: Fence) -> None:
        """Begin; nothing is written but behind the fence."""

    def stop(self) -> None:
        """Ask it to end."""

    def join(self, seconds: float) -> bool:
        """Wait until it ended; False if it did not in time."""

    def tell_again(self) -> None:
        """Tell how it is to those who were not there when it changed."""


class Share:
    """One source as one of several workers sees it; `make` gives a runner that was not started."""

    def __init__(self, lease: Lease, make: Callable[[], Held]) -> None:
        self.lease = lease
        self._make = make
        self._term: Term | None = None
        self._runner: Held | None = None
        self._told = 0.0
        self._is_leaving = False

    @property
    def runs(self) -> bool:
        """Whether the source runs here."""
        return self._runner is not None

    @property
    def token(self) -> int | None:
        """The token of the term in which the source runs here, None where it does not."""
        term = self._term
        return term.token if term is not None and self.runs else None

    @property
    def process(self) -> tuple[str, int, int] | None:
        """The process of the source where it runs here, None where it needs none."""
        return None if self._runner is None else self._runner.process

    def tend(self, patience: float) -> float:
        """Keep the lease while the source is well, contend for it while it runs elsewhere.

        Returns the seconds until it should be called again; raises StoreAway.
        """
        runner = self._runner
        if self._is_leaving and (runner is None or self._bury(runner)):
            self._is_leaving, runner = False, None
        if runner is not None and runner.has_died:
            log.error("lease %s is given back: its source's thread has died", self.lease.name)
            self.lease.release()
        if runner is not None and self.lease.term != self._term and self._bury(runner):
            runner = None
        if runner is not None and self.lease.term is None:
            return LOOK_SECONDS  # it runs out: until it has ended the source is not ours again
        pause = self.lease.tend(patience=patience)
        term = self.lease.term
        if runner is None and term is not None:
            self._start(term)
        elif runner is not None and monotonic() >= self._told:
            self._told = monotonic() + TELL_SECONDS
            runner.tell_again()
        return pause

    def renew(self, make: Callable[[], Held]) -> None:
        """Have the source end where it runs here, and start anew with another runner."""
        self._make, self._is_leaving = make, True
        self.stop()

    def stop(self) -> None:
        """Ask the source to end."""
        if self._runner is not None:
            self._runner.stop()

    def end(self, seconds: float) -> None:
        """Wait until the source has ended, so long at most, and give the lease back."""
        if self._runner is not None:
            self._runner.join(seconds)
        self.lease.release()

    def _start(self, term: Term) -> None:
        self._term, self._runner = term, self._make()
        self._told = monotonic() + TELL_SECONDS
        self._runner.start(term.fence)

    def _bury(self, runner: Held) -> bool:
        """Tell a source that runs elsewhere by now to end; True once it has."""
        runner.stop()
        if not runner.join(0.0):
            return False
        self._runner = self._term = None
        return True


@dataclass(frozen=True)
class Change:
    """What becomes of sources, by the names of their leases.

    Those in `renewed` start anew where they run, with another runner.
    """

    renewed: Mapping[str, Callable[[], Held]]
    ended: Collection[str]
    fresh: Sequence[Share]


class Shares:
    """The shares of one worker in all sources."""

    def __init__(self, shares: Sequence[Share]) -> None:
        self._shares = list(shares)
        self._posted: deque[Change] = deque()

    @property
    def leases(self) -> dict[str, int | None]:
        """The leases of all sources, each with the token under which its source runs here."""
        return {share.lease.name: share.token for share in self._shares}

    def figures(self) -> Iterator[Figure]:
        """Yield memory and restarts of the sources' own processes, by plugin."""
        memory, restarts = Counter[str](), Counter[str]()
        for share in self._shares:
            if (found := share.process) is not None:
                plugin, size, starts = found
                memory[plugin] += size
                restarts[plugin] += starts
        for plugin in memory:
            of = {"plugin": plugin}
            yield Figure("commandcenter_plugin_memory_bytes", memory[plugin], of)
            yield Figure("commandcenter_plugin_restarts_total", restarts[plugin], of)

    def change(self, change: Change) -> None:
        """Go on with other sources within a moment; callable from any thread."""
        self._posted.append(change)

    def run(self, stopping: Event) -> None:
        """Run what sources there are for this worker until it is told to stop."""
        keeper = Keeper(self._tend)
        keeper.start()
        # A signal may be given to another thread than this one, which then hears of it as it wakes.
        while not stopping.wait(WAKE_SECONDS):
            pass
        keeper.close()
        for share in self._shares:
            share.stop()
        until = monotonic() + STOP_SECONDS
        for share in self._shares:
            share.end(max(0.0, until - monotonic()))

    def _take(self, change: Change) -> None:
        for share in self._shares[:]:
            name = share.lease.name
            if name in change.renewed:
                share.renew(change.renewed[name])
            elif name in change.ended:
                self._shares.remove(share)
                share.stop()
                # Here it would hold up the beats of all other leases.
                Thread(target=share.end, args=(STOP_SECONDS,), name=f"end {name}").start()
        self._shares += change.fresh

    def _tend(self) -> float:
        while self._posted:
            self._take(self._posted.popleft())
        pause = LOOK_SECONDS
        for share in self._shares:
            running = sum(other.runs for other in self._shares)
            pause = min(pause, share.tend(min(running, MOST_PATIENCE) * PATIENCE_SECONDS))
        return pause
