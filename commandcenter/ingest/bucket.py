"""A token bucket: so many a second on the average, and a burst after a quiet time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic


@dataclass
class Bucket:
    """Fills by `rate` a second up to `burst`; `pressed` is since when it has been the limit."""

    rate: float
    burst: float
    now: Callable[[], float] = monotonic
    pressed: float | None = None
    _tokens: float = field(init=False)
    _filled: float = field(init=False)

    def __post_init__(self) -> None:
        self._tokens, self._filled = self.burst, self.now()

    def take(self, number: float) -> float:
        """Take tokens, more than there are if need be; returns the seconds to wait for them."""
        now = self.now()
        self._tokens = min(self.burst, self._tokens + (now - self._filled) * self.rate) - number
        self._filled = now
        if self._tokens >= 0:
            self.pressed = None
            return 0.0
        self.pressed = now if self.pressed is None else self.pressed
        return -self._tokens / self.rate

    def pressed_for(self) -> float:
        """Return for how many seconds everything taken had to wait."""
        return 0.0 if self.pressed is None else self.now() - self.pressed
