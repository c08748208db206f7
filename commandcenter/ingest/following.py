"""A thread that follows the log in the background, and rests while there is nothing new."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from commandcenter.store.periodic import Periodic

LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How a follower goes: how much longer than it worked it rests while there is more, and in
    seconds how often it looks whether there is.
    """

    rest: float
    look: float = LOOK_SECONDS


def following(name: str, once: Callable[[], bool], pace: Pace) -> Periodic:
    """Return what calls `once`, which says whether there may be more to do at once."""

    def paced() -> float:
        began = perf_counter()
        has_more = once()
        return (perf_counter() - began) * pace.rest if has_more else pace.look

    return Periodic(name, paced, pace.look)
