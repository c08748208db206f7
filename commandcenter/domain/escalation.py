"""When a case goes up a level by itself: its unit has let the clock run out for too long."""

from dataclasses import dataclass

from commandcenter.domain.cases import State
from commandcenter.domain.clocks import DAY, HOUR, Millis


@dataclass(frozen=True, slots=True)
class Escalation:
    """Cases that a level holds go to the one above `after` their unit's clock has run out."""

    depth: int
    after: Millis

    @property
    def note(self) -> str:
        """What is written beside the move: the rule's key and the reason."""
        return f"overdue: 超过处置时限 {self.after // HOUR} 小时仍未办结，自动上报上一级"


RULES = (Escalation(4, DAY), Escalation(3, DAY), Escalation(2, 2 * DAY))
"""Grid, community and street; what a district cannot do goes to the city by word alone."""
STATES = (State.DISPATCHED, State.HANDLING)
"""In which a unit has the case."""
EACH = 60_000
"""Milliseconds between two looks: an hour's rule needs no more."""
