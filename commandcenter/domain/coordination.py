"""The coordination status of a level (五级联动): a state by a rule that is data."""

from dataclasses import dataclass
from enum import StrEnum

from commandcenter.domain.text import Text


class Strain(StrEnum):
    """How a level bears its load."""

    CALM = "calm"
    BUSY = "busy"
    STRAINED = "strained"
    BROKEN = "broken"


TITLES = {
    Strain.CALM: Text("平稳", "Calm"),
    Strain.BUSY: Text("繁忙", "Busy"),
    Strain.STRAINED: Text("紧张", "Strained"),
    Strain.BROKEN: Text("失控", "Broken"),
}


@dataclass(frozen=True, slots=True)
class StrainRule:
    """A level is at least `strain` when this share of what it holds is overdue or waiting."""

    strain: Strain
    overdue_share: float
    waiting_share: float


RULES = (
    StrainRule(Strain.BROKEN, 0.50, 1.01),
    StrainRule(Strain.STRAINED, 0.25, 0.90),
    StrainRule(Strain.BUSY, 0.10, 0.60),
)


@dataclass(frozen=True, slots=True)
class LevelStatus:
    """What one level holds now, and the state that follows."""

    held: int
    overdue: int
    waiting: int

    @property
    def strain(self) -> Strain:
        """The worst rule that fits; a level that holds nothing is calm."""
        if self.held == 0:
            return Strain.CALM
        late, wait = self.overdue / self.held, self.waiting / self.held
        fits = (r for r in RULES if late >= r.overdue_share or wait >= r.waiting_share)
        return next((rule.strain for rule in fits), Strain.CALM)
