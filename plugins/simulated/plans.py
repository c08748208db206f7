"""Whole lifecycles, drawn for thousands of cases at once."""

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum, auto

import numpy as np
from numpy.typing import NDArray

from commandcenter.api import DAY, HOUR, MINUTE, SECOND, Command, Millis, State, millis

from .chance import Chance, Floats, Ints
from .durations import Durations, band_of
from .worktime import WorkingTime
from .world import World

LATE, REWORKED, REJECTED, SUPERVISED, SUPERVISED_LATE = 0.08, 0.04, 0.03, 0.008, 0.25
OPEN_DAYS = 0.6
"""How long a case is open on average at most: 10,000 cases a day leave 6,000 open."""
NEVER = np.iinfo(np.int64).max

COLUMNS = (
    Command.FILE, Command.DISPATCH, Command.TAKE_UP, Command.RESUME, Command.SUPERVISE,
    Command.HANDLE, Command.REWORK, Command.HANDLE, Command.VERIFY, Command.CLOSE,
)  # fmt: skip
"""The command of each column of a plan's times; a rejected case has REJECT in the first."""
_KINDS = (*COLUMNS, Command.REJECT)
FILE, DISPATCH, TAKE_UP, RESUME, SUPERVISE, HANDLE, REWORK, AGAIN, VERIFY, CLOSE = range(10)
FIRST_LEFT = {
    State.REPORTED: FILE, State.FILED: DISPATCH, State.DISPATCHED: TAKE_UP,
    State.SUSPENDED: RESUME, State.HANDLING: SUPERVISE, State.HANDLED: REWORK,
    State.VERIFIED: CLOSE,
}  # fmt: skip
"""The first column that a case in a state has still before it."""


class Draw(IntEnum):
    """What each draw of a case decides; the order must stay, for plans are drawn again."""

    CELL = auto()
    MATTER = auto()
    CHANNEL = auto()
    REJECTED = auto()
    FILING = auto()
    DISPATCH = auto()
    LATE = auto()
    DURATION = auto()
    TAKE_UP = auto()
    REWORKED = auto()
    REWORK = auto()
    REWORK_LENGTH = auto()
    SUPERVISED = auto()
    SUPERVISION = auto()
    VERIFICATION = auto()
    CLOSING = auto()
    TITLE = auto()
    STORY = auto()
    REPORTER = auto()
    NAME = auto()
    PHONE = auto()
    PLACE = auto()
    """The first of many: further tries for a point follow."""


@dataclass(frozen=True)
class Plans:
    """Many cases with all that will happen to them; indices point into the world's sequences.

    `times` has a row per case and a column per command of COLUMNS, NEVER where it does not come;
    `due` is the deadline set at dispatch.
    """

    at: Ints
    number: Ints
    chance: Chance
    cell: Ints
    matter: Ints
    channel: Ints
    rejected: NDArray[np.bool_]
    due: Ints
    times: Ints

    def __len__(self) -> int:
        return len(self.at)

    def commands(self, row: NDArray[np.intp], column: NDArray[np.intp]) -> list[Command]:
        """Return the commands that columns hold for cases."""
        rejects = (column == FILE) & self.rejected[row]
        return [_KINDS[kind] for kind in np.where(rejects, len(COLUMNS), column).tolist()]

    def command(self, row: int, column: int) -> Command:
        """Return the command that a column holds for a case."""
        return Command.REJECT if column == FILE and self.rejected[row] else COLUMNS[column]

    def next_column(self, row: int, column: int) -> int:
        """Return the next column after `column` in which something happens, -1 at the end."""
        left = np.flatnonzero(self.times[row, column + 1 :] != NEVER)
        return column + 1 + int(left[0]) if len(left) else -1


@dataclass(frozen=True)
class Stored:
    """What is known of stored cases: the index of their matter, and whether they were filed."""

    matter: Ints
    filed: NDArray[np.bool_]


