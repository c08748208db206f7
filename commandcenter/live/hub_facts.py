"""What a hub is given and what it tells of itself."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic, time_ns

from commandcenter.domain.clocks import CityClock, Millis


@dataclass(frozen=True)
class Times:
    """Where the hub gets the time: real milliseconds, and steady seconds for durations."""

    real: Callable[[], Millis] = lambda: time_ns() // 1_000_000
    steady: Callable[[], float] = monotonic


@dataclass(frozen=True)
class Facts:
    """What a screen is told first: the city's time zone, its clock and the pages' build.

    The build is this process's own, since pages are made here; it follows the workers' catalogue.
    """

    zone: str
    build: str
    clock: CityClock = field(default_factory=CityClock)


@dataclass(frozen=True)
class HubCounts:
    """What a hub carries now, the frames it has taken, and how old what it shows is: since when no
    worker is heard, and up to when all that was committed is shown where that is late.
    """

    streams: int
    groups: int
    topics: int
    frames: int
    silent: Millis | None
    asof: Millis | None
