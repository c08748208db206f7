"""How a part of a plugin is: after failures it rests, longer each time, until a try succeeds."""

from dataclasses import dataclass
from enum import IntEnum
from time import monotonic

FIRST_PAUSE = 0.5
QUARANTINE_AFTER = 5
"""Failures in a row after which a part is tried again only now and then, a call at a time."""
FIRST_QUARANTINE, LONGEST_QUARANTINE = 30.0, 600.0


class Condition(IntEnum):
    """How it stands with a part."""

    OK = 0
    FAILING = 1
    QUARANTINED = 2


@dataclass(slots=True)
class Health:
    """The failures in a row of one part of a plugin, the last reason, and until when it rests."""

    failures: int = 0
    reason: str = ""
    until: float = 0.0

    @property
    def condition(self) -> Condition:
        """How it stands now."""
        if self.failures == 0:
            return Condition.OK
        return Condition.QUARANTINED if self.failures >= QUARANTINE_AFTER else Condition.FAILING

    @property
    def rest(self) -> float:
        """Seconds for which it is to be left alone."""
        return max(0.0, self.until - monotonic())

    def fail(self, reason: str) -> float:
        """Count a failure; returns the seconds until it may be tried again."""
        self.failures += 1
        self.reason = reason
        beyond = self.failures - QUARANTINE_AFTER
        if beyond < 0:
            pause = FIRST_PAUSE * 2.0 ** (self.failures - 1)
        else:
            pause = min(FIRST_QUARANTINE * 2.0 ** min(beyond, 16), LONGEST_QUARANTINE)
        self.until = monotonic() + pause
        return pause

    def succeed(self) -> None:
        """Forget all failures."""
        self.failures, self.reason, self.until = 0, "", 0.0
