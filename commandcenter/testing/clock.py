"""A clock that stands until a test moves it."""

from dataclasses import dataclass

from commandcenter.domain.clocks import SECOND, CityClock, Millis
from commandcenter.testing.view import NOW


@dataclass
class FrozenClock:
    """The city's time: 1 June 2026, a Monday, 16:00 in Shanghai, unless a test says otherwise."""

    now: Millis = NOW

    def __call__(self) -> Millis:
        """Return the time."""
        return self.now

    def advance(self, seconds: float) -> Millis:
        """Move the time on and return it."""
        self.now += round(seconds * SECOND)
        return self.now

    def move_to(self, instant: Millis) -> None:
        """Move the time on to an instant; one that has passed leaves it where it is."""
        self.now = max(self.now, instant)

    @property
    def city_clock(self) -> CityClock:
        """The clock that sources ask: it runs as the real one does."""
        return CityClock()
