"""The desk's rules: limits of the stages, and which unit is responsible where."""

from collections.abc import Iterable, Sequence

from commandcenter.domain.cases import Command, Facts, Order, State
from commandcenter.domain.cells import Level, Tree
from commandcenter.domain.clocks import MINUTE, Calendar, Millis
from commandcenter.domain.matters import Matter, Unit
from commandcenter.domain.routing import NO_ROUTES, Asked, Decision, Routes

FILING_LIMIT = 15 * MINUTE
DISPATCH_LIMIT = 15 * MINUTE
VERIFICATION_LIMIT = 30 * MINUTE


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
    ) -> None:
        self._tree = tree
        self._lowest = max(d for d, level in enumerate(levels) if level.coordinates)
        self._calendar = calendar
        self._units = {u.code: u for u in units}
        self._by_duty = {(u.duty, tree.position[u.cell]): u for u in self._units.values()}
        self._routes, self._routed = routes, bool(routes)

    @property
    def reads_words(self) -> bool:
        """Whether a decision needs what is said in a case."""
        return self._routes.reads_words

    def decide(self, case: Asked) -> Decision:
        """Return who is responsible for a case: by the first rule that fits, else by its duty.

        A rule for a duty of which there is no unit at or above the case leaves it to the next.
        """
        for route in self._routes.for_matter(case.matter.code) if self._routed else ():
            if not route.fits(case):
                continue
            rule = route.rule
            named = self._units.get(rule.unit or "")
            unit = named if rule.unit else self._nearest(rule.duty or "", case.cell)
            if unit is not None:
                return Decision(unit, rule.note)
        return Decision(self.unit_for(case.matter, case.cell))

    def unit_for(self, matter: Matter, position: int) -> Unit | None:
        """Return the nearest unit of the matter's duty at or above a cell."""
        return self._nearest(matter.duty, position)

    def _nearest(self, duty: str, position: int) -> Unit | None:
        for at in reversed(self._tree.ancestors(position)):
            unit = self._by_duty.get((duty, at))
            if unit is not None:
                return unit
        return None

    def report(self, position: int, at: Millis) -> Facts:
        """Return the facts of a new case: held by the lowest coordinating level where it lies."""
        depth = min(int(self._tree.depth[position]), self._lowest)
        return Facts(position, State.REPORTED, depth, at, at + FILING_LIMIT)

    def order(
        self,
        command: Command,
        at: Millis,
        matter: Matter | None = None,
        unit: str | None = None,
        deadline: Millis | None = None,
    ) -> Order:
        """Return the order for a command: dispatch sets unit, level and deadline by the matter."""
        if command is Command.FILE:
            return Order(command, at, due=at + DISPATCH_LIMIT)
        if command is Command.HANDLE:
            return Order(command, at, due=at + VERIFICATION_LIMIT)
        if command is not Command.DISPATCH:
            return Order(command, at)
        if deadline is None and matter is not None:
            deadline = self._calendar.due(at, matter.limit)
        return Order(command, at, unit=unit, depth=self._depth(unit, matter), deadline=deadline)

    def _depth(self, unit: str | None, matter: Matter | None) -> int | None:
        if matter is not None:
            return matter.depth
        known = self._units.get(unit or "")
        return int(self._tree.depth[self._tree.position[known.cell]]) if known else None
