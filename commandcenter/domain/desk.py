"""The desk's rules: limits of the stages, and which unit is responsible where.

Long: what a command orders and who is responsible are one answer, by the same facts.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from commandcenter.domain.cases import RULES, TABLE, Command, Facts, Order, State
from commandcenter.domain.cells import Level, Tree
from commandcenter.domain.classification import LIKELIEST, Classified
from commandcenter.domain.clocks import (
    HOUR,
    MINUTE,
    Calendar,
    Clock,
    ClockAct,
    ClockKind,
    Limit,
    Millis,
)
from commandcenter.domain.matters import Matter, Unit
from commandcenter.domain.routing import NEAREST, NO_ROUTES, Asked, Decision, Routes
from commandcenter.domain.whistles import Ground
from commandcenter.errors import Invalid

FILING_LIMIT = 15 * MINUTE
DISPATCH_LIMIT = 15 * MINUTE
VERIFICATION_LIMIT = 30 * MINUTE
STAGES: Mapping[ClockAct, Limit] = MappingProxyType(
    {
        ClockAct.FILING: Limit(ClockKind.URGENT, FILING_LIMIT / HOUR),
        ClockAct.DISPATCH: Limit(ClockKind.URGENT, DISPATCH_LIMIT / HOUR),
        ClockAct.VERIFICATION: Limit(ClockKind.URGENT, VERIFICATION_LIMIT / HOUR),
    }
)
"""The limits of the desk's own stages; the unit's is the matter's."""
CLOCK_ACTS: Mapping[Command, ClockAct] = MappingProxyType(
    {rule.command: rule.clock for rule in reversed(TABLE)}
)
"""What each command does to the clock, by its first row where the state is not known."""


class Given(NamedTuple):
    """What is known where a command is given, and what is ordered with it.

    `clock` is the one that the case has; `facts` are needed to keep, pause or turn it back.
    """

    matter: Matter | None = None
    unit: str | None = None
    deadline: Millis | None = None
    facts: Facts | None = None
    clock: Clock | None = None


class Likely(NamedTuple):
    """A unit that may be responsible, and why."""

    unit: Unit
    reason: str


NOTHING = Given()
REMEMBERED = 256
"""So many clocks of units are kept: the reports of a list come at one instant."""


_SHIFTS: Mapping[str, int] = MappingProxyType({"escalate": -1, "hand_down": 1})


def _act(command: Command, given: Given) -> ClockAct:
    rule = RULES.get((given.facts.state, command)) if given.facts else None
    return rule.clock if rule else CLOCK_ACTS[command]


def in_time(facts: Facts, command: Command, at: Millis) -> bool | None:
    """Tell whether a counted command came in time; None where there is no limit.

    A case is closed in time when that is within the deadline of its handling plus the limit of
    the verification.
    """
    if command is Command.FILE:
        return facts.due is None or at <= facts.due
    if facts.deadline is None:
        return None
    if command is Command.HANDLE:
        return at <= facts.deadline
    if command is Command.CLOSE:
        return at <= facts.deadline + VERIFICATION_LIMIT
    return None


