"""A thread that follows the log in the background, and rests while there is nothing new."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Thread
from time import perf_counter

from commandcenter.store.away import StoreAway

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How a follower goes: how much longer than it worked it rests while there is more, and in
    seconds how often it looks whether there is.
    """

    rest: float
    look: float = LOOK_SECONDS


class Following:
    """Calls `once` until it is closed; that says whether there may be more to do at once."""

    def __init__(self, name: str, once: Callable[[], bool], pace: Pace) -> None:
        self._name, self._once, self._pace = name, once, pace
        self._stopping = Event()
        self._is_away = False
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Follow in a thread from now on."""
        self._thread.start()

    def close(self) -> None:
        """Follow no more."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        pause = 0.0
        while not self._stopping.wait(pause):
            began = perf_counter()
            try:
                has_more = self._once()
            except StoreAway as error:
                if not self._is_away:
                    log.warning("the %s cannot follow: %s", self._name, error)
                self._is_away, has_more = True, False
            else:
                self._is_away = False
            worked = perf_counter() - began
            pause = worked * self._pace.rest if has_more else self._pace.look
