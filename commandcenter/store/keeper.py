"""A thread that keeps leases, whatever becomes of the database."""

import logging
from collections.abc import Callable
from threading import Event, Thread

from commandcenter.store.away import StoreAway
from commandcenter.store.leases import LOOK_SECONDS

log = logging.getLogger(__name__)


class Keeper:
    """Calls `tend` in a thread, each time after the seconds that it returned.

    A database that goes away is told when it goes and when it comes back.
    """

    def __init__(self, tend: Callable[[], float]) -> None:
        self._tend = tend
        self._is_away = False
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="leases", daemon=True)

    def start(self) -> None:
        """Tend once in this thread, so that what is free is held at once, then in the other."""
        self._once()
        self._thread.start()

    def close(self) -> None:
        """Tend no more."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        pause = LOOK_SECONDS
        while not self._stopping.wait(pause):
            pause = self._once()

    def _once(self) -> float:
        try:
            pause = self._tend()
        except StoreAway as error:
            if not self._is_away:
                log.warning("leases cannot be kept: %s", error)
            self._is_away = True
            return LOOK_SECONDS
        if self._is_away:
            log.warning("leases can be kept again")
        self._is_away = False
        return pause
