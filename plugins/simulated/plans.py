"""Whole lifecycles, drawn for thousands of cases at once."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from commandcenter.api import DAY, HOUR, MINUTE, SECOND, Command, Millis

from . import turns
from .chance import Chance, Floats, Ints
from .draws import Draw
from .durations import Durations, band_of
from .steps import COLUMNS, COMMANDS, NEVER, Step, commands, next_column
from .turns import Known, Odd, delay, whole
from .worktime import WorkingTime
from .world import World

OPEN_DAYS = 0.6
"""How long a case is open on average at most: 10,000 cases a day leave 6,000 open."""


@dataclass(frozen=True)
class Plans:
    """Many cases with all that will happen to them; indices point into the world's sequences.

    `times` has a row per case and a column per `Step`, NEVER where it does not come; `due` is when
    the unit's limit runs out, as counted from the last dispatch before it is taken up.
    """

    at: Ints
    number: Ints
    chance: Chance
    cell: Ints
    matter: Ints
    channel: Ints
    odd: Odd
    due: Ints
    times: Ints

    def __len__(self) -> int:
        return len(self.at)

    def commands(self, row: NDArray[np.intp], column: NDArray[np.intp]) -> list[Command]:
        """Return the commands that columns hold for cases."""
        return commands(row, column, self.odd.rejected, self.odd.cross)

    def command(self, row: int, column: int) -> Command:
        """Return the command that a column holds for a case."""
        if column == Step.FILE and self.odd.rejected[row]:
            return Command.REJECT
        if column == Step.DISPATCH and self.odd.cross[row]:
            return Command.ENGAGE
        return COMMANDS[column]

    def next_column(self, row: int, column: int) -> int:
        """Return the next column after `column` in which something happens, -1 at the end."""
        return next_column(self.times, row, column)


@dataclass(frozen=True)
class Stored:
    """What is known of stored cases: the index of their matter, -1 for none, and if filed."""

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
        matter = chance.pick(Draw.MATTER, world.by_frequency)
        filed = np.zeros(len(at), bool)
        if stored is not None:
            matter, filed = np.where(stored.matter < 0, matter, stored.matter), stored.filed
        cell, channel = (
            chance.pick(Draw.CELL, world.by_households),
            chance.pick(Draw.CHANNEL, world.by_share),
        )
        manners = world.crews.manners(self._seed, matter, cell)
        known = Known(
            world.by_citizens[channel],
            world.depth[matter],
            world.crews.sharing(matter, cell),
            filed,
        )
        odd = turns.oddities(chance, manners, known)
        due, times = self._times(chance, at, matter, odd)
        return Plans(at, number, chance, cell, matter, channel, odd, due, times)

    def _times(self, chance: Chance, at: Ints, matter: Ints, odd: Odd) -> tuple[Ints, Ints]:
        times = np.full((len(at), COLUMNS), NEVER, np.int64)
        times[:, Step.FILE] = filed = at + delay(chance, Draw.FILING, 0.5, 13, 60)
        by_hand = delay(chance, Draw.DISPATCH, 0.5, 12, 45)
        at_once = whole(chance.between(Draw.DISPATCH, 1, 20) * SECOND)
        by_itself = self._world.by_itself[matter] & ~odd.cross
        times[:, Step.DISPATCH] = sent = filed + np.where(by_itself, at_once, by_hand)
        sent = turns.send_again(chance, odd, sent, times)
        due = self._due(sent, matter)
        spent = whole(self._ratios(chance, matter, odd) * (due - sent))
        done = sent + np.maximum(spent, 8 * MINUTE)
        share = chance.between(Draw.TAKE_UP, 0.02, 0.5) * (done - sent)
        share = np.where(odd.away, share + 0.45 * (done - sent), np.minimum(share, 2 * HOUR))
        times[:, Step.TAKE_UP] = begun = sent + whole(share)
        begun, done = turns.suspend(chance, odd, (begun, done), times)
        turns.supervise(chance, odd, (begun, done), times)
        turns.share_out(chance, odd, (begun, done), times)
        times[:, Step.HANDLE] = done
        allowed: Floats = (due - sent) * self._pace
        done = turns.rework(chance, odd, (done, whole(allowed)), times)
        turns.finish(chance, odd, done, times)
        times[odd.rejected, Step.FILE + 1 :] = NEVER
        return due, times

    def _ratios(self, chance: Chance, matter: Ints, odd: Odd) -> Floats:
        band = band_of(self._world.days[matter])
        ratio = self._durations.ratios(band, odd.late, chance.draw(Draw.DURATION))
        in_time = np.where(odd.slow, 0.5 + 0.5 * ratio, ratio)
        return np.where(odd.late, 1 + (ratio - 1) * self._pace, in_time * self._pace)

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
            self._axis = first - 119 * DAY, last + 119 * DAY, axis
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
            ends = np.where(
                plans.odd.rejected, plans.times[:, Step.FILE], plans.times[:, Step.CLOSE]
            )
            means.append(float((ends - at).mean()) / DAY)
        slope = (means[0] - means[1]) / 0.5
        if means[0] <= OPEN_DAYS or slope <= 0:
            return 1.0
        return max(0.02, 1.0 - (means[0] - OPEN_DAYS) / slope)
