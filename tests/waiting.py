"""Waits for what other threads, processes and pages do, who tell nobody when they have done it."""

from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

PATIENCE_SECONDS = 60.0
FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 0.005, 0.05, 1.3
"""What comes at once is not waited for; what takes its time is not asked for all the while."""
T = TypeVar("T")


def until(ask: Callable[[], T], seconds: float = PATIENCE_SECONDS, what: str = "") -> T:
    """Ask until the answer is true and return it; the error says `what` and the last answer."""
    deadline, pause = monotonic() + seconds, FIRST_PAUSE
    while not (answer := ask()):
        assert monotonic() < deadline, f"after {seconds:g} s {what or 'still'}: {answer!r}"
        sleep(pause)
        pause = min(LONGEST_PAUSE, pause * GROWTH)
    return answer
