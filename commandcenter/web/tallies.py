"""Counts of calls in this process, by windows of time; what `limits` has starts threads for it."""

import time
from threading import Lock

from limits.storage import Storage

SWEEP_SECONDS = 60.0
"""Between two looks for windows that have ended."""


class Tallies(Storage):
    """Fixed windows in memory: each key has a count, and the time at which it begins anew."""

    STORAGE_SCHEME = None

    def __init__(self) -> None:
        super().__init__()
        self._lock = Lock()
        self._windows: dict[str, tuple[int, float]] = {}
        self._sweep_due = 0.0

    @property
    def base_exceptions(self) -> type[Exception]:
        """What may go wrong: nothing of its own."""
        return ValueError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count calls and return how many there are in the window."""
        now = time.time()
        with self._lock:
            if now >= self._sweep_due or self._sweep_due > now + SWEEP_SECONDS:
                self._sweep(now)
            count, ends = self._windows.get(key, (0, 0.0))
            if ends <= now:
                count, ends = 0, now + expiry
            self._windows[key] = count + amount, ends
            return count + amount

    def get(self, key: str) -> int:
        """Return how many calls there are in the window."""
        count, ends = self._windows.get(key, (0, 0.0))
        return count if ends > time.time() else 0

    def get_expiry(self, key: str) -> float:
        """Return when the window ends."""
        return self._windows.get(key, (0, time.time()))[1]

    def check(self) -> bool:
        """Tell that counting works."""
        return True

    def reset(self) -> int:
        """Forget all; returns how many there were."""
        with self._lock:
            found = len(self._windows)
            self._windows.clear()
            return found

    def clear(self, key: str) -> None:
        """Begin a key anew."""
        with self._lock:
            self._windows.pop(key, None)

    def _sweep(self, now: float) -> None:
        self._sweep_due = now + SWEEP_SECONDS
        ended = [key for key, (_, ends) in self._windows.items() if ends <= now]
        for key in ended:
            del self._windows[key]
