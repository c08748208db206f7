"""How old it is what screens are shown: up to when everything that was committed is in it."""

from math import ceil

from commandcenter.domain.clocks import Millis
from commandcenter.live.hub_facts import Times

LATE_SECONDS = 3.0
"""What is older is late. A worker speaks each second, and says by how much it is behind."""


class Age:
    """Reckoned by this process's steady clock from what the worker says, in durations alone.

    What is told of it are instants of the real clock as it stands at that moment, so that a clock
    which is stepped, here or where the worker runs, makes nothing old or new.
    """

    def __init__(self, times: Times) -> None:
        self._times = times
        self._heard = self._whole = times.steady()
        self._is_silent = self._is_late = True

    @property
    def silent(self) -> Millis | None:
        """The instant since when no worker is heard, None while one is."""
        return self._instant(self._heard) if self._is_silent else None

    @property
    def asof(self) -> Millis | None:
        """The instant up to which all that was committed is shown, None while that is about now."""
        return self._instant(self._whole) if self._is_late else None

    def hear(self, behind: float) -> bool:
        """Take a worker's word that it is so many seconds behind; tells whether it was silent.

        What was late is so until the worker says that it has caught up: a lag near the limit must
        not have the screens change their mind each second.
        """
        was_silent, self._is_silent = self._is_silent, False
        self._heard = self._times.steady()
        self._whole = self._heard - max(0.0, behind)
        if behind <= 0:
            self._is_late = False
        return was_silent

    def pass_time(self) -> None:
        """See what has become silent or late."""
        now = self._times.steady()
        self._is_silent = self._is_silent or now - self._heard > LATE_SECONDS
        self._is_late = self._is_late or now - self._whole > LATE_SECONDS

    @property
    def state(self) -> tuple[bool, bool]:
        """Whether the worker is silent, and whether what is shown is late."""
        return self._is_silent, self._is_late

    def _instant(self, at: float) -> Millis:
        # A part of a millisecond makes it older: nothing is said to be newer than it is.
        passed = round((self._times.steady() - at) * 1000, 3)
        return self._times.real() - ceil(passed)
