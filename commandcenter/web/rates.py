"""Holds callers to a rate, counted in Redis for all web processes, else in this process."""

import logging
import math
import time
from collections.abc import Callable
from functools import cache
from threading import Lock, Thread
from typing import TypeVar

from limits import RateLimitItem, parse
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter as Windows

from commandcenter.web.errors import too_often
from commandcenter.web.tallies import Tallies

log = logging.getLogger(__name__)

REDIS_SECONDS = 0.25
"""A request waits no longer for Redis; while it is away, none waits at all."""
PAUSE_SECONDS = 3.0
"""Between two looks whether Redis is back."""
SLACK_SECONDS = 1.0
"""Redis tells full seconds."""

Answer = TypeVar("Answer")


class Limiter:
    """Counts calls by who makes them; a caller over the rate is refused with a time to wait.

    This process counts by itself as well, so that nobody starts anew when Redis goes away.
    """

    def __init__(self, redis_url: str = "") -> None:
        self._own = Windows(Tallies())
        self._shared = _Shared(redis_url) if redis_url else None

    def count(self, rate: str, *who: str) -> None:
        """Count a call; raises the refusal 429 for one over the rate."""
        item = _item(rate)
        allowed_here = self._own.hit(item, *who)
        if not self._ask(lambda windows: windows.hit(item, *who), allowed_here):
            self._refuse(rate, item, *who)

    def check(self, rate: str, *who: str) -> None:
        """Raise the refusal 429 if the next call would be over the rate; counts nothing."""
        item = _item(rate)
        allowed_here = self._own.test(item, *who)
        if not self._ask(lambda windows: windows.test(item, *who), allowed_here):
            self._refuse(rate, item, *who)

    def forget(self, rate: str, *who: str) -> None:
        """Begin to count anew."""
        item = _item(rate)
        self._own.clear(item, *who)
        self._ask(lambda windows: windows.clear(item, *who), None)

    def _refuse(self, rate: str, item: RateLimitItem, *who: str) -> None:
        """Raise the refusal, unless the window ends later than one can: it is begun anew then.

        Windows end by a wall clock, this machine's or Redis's, which may have been put back.
        """
        here = self._own.get_window_stats(item, *who).reset_time
        ends = self._ask(lambda windows: windows.get_window_stats(item, *who).reset_time, here)
        seconds = ends - time.time()
        if seconds > item.get_expiry() + SLACK_SECONDS:
            log.warning("a window of %s ends in %.0f s: a clock was put back", rate, seconds)
            self.forget(rate, *who)
            return
        raise too_often(max(1, math.ceil(seconds)))

    def _ask(self, question: Callable[[Windows], Answer], here: Answer) -> Answer:
        """Return what Redis answers, or what this process says while Redis is away."""
        return here if self._shared is None else self._shared.ask(question, here)


@cache
def _item(rate: str) -> RateLimitItem:
    """Return a rate of the settings, read once."""
    return parse(rate)


class _Shared:
    """The counts in Redis; after a failure nobody waits for it until it was seen to answer."""

    def __init__(self, redis_url: str) -> None:
        # Importing redis takes a quarter of a second, which the embedded server need not pay.
        from commandcenter.live.redis_server import AWAY, RedisServer, key_of

        self._away = AWAY
        self._server = RedisServer(redis_url)
        self._prefix = key_of("rates")
        self._windows: Windows | None = None
        self._looking = Lock()
        self._look_due = time.monotonic() + PAUSE_SECONDS
        self._look()

    def ask(self, question: Callable[[Windows], Answer], otherwise: Answer) -> Answer:
        """Return what Redis answers, or `otherwise` while it is away."""
        windows = self._windows
        if windows is None:
            self._look_aside()
            return otherwise
        try:
            return question(windows)
        except self._away as error:
            # A request that was late to fail must not undo that Redis is back.
            if self._windows is windows:
                self._windows = None
                log.warning("rates are counted in each process, for Redis is away: %s", error)
            return otherwise

    def _look_aside(self) -> None:
        """See in a thread of its own, once in a while, whether Redis is back."""
        with self._looking:
            if time.monotonic() < self._look_due:
                return
            self._look_due = time.monotonic() + PAUSE_SECONDS
        Thread(target=self._look, name="rates-look", daemon=True).start()

    def _look(self) -> None:
        try:
            pool = self._server.pool(REDIS_SECONDS)
            storage = RedisStorage("redis://", connection_pool=pool, key_prefix=self._prefix)
            storage.get_connection().ping()
        except self._away as error:
            log.debug("Redis does not answer for the rates: %s", error)
            return
        self._windows = Windows(storage)
        log.info("rates are counted in Redis")
