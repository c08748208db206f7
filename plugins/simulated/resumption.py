"""What is still to happen to a stored case, on its plan or off it."""

from dataclasses import dataclass

import numpy as np

from commandcenter.api import MINUTE, Millis, State

from .chance import Chance, Ints
from .plans import Plans
from .steps import AFTER, BEFORE, MOST_PARTS, NEVER, STAYING, WAY_OUT, Step
from .turns import last_steps

AT_DESK = (State.REPORTED, State.FILED)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a case stands in the store: its state, and since when."""

    state: State
    since: Millis


@dataclass(frozen=True, slots=True)
class Behind:
    """What lies behind: the last move of the source, and until when all steps were handed in.

    A step that was, and has not become true, was refused.
    """

    last: Millis
    tried: Millis = 0


def remaining(plans: Plans, row: int, standing: Standing, behind: Behind) -> Ints:
    """Return the times of a stored case without what lies behind it.

    A case that somebody else moved off its plan, or that refused a step of it, goes on from where
    it stands, by the last steps, which take as long as they always do.
    """
    times: Ints = plans.times[row].copy()
    if standing.state in AT_DESK and behind.last < times[Step.MERGE] < NEVER:
        return times
    begun = _last_done(times, int(plans.at[row]), standing)
    if begun is None:
        return _way_out(plans, row, standing, behind.tried)
    times[: begun + 1] = NEVER
    upcoming = np.flatnonzero(times != NEVER)
    for column in upcoming.tolist():
        if not STAYING[column]:
            break
        if times[column] <= behind.last:
            times[column] = NEVER
    if (times <= behind.tried).any():
        return _way_out(plans, row, standing, behind.tried)
    return times


def follows(plans: Plans, row: int, column: int, standing: Standing) -> bool:
    """Tell whether the step in a column can be the next of a case that stands so."""
    if column == Step.MERGE:
        return standing.state in AT_DESK
    return BEFORE[column] is standing.state and int(plans.times[row, column]) >= standing.since


def _last_done(times: Ints, reported: Millis, standing: Standing) -> int | None:
    """Return the column that led to where a case stands, -1 for the report, None for another."""
    if standing.state is State.REPORTED:
        return -1 if standing.since == reported else None
    for column in np.flatnonzero(times == standing.since).tolist():
        if AFTER[column] is standing.state and not STAYING[column]:
            return int(column)
    return None


def _way_out(plans: Plans, row: int, standing: Standing, tried: Millis) -> Ints:
    times = np.full(plans.times.shape[1], NEVER, np.int64)
    chance = Chance(plans.chance.root[row : row + 1])
    since = np.array([max(standing.since, tried)])
    first = WAY_OUT.get(standing.state, Step.LAST_DISPATCH)
    if standing.state is State.REPORTED:
        since = since + 5 * MINUTE
        times[Step.FILE] = since[0]
        if plans.odd.rejected[row]:
            return times
    for column, at in last_steps(chance, first, since).items():
        times[column] = at[0]
    if plans.odd.cross[row] and first in (Step.LAST_TAKE_UP, Step.LAST_HANDLE):
        ends = int(times[Step.LAST_HANDLE]) - MINUTE * np.arange(MOST_PARTS, 0, -1)
        parts = int(plans.odd.parts[row])
        times[Step.LAST_PART : Step.LAST_PART + parts] = ends[:parts]
    return times
