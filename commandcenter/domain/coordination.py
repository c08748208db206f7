"""The coordination of five levels (五级联动): its states, and how a level bears its load.

The rules are data, and the first that fits is also the reason that is shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import NamedTuple

from commandcenter.domain.cells import Level
from commandcenter.domain.text import Text


class CallState(StrEnum):
    """How far a unit is that was whistled for."""

    CALLED = "called"
    REPORTED_IN = "reported_in"
    ACTING = "acting"
    DONE = "done"
    RECALLED = "recalled"
    """The whistle was recalled before the unit was done."""


class CellProgress(IntEnum):
    """How far a cell is with a directive."""

    ISSUED = 0
    RECEIVED = 1
    ACTING = 2
    DONE = 3


class Strain(StrEnum):
    """How a level bears its load."""

    CALM = "calm"
    BUSY = "busy"
    STRAINED = "strained"
    BROKEN = "broken"


CALL_TITLES = {
    CallState.CALLED: Text("待报到", "Called"),
    CallState.REPORTED_IN: Text("已报到", "Reported in"),
    CallState.ACTING: Text("处置中", "Acting"),
    CallState.DONE: Text("已完成", "Done"),
    CallState.RECALLED: Text("已收回", "Recalled"),
}
PROGRESS_TITLES = {
    CellProgress.ISSUED: Text("已下达", "Issued"),
    CellProgress.RECEIVED: Text("已接收", "Received"),
    CellProgress.ACTING: Text("执行中", "Acting"),
    CellProgress.DONE: Text("已完成", "Done"),
}
TITLES = {
    Strain.CALM: Text("平稳", "Calm"),
    Strain.BUSY: Text("繁忙", "Busy"),
    Strain.STRAINED: Text("紧张", "Strained"),
    Strain.BROKEN: Text("失控", "Broken"),
}


class Measure(StrEnum):
    """What a rule goes by: a share of a whole."""

    OVERDUE = "overdue"
    WAITING = "waiting"
    SOON = "soon"
    ABSENT = "absent"
    """Of the called units that have not reported in, those whose time to do so is over."""
    BEHIND = "behind"
    """Of the cells of a directive, those not done after its deadline."""


WORDS: Mapping[Measure, Text] = {
    Measure.OVERDUE: Text("超时 {share}（{part}/{whole}）", "{share} overdue ({part}/{whole})"),
    Measure.WAITING: Text(
        "未接办 {share}（{part}/{whole}）", "{share} not taken up ({part}/{whole})"
    ),
    Measure.SOON: Text(
        "一小时内到期 {share}（{part}/{whole}）", "{share} due within the hour ({part}/{whole})"
    ),
    Measure.ABSENT: Text("哨令逾期未到 {part}/{whole}", "{part}/{whole} called are late"),
    Measure.BEHIND: Text(
        "指令逾期 {share}（{part}/{whole}）", "directive {share} late ({part}/{whole})"
    ),
}
BOUND = Text("{words}，达 {bound} 线", "{words}, bound {bound}")
WITHIN = Text("各项均在限内", "All within bounds")
IDLE = Text("无在办", "Nothing held")


@dataclass(frozen=True, slots=True)
class StrainRule:
    """A level is at least `strain` when a measure reaches a bound, with `least` in its part."""

    strain: Strain
    measure: Measure
    bound: float
    least: int = 1


RULES = (
    StrainRule(Strain.BROKEN, Measure.OVERDUE, 0.50),
    StrainRule(Strain.BROKEN, Measure.BEHIND, 0.50),
    StrainRule(Strain.STRAINED, Measure.OVERDUE, 0.25),
    StrainRule(Strain.STRAINED, Measure.ABSENT, 0.50, 3),
    StrainRule(Strain.STRAINED, Measure.BEHIND, 0.20),
    StrainRule(Strain.STRAINED, Measure.WAITING, 0.90),
    StrainRule(Strain.BUSY, Measure.OVERDUE, 0.10),
    StrainRule(Strain.BUSY, Measure.ABSENT, 0.0),
    StrainRule(Strain.BUSY, Measure.BEHIND, 0.05),
    StrainRule(Strain.BUSY, Measure.SOON, 0.30, 5),
    StrainRule(Strain.BUSY, Measure.WAITING, 0.60),
)
"""From the worst down; of one strain, the graver measure comes first."""


def answers_for(levels: Sequence[Level], depth: int, to: int) -> bool:
    """Tell whether a level answers for a directive to the level `to`: its own, or one right below
    that does not coordinate and reports through it.
    """
    return depth <= to and not any(level.coordinates for level in levels[depth + 1 : to + 1])


class Share(NamedTuple):
    """So many of a whole."""

    part: int
    whole: int


@dataclass(frozen=True, slots=True)
class LevelStatus:
    """What one level holds and was called to now, and the state that follows.

    `whistles_waiting` are called units of the level that have not reported in, `whistles_late`
    those of them whose time is over. `directive_cells` are the cells of the newest live directive
    to the level, `directive_done` those that are done, `directive_late` those that are not though
    its deadline has passed.
    """

    held: int
    overdue: int
    waiting: int
    new_today: int = 0
    soon: int = 0
    whistles_waiting: int = 0
    whistles_late: int = 0
    directive_cells: int = 0
    directive_done: int = 0
    directive_late: int = 0

    @property
    def directive(self) -> float | None:
        """How much of the newest live directive is done, None without one."""
        return self.directive_done / self.directive_cells if self.directive_cells else None

    @property
    def rule(self) -> StrainRule | None:
        """The first rule that fits, None when the level is calm."""
        return next((rule for rule in RULES if self._fits(rule)), None)

    @property
    def strain(self) -> Strain:
        """The worst state of which a rule says that it is reached."""
        return Strain.CALM if (rule := self.rule) is None else rule.strain

    @property
    def reason(self) -> Text:
        """Why the level is in its state: the rule that fits and the numbers it goes by."""
        if (rule := self.rule) is None:
            return WITHIN if self.held else IDLE
        return Text(*(self._said(rule, language) for language in ("zh", "en")))

    def share(self, measure: Measure) -> Share:
        """Return what a measure goes by."""
        return {
            Measure.OVERDUE: Share(self.overdue, self.held),
            Measure.WAITING: Share(self.waiting, self.held),
            Measure.SOON: Share(self.soon, self.held),
            Measure.ABSENT: Share(self.whistles_late, self.whistles_waiting),
            Measure.BEHIND: Share(self.directive_late, self.directive_cells),
        }[measure]

    def _fits(self, rule: StrainRule) -> bool:
        part, whole = self.share(rule.measure)
        return whole > 0 and part >= rule.least and part / whole >= rule.bound

    def _said(self, rule: StrainRule, language: str) -> str:
        part, whole = self.share(rule.measure)
        words = WORDS[rule.measure].in_language(language).format(
            share=f"{part / whole:.0%}", part=f"{part:,}", whole=f"{whole:,}"
        )  # fmt: skip
        if not rule.bound:
            return words
        return BOUND.in_language(language).format(words=words, bound=f"{rule.bound:.0%}")
