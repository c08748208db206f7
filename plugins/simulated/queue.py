"""What is still to come, by its time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from heapq import heappop, heappush

import numpy as np

from commandcenter.api import Delivery, Filing, Millis, Report, State, Update

from .chance import Ints
from .plans import DISPATCH, NEVER, Draw, Plans, Stored, remaining
from .simulation import KEY, Simulation, external_ids
from .stories import reporters

LIST = 500
"""Deliveries in one list at most."""
REPORT = -1
"""Stands for the report itself, which comes before the first column of a plan."""


@dataclass(frozen=True, slots=True)
class Block:
    """Cases that were drawn together; a report lies here until it is handed in."""

    plans: Plans
    ids: Sequence[str]
    reports: dict[int, Report]


class Queue:
    """What is to come, by its time: each case stands in it once, with its next step."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._heap: list[tuple[Millis, int, Block, int, int]] = []
        self._serial = 0
        self._resumed: frozenset[str] = frozenset()

    def next_at(self) -> Millis:
        """Return when the next step is due."""
        return self._heap[0][0] if self._heap else NEVER

    def report(self, slot: int, begin: Millis) -> None:
        """Put in the cases of a slot that are reported from `begin` on."""
        at = self._simulation.arrivals.in_slot(slot)
        if not len(at):
            return
        plans = self._simulation.planner.plan(at, np.arange(len(at)))
        reports = dict(enumerate(_reports(self._simulation, plans)))
        block = Block(plans, external_ids(plans), reports)
        for row, instant in enumerate(at.tolist()):
            if instant >= begin and block.ids[row] not in self._resumed:
                self._push(instant, block, row, REPORT)

    def resume(self, cases: Sequence[tuple[str, str, str, str, Millis]], last: Millis) -> None:
        """Put in what is still to happen to stored open cases."""
        indices = {matter.code: n for n, matter in enumerate(self._simulation.world.matters)}
        known = [case for case in cases if case[2] in indices and _is_ours(case[0])]
        self._resumed = frozenset(case[0] for case in known)
        if not known:
            return
        at, number = np.array([case[0].split("-") for case in known], np.int64).T
        stored = Stored(
            np.array([indices[case[2]] for case in known]),
            np.array([case[1] != State.REPORTED for case in known]),
        )
        plans = self._simulation.planner.plan(at, number, stored)
        times: list[Ints] = [
            remaining(plans, row, State(case[1]), case[4], last) for row, case in enumerate(known)
        ]
        block = Block(replace(plans, times=np.array(times)), [case[0] for case in known], {})
        for row in range(len(known)):
            self._push_next(block, row, REPORT)

    def due(self, now: Millis) -> list[Delivery]:
        """Take out what is due by `now`, at most one list, in the order of time.

        The filings come first, so that intake handles both kinds in bulk.
        """
        found: list[Delivery] = []
        while self._heap and self._heap[0][0] <= now and len(found) < LIST:
            at, _, block, row, column = heappop(self._heap)
            found.append(_delivery(block, row, column, at))
            self._push_next(block, row, column)
        return sorted(found, key=lambda delivery: isinstance(delivery, Update))

    def _push_next(self, block: Block, row: int, column: int) -> None:
        following = block.plans.next_column(row, column)
        if following >= 0:
            self._push(int(block.plans.times[row, following]), block, row, following)

    def _push(self, at: Millis, block: Block, row: int, column: int) -> None:
        self._serial += 1
        heappush(self._heap, (at, self._serial, block, row, column))


def _delivery(block: Block, row: int, column: int, at: Millis) -> Delivery:
    if column == REPORT:
        return Filing(block.reports.pop(row), at)
    due = int(block.plans.due[row]) if column == DISPATCH else None
    return Update(KEY, block.ids[row], block.plans.command(row, column), at, None, due)


def _reports(simulation: Simulation, plans: Plans) -> list[Report]:
    world = simulation.world
    points = simulation.places.draw(plans.chance, Draw.PLACE, plans.cell).tolist()
    titles = simulation.stories.titles_of(plans)
    stories = simulation.stories.stories_of(plans, world)
    people = reporters(plans, world)
    return [
        Report(
            source=KEY,
            external_id=key,
            channel=world.channels[plans.channel[row]],
            title=titles[row],
            description=stories[row],
            matter=world.matters[plans.matter[row]].code,
            lng=points[row][0],
            lat=points[row][1],
            cell=world.leaves[plans.cell[row]].code,
            occurred_at=datetime.fromtimestamp(int(plans.at[row]) / 1000, UTC),
            reporter=people[row],
        )
        for row, key in enumerate(external_ids(plans))
    ]


def _is_ours(external_id: str) -> bool:
    at, dash, number = external_id.partition("-")
    return bool(dash) and at.isdecimal() and number.isdecimal()
