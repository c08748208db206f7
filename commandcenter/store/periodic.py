"""A thread that does something again and again, whatever becomes of the database."""

import logging
from collections.abc import Callable
from threading import Event, Thread

from commandcenter.store.away import StoreAway

log = logging.getLogger(__name__)


class Periodic:
    """Calls `once` in a thread, each time after the seconds that it returned, until it is closed.

    A database that goes away is told when it goes and when it comes back; meanwhile it is tried
    every `away` seconds.
    """

    def __init__(self, name: str, once: Callable[[], float], away: float) -> None:
        self._name, self._once, self._away = name, once, away
        self._is_away = False
        self._pause = 0.0
        self._stopping = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Go on in a thread from now on."""
        self._thread.start()

    def close(self) -> None:
        """Do no more; what is being done is waited for."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def turn(self) -> None:
        """Do it once."""
        try:
            self._pause = self._once()
        except StoreAway as error:
            if not self._is_away:
                log.warning("%s: the database is away: %s", self._name, error)
            self._is_away, self._pause = True, self._away
            return
        if self._is_away:
            log.warning("%s: the database is back", self._name)
        self._is_away = False

    def _run(self) -> None:
        while not self._stopping.wait(self._pause):
            self.turn()
