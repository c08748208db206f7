"""The timekeeper: says that a time is over, at the very instant, wherever nobody has acted in it.

One worker has it, by lease. One that was away says the same, at the same instants.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event, Thread
from time import time

from commandcenter.cases import directives, whistles
from commandcenter.domain.clocks import CityClock, Millis
from commandcenter.store.away import StoreAway
from commandcenter.store.leases import Fence, LeaseLost, unfenced
from commandcenter.store.store import Connection, Store

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""So often it looks for times that were set since, and sooner where one is over before that."""
AWAY_SECONDS = 1.0
TIMEKEEPER = "timekeeper"
"""The name of its lease."""


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that is to be said when its time is over.

    `next` returns when the first one is, None where none runs; `say` says all that were over
    before an instant, in the caller's transaction, and returns how many it found.
    """

    name: str
    next: Callable[[Connection], Millis | None]
    say: Callable[[Connection, Millis], int]


DUTIES = (
    Duty("whistles", whistles.next_due, whistles.mark_late),
    Duty("directives", directives.next_deadline, directives.mark_late),
    Duty("lapses", directives.next_lapse, directives.end_lapsed),
)


class Timekeeper:
    """Runs in a thread of the ingest worker that holds its lease."""

    def __init__(
        self,
        store: Store,
        clock: CityClock,
        duties: Sequence[Duty] = DUTIES,
        real: Callable[[], float] = time,
    ) -> None:
        self._store = store
        self._clock = clock
        self._duties = duties
        self._real = real
        self._fence: Fence = unfenced
        self._stopping = Event()
        self._has_ended = False
        self._is_away = False
        self._thread = Thread(target=self._run, name=TIMEKEEPER, daemon=True)

    @property
    def has_died(self) -> bool:
        """Whether its thread is gone though nothing has ended it."""
        started = self._thread.ident is not None
        return started and not self._thread.is_alive() and not self._has_ended

    @property
    def process(self) -> None:
        """It has none of its own."""
        return None

    def start(self, fence: Fence = unfenced) -> None:
        """Begin; nothing is written but behind the fence."""
        self._fence = fence
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end."""
        self._stopping.set()

    def join(self, seconds: float) -> bool:
        """Wait until it ended; False if it did not in time."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def tell_again(self) -> None:
        """Tell nothing: what it says stands in the logs."""

    def look(self) -> float:
        """Say what is over; returns the seconds until more may be. Raises StoreAway, LeaseLost."""
        now = self._clock.now(round(self._real() * 1000))
        with self._store.read() as connection:
            due = {duty.name: duty.next(connection) for duty in self._duties}
        over = [duty for duty in self._duties if (at := due[duty.name]) is not None and at < now]
        for duty in over:
            with self._store.write() as connection:
                self._fence(connection)
                duty.say(connection, now)
        running = [at for at in due.values() if at is not None and at >= now]
        return min([LOOK_SECONDS, *(self._seconds_until(at + 1) for at in running)])

    def _seconds_until(self, at: Millis) -> float:
        return max(0.0, self._clock.real(at) / 1000 - self._real())

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                pause = self.look()
                self._is_away = False
            except StoreAway as error:
                if not self._is_away:
                    log.error("the timekeeper waits: %s", error)
                self._is_away, pause = True, AWAY_SECONDS
            except LeaseLost as lost:
                log.warning("the timekeeper runs elsewhere: %s", lost)
                break
            self._stopping.wait(pause)
        self._has_ended = True
