"""Whistles and directives that are still to come, by their time, as the host takes them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np

from commandcenter.api import (
    DAY,
    HOUR,
    SECOND,
    CallUpdate,
    CellUpdate,
    Delivery,
    Directive,
    DirectiveAct,
    Millis,
    Whistle,
)

from .blasts import REASON, Blast, Blasts
from .plans import Plans
from .rounds import ACTS, LAST_WORD, Round, Rounds
from .simulation import KEY, Simulation
from .steps import NEVER

LIST = 2000
"""Words in one list at most."""
PAST: Millis = 2 * DAY
"""So far back there are whistles when a city begins, and so much of a stop is made up for."""
LONGEST_ROUND: Millis = 10 * HOUR
RECALLED = "情况变化，停止执行"


@dataclass(slots=True)
class Running:
    """A round with how far its cells' words have been handed in."""

    round: Round
    done: int = 0


class Tidings:
    """What is to come; `last` is the last word that the store has of this source, None for none.

    What was said by then is not said again, so that a restart doubles nothing.
    """

    def __init__(self, simulation: Simulation, now: Millis, last: Millis | None) -> None:
        options = simulation.arrivals.options
        self._tree = simulation.world.tree
        self._blasts = Blasts(simulation.world, simulation.arrivals, options.seed)
        self._rounds = Rounds(self._tree, simulation.arrivals, options.seed)
        self._said = max(-1 if last is None else last, now - PAST)
        self._heap: list[tuple[Millis, int, Delivery]] = []
        self._past: list[Delivery] = []
        self._serial = 0
        self._running: list[Running] = []
        self._hour = (now - PAST) // HOUR
        self._issued = now - LONGEST_ROUND
        self._spoken = 0
        self.plan(now)

    def next_at(self) -> Millis:
        """Return when something is due next; what cells say comes once a second."""
        if self._past:
            return 0
        cells = [int(r.round.at[r.done]) for r in self._running if r.done < len(r.round.at)]
        told = self._heap[0][0] if self._heap else NEVER
        return min([told, *(max(at, self._spoken + SECOND) for at in cells)])

    def plan(self, now: Millis) -> None:
        """Draw what begins until an hour from now."""
        while self._hour <= now // HOUR + 1:
            self._blow(self._blasts.in_hour(self._hour), now)
            self._hour += 1
        until = now + HOUR
        for found in self._rounds.between(self._issued, until):
            if found.end > now:
                self._order(found, now)
        self._issued = max(self._issued, until)

    def on_cases(self, plans: Plans, ids: Mapping[int, str], now: Millis) -> None:
        """Put in the whistles that are blown while cases are handled; `ids` go by row."""
        self._blow(self._blasts.on_cases(plans, ids), now)

    def due(self, now: Millis) -> list[Delivery]:
        """Take out what is due by `now`, at most one list."""
        if self._past:
            found, self._past = self._past[:LIST], self._past[LIST:]
            return found
        found = []
        while self._heap and self._heap[0][0] <= now and len(found) < LIST:
            found.append(heappop(self._heap)[2])
        return found or self._from_cells(now)

    def _blow(self, blasts: Iterable[Blast], now: Millis) -> None:
        for blast in blasts:
            words = [told for told in _words(blast) if told.at > self._said]
            # The past is told whistle by whistle: nobody is called late who has come in time.
            self._past += [told for told in words if told.at <= now]
            for told in words:
                if told.at > now:
                    self._push(told.at, told)

    def _order(self, found: Round, now: Millis) -> None:
        if found.issued > self._said:
            told = Directive(
                KEY, found.key, found.cell, found.depth, found.kind.title, found.issued,
                found.deadline, found.kind.body,
            )  # fmt: skip
            if found.issued <= now:
                self._past.append(told)
            else:
                self._push(found.issued, told)
        if found.recalled is not None:
            recall = CellUpdate(KEY, found.key, DirectiveAct.RECALL, found.recalled, note=RECALLED)
            self._push(found.recalled, recall)
        self._running.append(Running(found.after(self._said, now)))

    def _from_cells(self, now: Millis) -> list[Delivery]:
        self._running = [
            r for r in self._running if r.done < len(r.round.at) and now < r.round.end + LAST_WORD
        ]
        for running in self._running:
            until = int(np.searchsorted(running.round.at, now, side="right"))
            if until > running.done:
                first, running.done = running.done, min(until, running.done + LIST)
                return self._words_of(running.round, first, running.done)
        self._spoken = now
        return []

    def _words_of(self, found: Round, first: int, last: int) -> list[Delivery]:
        some = slice(first, last)
        rows = zip(
            found.at[some].tolist(), found.cells[some].tolist(), found.act[some].tolist(),
            strict=True,
        )  # fmt: skip
        cells = self._tree.cells
        return [
            CellUpdate(KEY, found.key, ACTS[act], at, cells[cell].code) for at, cell, act in rows
        ]

    def _push(self, at: Millis, told: Delivery) -> None:
        self._serial += 1
        heappush(self._heap, (at, self._serial, told))


def _words(blast: Blast) -> list[Whistle | CallUpdate]:
    whistle = Whistle(
        KEY, blast.key, blast.cell, blast.depth, blast.title, blast.units, blast.at, blast.due,
        REASON, blast.place, blast.case,
    )  # fmt: skip
    acts = [
        CallUpdate(KEY, blast.key, said.act, said.at, said.unit, said.note, said.rating)
        for said in blast.acts
    ]
    return [whistle, *acts]