class Planner:
    """Draws plans; the same seed, instant and number always give the same plan."""

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self._seed = seed
        self._durations = Durations.read()
        self._axis: tuple[Millis, Millis, WorkingTime] | None = None
        self._pace = 1.0
        self._pace = self._fitting_pace()

    def plan(self, at: Ints, number: Ints, stored: "Stored | None" = None) -> Plans:
        """Draw the plans of cases reported at `at`; `stored` is what is known of them already."""
        world, chance = self._world, Chance.of(self._seed, at, number)
        rejected = chance.draw(Draw.REJECTED) < REJECTED
        if stored is None:
            matter = chance.pick(Draw.MATTER, world.by_frequency)
        else:
            matter, rejected = stored.matter, rejected & ~stored.filed
        due, times = self._times(chance, at, matter)
        times[rejected, FILE + 1 :] = NEVER
        return Plans(
            at,
            number,
            chance,
            chance.pick(Draw.CELL, world.by_households),
            matter,
            chance.pick(Draw.CHANNEL, world.by_share),
            rejected,
            due,
            times,
        )

    def _times(self, chance: Chance, at: Ints, matter: Ints) -> tuple[Ints, Ints]:
        times = np.full((len(at), len(COLUMNS)), NEVER, np.int64)
        times[:, FILE] = filed = at + _delay(chance, Draw.FILING, 0.5, 13, 60)
        by_hand = _delay(chance, Draw.DISPATCH, 0.5, 12, 45)
        at_once = _whole(chance.between(Draw.DISPATCH, 1, 20) * SECOND)
        by_itself = self._world.by_itself[matter]
        times[:, DISPATCH] = sent = filed + np.where(by_itself, at_once, by_hand)
        late = chance.draw(Draw.LATE) < LATE
        due = self._due(sent, matter)
        spent = _whole(self._ratios(chance, matter, late) * (due - sent))
        times[:, HANDLE] = handled = sent + np.maximum(spent, 8 * MINUTE)
        share = np.minimum(chance.between(Draw.TAKE_UP, 0.02, 0.5) * (handled - sent), 2 * HOUR)
        times[:, TAKE_UP] = taken = sent + _whole(share)
        self._rework(chance, due - sent, times)
        likely = np.where(late, SUPERVISED_LATE, SUPERVISED)
        watched = chance.draw(Draw.SUPERVISED) < likely
        moment = taken + _whole(chance.between(Draw.SUPERVISION, 0.4, 0.95) * (handled - taken))
        times[watched, SUPERVISE] = moment[watched]
        done = np.where(times[:, AGAIN] == NEVER, handled, times[:, AGAIN])
        times[:, VERIFY] = done + _delay(chance, Draw.VERIFICATION, 3, 28, 90)
        times[:, CLOSE] = times[:, VERIFY] + _whole(chance.between(Draw.CLOSING, 0.5, 15) * MINUTE)
        return due, times

    def _rework(self, chance: Chance, allowed: Ints, times: Ints) -> None:
        again = chance.draw(Draw.REWORKED) < REWORKED
        found = times[:, HANDLE] + _whole(chance.between(Draw.REWORK, 4, 28) * MINUTE)
        share = chance.between(Draw.REWORK_LENGTH, 0.03, 0.15) * self._pace
        done = found + np.maximum(_whole(share * allowed), 10 * MINUTE)
        times[again, REWORK] = found[again]
        times[again, AGAIN] = done[again]

    def _ratios(self, chance: Chance, matter: Ints, late: NDArray[np.bool_]) -> Floats:
        band = band_of(self._world.days[matter])
        ratio = self._durations.ratios(band, late, chance.draw(Draw.DURATION))
        return np.where(late, 1 + (ratio - 1) * self._pace, ratio * self._pace)

    def _due(self, start: Ints, matter: Ints) -> Ints:
        """Return when the limits of the matters run out, each on the matter's own clock."""
        world = self._world
        length = world.limit[matter]
        natural = start + length
        if not world.working.any() or not len(start):
            return natural
        working = self._working_time(int(start.min()), int(start.max())).add(start, length)
        return np.where(world.working[matter], working, natural)

    def _working_time(self, first: Millis, last: Millis) -> WorkingTime:
        if self._axis is None or not self._axis[0] <= first <= last <= self._axis[1]:
            calendar = self._world.calendar
            longest = float(self._world.days[self._world.working].max())
            margin = timedelta(days=120)
            begins, ends = calendar.local(first) - margin, calendar.local(last) + margin
            until = ends + timedelta(days=30 + 2 * longest)
            axis = WorkingTime.of(calendar, (begins - timedelta(days=1)).date(), until.date())
            self._axis = millis(begins), millis(ends), axis
        return self._axis[2]

    def _fitting_pace(self) -> float:
        """Return by how much cases must go faster so that no more than OPEN_DAYS stay open.

        Found on one ordinary week, whatever the time is: plans must not depend on the start.
        """
        monday = 1_749_427_200_000  # 2025-06-09
        at = np.linspace(monday, monday + 7 * DAY, 4000).astype(np.int64)
        means = []
        for pace in (1.0, 0.5):
            self._pace = pace
            plans = self.plan(at, np.arange(len(at)))
            ends = np.where(plans.rejected, plans.times[:, FILE], plans.times[:, CLOSE])
            means.append(float((ends - at).mean()) / DAY)
        slope = (means[0] - means[1]) / 0.5
        if means[0] <= OPEN_DAYS or slope <= 0:
            return 1.0
        return max(0.02, 1.0 - (means[0] - OPEN_DAYS) / slope)


def remaining(plans: Plans, row: int, state: State, since: Millis, last: Millis) -> Ints:
    """Return the times of a stored case in `state` since `since`, without what lies behind it.

    `last` is the last move of the source. A case that somebody else moved off its plan goes on
    from there, as much later.
    """
    times = plans.times[row].copy()
    first = FIRST_LEFT[state]
    if state is State.HANDLING and times[REWORK] <= since:
        first = AGAIN
    if state is State.HANDLED and (times[REWORK] == NEVER or times[AGAIN] <= since):
        first = VERIFY
    times[:first] = NEVER
    if first > SUPERVISE or times[SUPERVISE] <= max(last, since):
        times[SUPERVISE] = NEVER
    if state is State.SUSPENDED:
        times[RESUME] = since + 2 * HOUR
    return _after(times, since)


def _after(times: Ints, since: Millis) -> Ints:
    planned = np.flatnonzero(times != NEVER)
    planned = planned[planned != RESUME]
    floor = int(times[RESUME]) if times[RESUME] != NEVER else since
    if len(planned) and times[planned].min() <= floor:
        times[planned] += floor - times[planned].min() + 15 * MINUTE
    return times


def _delay(chance: Chance, which: Draw, low: float, high: float, late: float) -> Ints:
    """Return minutes from `low` to `high`, in three of a hundred cases up to `late` minutes."""
    length = chance.between(which, low, high)
    is_late = chance.draw(which + 100) < 0.03
    return _whole(np.where(is_late, high + (late - high) * chance.draw(which), length) * MINUTE)


def _whole(length: Floats) -> Ints:
    return np.round(length).astype(np.int64)
