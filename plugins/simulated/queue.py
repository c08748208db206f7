"""What is still to come to cases, by its time."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush

import numpy as np

from commandcenter.api import Delivery, Filing, Millis, Report, State, Update

from .chance import Ints
from .plans import Plans, Stored
from .resumption import Behind, Standing, follows, remaining
from .simulation import Simulation, external_ids
from .steps import BEFORE, NEVER
from .twins import SUFFIX, twinned, twins

LIST = 500
"""Deliveries in one list at most."""
REPORT = -1
"""Stands for the report itself, which comes before the first column of a plan."""
StoredCase = tuple[str, str, str, str, Millis]
"""External id, state, matter, cell code, state since: as a source's context yields them."""


@dataclass(frozen=True, slots=True)
class Block:
    """Cases that were drawn together; a report lies here until it is handed in."""

    plans: Plans
    ids: Sequence[str]
    reports: dict[int, Report]


Watch = Callable[[Plans, Mapping[int, str]], None]
"""Told of all cases that are put in: their whole plans, and external ids by row."""
Entry = tuple[Millis, int, Block, int, int]


def _nobody(plans: Plans, ids: Mapping[int, str]) -> None:
    pass


class Queue:
    """What is to come, by its time: each case stands in it once, with its next step."""

    def __init__(self, simulation: Simulation, watch: Watch = _nobody) -> None:
        self._simulation = simulation
        self._watch = watch
        self._heap: list[Entry] = []
        self._serial = 0
        self._resumed: frozenset[str] = frozenset()
        self._matters = {m.code: n for n, m in enumerate(simulation.world.matters)}

    def __len__(self) -> int:
        return len(self._heap)

    def next_at(self) -> Millis:
        """Return when the next step is due."""
        return self._heap[0][0] if self._heap else NEVER

    def report(self, slot: int, begin: Millis) -> None:
        """Put in the cases of a slot that are reported from `begin` on."""
        simulation = self._simulation
        at = simulation.arrivals.in_slot(slot)
        if not len(at):
            return
        plans = simulation.planner.plan(at, np.arange(len(at)))
        self._put_in(Block(plans, external_ids(plans), _numbered(simulation.reports(plans))), begin)
        rows = twinned(plans)
        if len(rows):
            second = twins(plans, rows, simulation.world)
            reports = simulation.second_reports(plans, rows, second)
            ids = [report.external_id for report in reports]
            self._put_in(Block(second, ids, _numbered(reports)), begin)

    def _put_in(self, block: Block, begin: Millis) -> None:
        at = block.plans.at.tolist()
        rows = [
            row
            for row, key in enumerate(block.ids)
            if at[row] >= begin and key not in self._resumed
        ]
        self._watch(block.plans, {row: block.ids[row] for row in rows})
        for row in rows:
            self._push(at[row], block, row, REPORT)

    def resume(self, cases: Iterable[StoredCase], last: Millis) -> None:
        """Put in what is still to happen to stored open cases; `last` is the last move of all."""
        known = [case for case in cases if _is_ours(case[0])]
        self._resumed = frozenset(case[0] for case in known)
        self._take_up(known, Behind(last))

    def agree(self, cases: Iterable[StoredCase], now: Millis) -> None:
        """Follow what others did until `now`: drop what has ended, plan anew what they moved."""
        stored = {case[0]: case for case in cases if _is_ours(case[0])}
        kept: list[Entry] = []
        for entry in self._heap:
            _, _, block, row, column = entry
            case = None if column == REPORT else stored.get(block.ids[row])
            if case is None and (column == REPORT or BEFORE[column] is State.CLOSED):
                kept.append(entry)
            elif case is not None and follows(block.plans, row, column, _standing(case)):
                kept.append(entry)
                del stored[case[0]]
        heapify(kept)
        self._heap = kept
        self._take_up(list(stored.values()), Behind(now, now))

    def _take_up(self, known: Sequence[StoredCase], behind: Behind) -> None:
        for is_second in (False, True):
            some = [case for case in known if case[0].endswith(SUFFIX) is is_second]
            if some:
                self._plan_on(some, behind, is_second)

    def _plan_on(self, known: Sequence[StoredCase], behind: Behind, is_second: bool) -> None:
        numbers = [case[0].removesuffix(SUFFIX).split("-") for case in known]
        at, number = np.array(numbers, np.int64).T
        stored = Stored(
            np.array([self._matters.get(case[2], -1) for case in known]),
            np.array([case[1] != State.REPORTED for case in known]),
        )
        plans = self._simulation.planner.plan(at, number, stored)
        if is_second:
            plans = twins(plans, np.arange(len(plans)), self._simulation.world)
        times: list[Ints] = [
            remaining(plans, row, _standing(case), behind) for row, case in enumerate(known)
        ]
        block = Block(replace(plans, times=np.array(times)), [case[0] for case in known], {})
        if not behind.tried:
            self._watch(plans, dict(enumerate(block.ids)))
        for row in range(len(known)):
            self._push_next(block, row, REPORT)

    def due(self, now: Millis) -> list[Delivery]:
        """Take out what is due by `now`, at most one list, in the order of time.

        The filings come first, so that intake handles both kinds in bulk.
        """
        found: list[Delivery] = []
        while self._heap and self._heap[0][0] <= now and len(found) < LIST:
            at, _, block, row, column = heappop(self._heap)
            found.append(self._delivery(block, row, column, at))
            self._push_next(block, row, column)
        return sorted(found, key=lambda delivery: isinstance(delivery, Update))

    def _delivery(self, block: Block, row: int, column: int, at: Millis) -> Delivery:
        if column == REPORT:
            report = block.reports.pop(row)
            # A second report comes as anybody's does, so that the rules say what becomes of it.
            return report if block.ids[row].endswith(SUFFIX) else Filing(report, at)
        return self._simulation.update(block.plans, row, column, block.ids[row])

    def _push_next(self, block: Block, row: int, column: int) -> None:
        following = block.plans.next_column(row, column)
        if following >= 0:
            self._push(int(block.plans.times[row, following]), block, row, following)

    def _push(self, at: Millis, block: Block, row: int, column: int) -> None:
        self._serial += 1
        heappush(self._heap, (at, self._serial, block, row, column))


def _numbered(reports: Iterable[Report]) -> dict[int, Report]:
    return dict(enumerate(reports))


def _is_ours(external_id: str) -> bool:
    at, dash, number = external_id.removesuffix(SUFFIX).partition("-")
    return bool(dash) and at.isdecimal() and number.isdecimal()


def _standing(case: StoredCase) -> Standing:
    return Standing(State(case[1]), case[4])