class Desk:
    """Turns a command into an order with its limits, unit and level, by the city's rules."""

    def __init__(
        self,
        tree: Tree,
        levels: Sequence[Level],
        calendar: Calendar,
        units: Iterable[Unit],
        routes: Routes = NO_ROUTES,
        versions: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self._tree = tree
        self._lowest = max(d for d, level in enumerate(levels) if level.coordinates)
        self._calendar = calendar
        self._units = {u.code: u for u in units}
        self._by_duty: dict[str, dict[int, Unit]] = defaultdict(dict)
        by_duty = {(u.duty, tree.position[u.cell]): u for u in self._units.values()}
        self._levels = tuple(levels)
        self._in_cell: dict[int, list[Unit]] = defaultdict(list)
        for (duty, at), unit in by_duty.items():
            self._by_duty[duty][at] = unit
            self._in_cell[at].append(unit)
        self._started = lru_cache(REMEMBERED)(calendar.start)
        self.versions = versions
        """Under which version of each matter, by its code, cases are filed now."""
        self._routes, self._routed = routes, bool(routes)

    @property
    def ground(self) -> Ground:
        """Where whistles and directives are given."""
        return Ground(self._tree, self._lowest, self._units)

    @property
    def reads_words(self) -> bool:
        """Whether a decision needs what is said in a case."""
        return self._routes.reads_words

    def decide(self, case: Asked) -> Decision:
        """Return who is responsible for a case: by the first rule that fits, else by its duty.

        A rule for a duty of which there is no unit at or above the case leaves it to the next, and
        so does one for a unit that must not be given the matter.
        """
        return next(self._decisions(case), Decision(None))

    def likeliest(self, case: Asked, matters: Sequence[Classified] = ()) -> list[Likely]:
        """Return the three units that are likeliest responsible, with why; the likeliest first.

        Those of the rules, of the case's duty, of the `matters` it may be about, and at last those
        that are nearest.
        """
        found: dict[str, Likely] = {}
        for unit, reason in self._guesses(case, matters):
            found.setdefault(unit.code, Likely(unit, reason))
            if len(found) == LIKELIEST:
                break
        return list(found.values())

    def refusal(self, matter: Matter | None, unit: str | None) -> str:
        """Return why a unit must not be given a matter, nothing where it may."""
        known = self._units.get(unit or "")
        if matter is None or known is None or not self._is_forbidden(matter, known):
            return ""
        level = self._levels[self._depth_of(known)].title.zh
        return (
            f"matter {matter.code} {matter.title.zh} must not be given to a unit of the level "
            f"{level} (禁入清单), and {known.code} is one: name a unit above it"
        )

    def _decisions(self, case: Asked) -> Iterator[Decision]:
        matter = case.matter
        if matter is None:
            return
        for route in self._routes.for_matter(matter.code) if self._routed else ():
            if not route.fits(case):
                continue
            rule = route.rule
            named = self._units.get(rule.unit or "")
            unit = named if rule.unit else self._nearest(rule.duty or "", case.cell, matter)
            if unit is not None and not self._is_forbidden(matter, unit):
                yield Decision(unit, rule.note)
        unit = self.unit_for(matter, case.cell)
        if unit is not None:
            yield Decision(unit, NEAREST)

    def _guesses(
        self, case: Asked, matters: Sequence[Classified]
    ) -> Iterator[tuple[Unit, str]]:
        for unit, note in self._decisions(case):
            if unit is not None:
                yield unit, note
        for matter, note in matters:
            nearest = self.unit_for(matter, case.cell) if matter else None
            if matter and nearest:
                yield nearest, f"{note}，似为“{matter.title.zh}”"
        for at in reversed(self._tree.ancestors(case.cell)):
            for unit in self._in_cell.get(at, ()):
                if case.matter is None or not self._is_forbidden(case.matter, unit):
                    yield unit, "near: 就近单位"

    def unit_for(self, matter: Matter, position: int) -> Unit | None:
        """Return the nearest unit of the matter's duty at or above a cell that may be given it."""
        return self._nearest(matter.duty, position, matter)

    def _nearest(self, duty: str, position: int, matter: Matter) -> Unit | None:
        known = self._by_duty.get(duty)
        if not known:
            return None
        for at in reversed(self._tree.ancestors(position)):
            unit = known.get(at)
            if unit is not None and not self._is_forbidden(matter, unit):
                return unit
        return None

    def _is_forbidden(self, matter: Matter, unit: Unit) -> bool:
        return bool(matter.forbidden) and self._depth_of(unit) in matter.forbidden

    def _depth_of(self, unit: Unit) -> int:
        return int(self._tree.depth[self._tree.position[unit.cell]])

    def unit(self, code: str) -> Unit | None:
        """Return a unit by its code, None for one that the city does not have."""
        return self._units.get(code)

    def lowest_at(self, position: int) -> int:
        """Return the lowest level that can hold what lies at a cell."""
        return min(int(self._tree.depth[position]), self._lowest)

    def holder_at(self, position: int, depth: int) -> int:
        """Return the cell of a level above a cell, or the cell itself."""
        return next(
            (at for at in self._tree.ancestors(position) if int(self._tree.depth[at]) == depth),
            position,
        )

    def report(self, position: int, at: Millis, clock: Clock | None = None) -> Facts:
        """Return the facts of a new case: held by the lowest coordinating level where it lies.

        Its `clock` is that of filing; who has many cases of one instant makes it once.
        """
        depth = self.lowest_at(position)
        clock = clock or self.filing_clock(at)
        return Facts(position, State.REPORTED, depth, at, clock.due, clock=clock)

    def filing_clock(self, at: Millis) -> Clock:
        """Return the clock of a new case."""
        return self._calendar.start(at, STAGES[ClockAct.FILING])

    def order(self, command: Command, at: Millis, given: Given = NOTHING) -> Order:
        """Return the order for a command, with the clock that the case has after it.

        Dispatch sets unit, level and deadline by the matter; escalating and handing down set the
        level above or below, as far as there is one that coordinates; a resumed case gets the
        deadline that was left to it. Raises Invalid for a unit that must not be given the matter.
        """
        act = _act(command, given)
        if act is ClockAct.KEEP:
            return Order(command, at, clock=given.clock)
        clock: Clock | None
        if act is ClockAct.UNIT and (refused := self.refusal(given.matter, given.unit)):
            raise Invalid(refused, "unit")
        if act in STAGES:
            clock = self._calendar.start(at, STAGES[act])
            return Order(command, at, depth=self._shifted(command, given), clock=clock)
        if act is ClockAct.UNIT:
            clock = self.unit_clock(at, given)
            deadline = clock.due if clock else None
            depth = self._depth(given.unit, given.matter)
            return Order(command, at, given.unit, depth, deadline=deadline, clock=clock)
        if act is ClockAct.RESUME:
            clock = given.clock and self._calendar.resume(given.clock, at)
            return Order(command, at, deadline=clock.due if clock else None, clock=clock)
        return Order(command, at, clock=self._kept(act, at, given))

    def unit_clock(self, at: Millis, given: Given) -> Clock | None:
        """Return the clock of a unit: until a deadline, or as long as the matter gives it."""
        if given.deadline is not None:
            return self._calendar.until(at, given.deadline)
        if given.matter is None:
            return None
        # Others cost no more than to look them up.
        is_looked_up = given.matter.limit.clock is ClockKind.WORKING
        return (self._started if is_looked_up else self._calendar.start)(at, given.matter.limit)

    def _kept(self, act: ClockAct, at: Millis, given: Given) -> Clock | None:
        """Return the clock that runs on, stands, or is again the unit's."""
        if act is ClockAct.STOP:
            return None
        clock = self._clock_back(given) if act is ClockAct.BACK else given.clock
        if act is not ClockAct.PAUSE:
            return clock
        # A case from before clocks were kept with it has none but its deadline.
        clock = clock or self._clock_back(given)
        return clock and self._calendar.pause(clock, at)

    def _clock_back(self, given: Given) -> Clock | None:
        """Return the unit's clock by the deadline of the case, as its matter says how it runs."""
        facts, matter = given.facts, given.matter
        if facts is None or facts.deadline is None:
            return None
        limit = matter.limit if matter else Limit(ClockKind.URGENT, 0)
        return self._calendar.running(facts.deadline, limit.clock, limit.millis, 0)

    def _shifted(self, command: Command, given: Given) -> int | None:
        step = _SHIFTS.get(command)
        if step is None or given.facts is None:
            return None
        return min(max(0, given.facts.depth + step), max(self._lowest, given.facts.depth))

    def _depth(self, unit: str | None, matter: Matter | None) -> int | None:
        if matter is not None:
            return matter.depth
        known = self._units.get(unit or "")
        return int(self._tree.depth[self._tree.position[known.cell]]) if known else None
