"""The clock of a case as its page shows it: green, yellow from 70 % of the limit, red past it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from commandcenter.cases.queries import Case, Step
from commandcenter.domain.cases import CLOCKED, Command, State
from commandcenter.domain.clocks import Calendar, Millis
from commandcenter.domain.matters import Matter

YELLOW_FROM = 0.7
"""The share of its limit from which a clock is yellow."""


@dataclass(frozen=True, slots=True)
class CaseClock:
    """A limit that runs from `start` to `due`; yellow from `warn` on."""

    start: Millis
    warn: Millis
    due: Millis


def part_clock(
    due: Millis, steps: Sequence[Step], matter: Matter | None, calendar: Calendar
) -> CaseClock:
    """Return the clock of a unit's part in a cross case, which runs since the unit was engaged."""
    starts = [s.at for s in steps if s.command is Command.ENGAGE and s.at < due]
    if matter is not None:
        for start in reversed(starts):
            if calendar.due(start, matter.limit) == due:
                part = replace(matter.limit, hours=matter.limit.hours * YELLOW_FROM)
                return CaseClock(start, calendar.due(start, part), due)
    start = starts[-1] if starts else due
    return CaseClock(start, start + round((due - start) * YELLOW_FROM), due)


def clock_of(
    case: Case, steps: Sequence[Step], matter: Matter | None, calendar: Calendar
) -> CaseClock | None:
    """Return the clock that runs, None where none does.

    A case from before clocks were kept with it has one made of what is known: the handling's clock
    runs from the dispatch on. In working time 70 % of a limit is reached at another moment than
    70 % of the way to its end; where the end is not the matter's own limit from the start on, as a
    source sets it, the way is what counts.
    """
    line = case.line
    if line.due is None or line.state not in CLOCKED:
        return None
    is_handling = line.state in (State.DISPATCHED, State.HANDLING)
    dispatches = [step.at for step in steps if step.command is Command.DISPATCH]
    start = dispatches[-1] if is_handling and dispatches else line.since
    if case.clock is not None and case.clock.warn is not None:
        return CaseClock(start, case.clock.warn, line.due)
    if is_handling and matter is not None and calendar.due(start, matter.limit) == line.due:
        part = replace(matter.limit, hours=matter.limit.hours * YELLOW_FROM)
        return CaseClock(start, calendar.due(start, part), line.due)
    return CaseClock(start, start + round((line.due - start) * YELLOW_FROM), line.due)
