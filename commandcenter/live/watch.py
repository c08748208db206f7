"""Watches the database aside: how far the log is ahead of the counts, and what waits in letters."""

import logging
from collections.abc import Callable, Iterator
from threading import Event, Thread
from time import monotonic

from commandcenter.cases import dead_letters
from commandcenter.domain.figures import Figure
from commandcenter.live.lag import Lags
from commandcenter.store import acts
from commandcenter.store import log as moves
from commandcenter.store.store import Store

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
LETTERS_SECONDS = 15.0
LETTER_CODES = frozenset({"invalid", "outside", "outside_districts"})
"""Told even when none waits: an alert cannot compare with what is not there."""


class DatabaseWatch:
    """Looks at the database in a thread of its own, so that one that hangs holds up nothing.

    `lags` are told where the logs end. They are figures of this worker while it `leads`: another
    one counts for all otherwise.
    """

    def __init__(self, store: Store, lags: Lags, leads: Callable[[], bool]) -> None:
        self._store = store
        self._lags = lags
        self._leads = leads
        self._letters: dict[str, int] = {}
        self._letters_due = 0.0
        self._looked = monotonic()
        self._took = 0.0
        self._failing = False
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="database-watch", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def close(self) -> None:
        """Look no longer; a look that hangs is not waited for."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(LOOK_SECONDS)

    def look(self) -> None:
        """Read what the figures need; raises what the database does."""
        begun = monotonic()
        with self._store.read() as connection:
            self._lags.moves.saw(moves.last_seq(connection), begun)
            self._lags.acts.saw(acts.last_seq(connection), begun)
            if begun >= self._letters_due:
                self._letters = dead_letters.count_by_code(connection)
                self._letters_due = begun + LETTERS_SECONDS
        self._looked = monotonic()
        self._took = self._looked - begun

    def figures(self) -> Iterator[Figure]:
        """Yield how far the logs are ahead, and what waits."""
        now = monotonic()
        if self._leads():
            yield from self._lags.moves.figures(now)
            yield from self._lags.acts.figures(now)
        yield Figure("commandcenter_database_look_seconds", self._took)
        yield Figure("commandcenter_database_unanswered_seconds", max(0.0, now - self._looked))
        for code in LETTER_CODES | self._letters.keys():
            waiting = self._letters.get(code, 0)
            yield Figure("commandcenter_letters_waiting", waiting, {"code": code})

    def _run(self) -> None:
        while True:
            # Whatever the database says, it is looked at again.
            try:
                self.look()
                self._failing = False
            except Exception:
                if not self._failing:
                    log.exception("the database cannot be looked at")
                self._failing = True
            if self._stopping.wait(LOOK_SECONDS):
                return
