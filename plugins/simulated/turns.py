"""What goes another way than the usual: what comes back, goes up, waits, is shared, or reopened.

Each function fills in its columns of the times of many cases; draws are the cases' own.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commandcenter.api import HOUR, MINUTE

from .chance import Chance, Floats, Ints
from .crews import Manners
from .draws import (
    CROSS,
    ESCALATED,
    HANDED_DOWN,
    LATE,
    PLEASED,
    RATED,
    REJECTED,
    REOPENED,
    RETURNED,
    REWORKED,
    SUPERVISED,
    SUPERVISED_LATE,
    SUSPENDED,
    Draw,
)
from .steps import MOST_PARTS, Step

Flags = NDArray[np.bool_]
Span = tuple[Ints, Ints]
LAST_MINUTES = {
    Step.LAST_DISPATCH: (3, 14), Step.LAST_TAKE_UP: (5, 90), Step.LAST_RESUME: (90, 150),
    Step.LAST_HANDLE: (20, 200), Step.LAST_VERIFY: (4, 26), Step.LAST_CLOSE: (1, 15),
}  # fmt: skip
"""How many minutes the last steps take, each from the one before."""


@dataclass(frozen=True)
class Odd:
    """What is odd about each case; `rating` is 1 to 5, 0 for none, `parts` how many units share."""

    rejected: Flags
    late: Flags
    slow: Flags
    away: Flags
    returned: Flags
    escalated: Flags
    handed_down: Flags
    suspended: Flags
    reworked: Flags
    supervised: Flags
    cross: Flags
    parts: Ints
    rating: Ints
    reopened: Flags


@dataclass(frozen=True)
class Known:
    """What is known of each case: whether a citizen reported it, which level will hold it, how many
    units could share it, and whether it is filed already and will not be rejected any more.
    """

    citizens: Flags
    depth: Ints
    sharing: Ints
    filed: Flags


def oddities(chance: Chance, manners: Manners, known: Known) -> Odd:
    """Draw what is odd about each case."""
    citizens, depth, filed = known.citizens, known.depth, known.filed
    late = chance.draw(Draw.LATE) < manners.chance_of(LATE, LATE, slow=0.3, away=0.6)
    cross = (known.sharing > 1) & (chance.draw(Draw.CROSS) < CROSS)
    plain = ~cross
    escalated = plain & (chance.draw(Draw.ESCALATED) < ESCALATED) & (depth > 0)
    rating = _ratings(chance, citizens, late)
    return Odd(
        rejected=~filed & (chance.draw(Draw.REJECTED) < REJECTED),
        late=late,
        slow=manners.slow,
        away=manners.away,
        returned=plain & (chance.draw(Draw.RETURNED) < manners.chance_of(RETURNED, 0.12)),
        escalated=escalated,
        handed_down=escalated & (chance.draw(Draw.HANDED_DOWN) < HANDED_DOWN),
        suspended=plain & (chance.draw(Draw.SUSPENDED) < SUSPENDED),
        reworked=plain & (chance.draw(Draw.REWORKED) < manners.chance_of(REWORKED, 0.15)),
        supervised=chance.draw(Draw.SUPERVISED) < np.where(late, SUPERVISED_LATE, SUPERVISED),
        cross=cross,
        parts=np.where(cross, 2 + ((known.sharing > 2) & (chance.draw(Draw.UNITS) < 0.4)), 0),
        rating=rating,
        reopened=plain & np.isin(rating, (1, 2)) & (chance.draw(Draw.REOPENED) < REOPENED),
    )


def _ratings(chance: Chance, citizens: Flags, late: Flags) -> Ints:
    """Return how the reporter rates: mostly well, less so what came late."""
    asked = citizens & (chance.draw(Draw.RATED) < RATED)
    pleased = np.where(late, PLEASED - 0.4, PLEASED)
    drawn = chance.draw(Draw.RATING)
    good = np.where(drawn < pleased * 0.7, 5, 4)
    bad = np.select([drawn > 0.97, drawn > 0.95], [1, 2], 3)
    return np.where(asked, np.where(drawn < pleased, good, bad), 0).astype(np.int64)


def send_again(chance: Chance, odd: Odd, sent: Ints, times: Ints) -> Ints:
    """Fill in what comes back and what goes up; return when each was last dispatched."""
    back = sent + delay(chance, Draw.RETURN, 10, 90, 180)
    again = back + delay(chance, Draw.DISPATCH_AGAIN, 3, 14, 40)
    _set(times, odd.returned, {Step.RETURN: back, Step.DISPATCH_AGAIN: again})
    sent = np.where(odd.returned, again, sent)
    up = sent + delay(chance, Draw.ESCALATION, 20, 120, 240)
    down = up + delay(chance, Draw.HANDING_DOWN, 8, 14, 60)
    _set(times, odd.escalated, {Step.ESCALATE: up})
    _set(times, odd.handed_down, {Step.HAND_DOWN: down})
    known = np.where(odd.handed_down, down, up)
    above = known + delay(chance, Draw.DISPATCH_ABOVE, 3, 14, 40)
    _set(times, odd.escalated, {Step.DISPATCH_ABOVE: above})
    return np.where(odd.escalated, above, sent)


def suspend(chance: Chance, odd: Odd, span: Span, times: Ints) -> tuple[Ints, Ints]:
    """Fill in who has to wait for weather or material; return when work goes on and ends."""
    begun, done = span
    stops = begun + whole(chance.between(Draw.SUSPENSION, 0.2, 0.7) * (done - begun))
    length = whole(chance.between(Draw.SUSPENSION_LENGTH, 6, 72) * HOUR)
    _set(times, odd.suspended, {Step.SUSPEND: stops, Step.RESUME: stops + length})
    begun = np.where(odd.suspended, stops + length, begun)
    return begun, np.where(odd.suspended, done + length, done).astype(np.int64)


def supervise(chance: Chance, odd: Odd, span: Span, times: Ints) -> None:
    """Fill in when a leader takes an eye on a case."""
    begun, done = span
    moment = begun + whole(chance.between(Draw.SUPERVISION, 0.4, 0.6) * (done - begun))
    _set(times, odd.supervised, {Step.SUPERVISE: moment})


def share_out(chance: Chance, odd: Odd, span: Span, times: Ints) -> None:
    """Fill in when each unit of a cross case joins and is done with its part."""
    begun, done = span
    left = done - begun
    for part in range(MOST_PARTS):
        shared = odd.cross & (odd.parts > part)
        joins = 0.02 + 0.12 * (part + chance.draw(Draw.SHARES + part) * 0.9)
        ends = 0.62 + 0.12 * (part + chance.draw(Draw.SHARES + part) * 0.9)
        _set(times, shared, {Step.PART + part: begun + whole(ends * left)})
        if part:  # who leads has joined by taking the case up
            _set(times, shared, {Step.JOIN + part: begun + whole(joins * left)})


def rework(chance: Chance, odd: Odd, span: Span, times: Ints) -> Ints:
    """Fill in what was not done well; return when each was last handled.

    `span` is when they were handled, and how long the units may take.
    """
    done, allowed = span
    found = done + whole(chance.between(Draw.REWORK, 4, 28) * MINUTE)
    share = chance.between(Draw.REWORK_LENGTH, 0.03, 0.15)
    again = found + np.maximum(whole(share * allowed), 10 * MINUTE)
    _set(times, odd.reworked, {Step.REWORK: found, Step.HANDLE_AGAIN: again})
    return np.where(odd.reworked, again, done)


def finish(chance: Chance, odd: Odd, done: Ints, times: Ints) -> None:
    """Fill in verification, closing, rating and what begins again after it."""
    verified = done + delay(chance, Draw.VERIFICATION, 3, 28, 90)
    closed = verified + whole(chance.between(Draw.CLOSING, 0.5, 15) * MINUTE)
    rated = closed + whole(chance.between(Draw.RATE, 2, 50) * MINUTE)
    begins = rated + whole(chance.between(Draw.REOPEN, 0.5, 60) * MINUTE)
    times[:, Step.VERIFY], times[:, Step.CLOSE] = verified, closed
    _set(times, odd.supervised, {Step.RELEASE: verified + 10_000})
    _set(times, odd.rating > 0, {Step.RATE: rated})
    _set(times, odd.reopened, {Step.REOPEN: begins})
    _set(times, odd.reopened, last_steps(chance, Step.LAST_DISPATCH, begins))


def last_steps(chance: Chance, first: Step, since: Ints) -> dict[int, Ints]:
    """Return the times of the last steps from `first` on, each from the one before."""
    found: dict[int, Ints] = {}
    for number, (step, minutes) in enumerate(LAST_MINUTES.items()):
        if step < first or (step is Step.LAST_RESUME and first is not Step.LAST_RESUME):
            continue
        since = since + whole(chance.between(Draw.LAST + number, *minutes) * MINUTE)
        found[step] = since
    return found


def _set(times: Ints, which: Flags, columns: dict[int, Ints]) -> None:
    for column, at in columns.items():
        times[which, column] = at[which]


def delay(chance: Chance, which: Draw, low: float, high: float, late: float) -> Ints:
    """Return minutes from `low` to `high`, in three of a hundred cases up to `late` minutes."""
    length = chance.between(which, low, high)
    is_late = chance.draw(which + 100) < 0.03
    return whole(np.where(is_late, high + (late - high) * chance.draw(which), length) * MINUTE)


def whole(length: Floats) -> Ints:
    """Return lengths in whole milliseconds."""
    return np.round(length).astype(np.int64)
