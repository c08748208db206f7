"""Proves the counts of whistles and directives: against all acts of what is open, and the rows."""

import numpy as np

from commandcenter.cases import coordination_recount as recount
from commandcenter.domain.clocks import Millis
from commandcenter.domain.metrics import REPORT_INS, WINDOW
from commandcenter.live.coordination import Coordination
from commandcenter.live.differences import Difference, differences
from commandcenter.live.rollup import Frame, Rollup
from commandcenter.store import acts
from commandcenter.store.store import Connection


def prove(connection: Connection, shown: Rollup) -> tuple[int, list[Difference]]:
    """Return how many counts were compared, and what differs.

    What is open is played again from its first act; what has ended must agree with its last one.
    """
    found = [
        Difference("acts", each.what, str(each.id), each.rows, each.acts)
        for each in recount.contradictions(connection)
    ]
    counted = played_again(connection, shown.frame, shown.now)
    compared = 0
    for metric in (*counted.names, *REPORT_INS, *(name + WINDOW for name in REPORT_INS)):
        one, other = shown.coordination.of(metric), counted.of(metric)
        found += differences(shown.tree, "acts", metric, one, other)
        compared += len(one)
    return compared + _cells(counted), found + _directives(shown.coordination, counted)


def played_again(connection: Connection, frame: Frame, now: Millis) -> Coordination:
    """Return counts made from all acts of what is open, and from the rows of who reported in."""
    counted = Coordination(frame.tree, frame.levels, frame.calendar)
    counted.report_ins.load(connection, now)
    for batch in acts.of_open(connection):
        counted.apply(connection, [act._replace(on_time=None) for act in batch])
    return counted


def _cells(counted: Coordination) -> int:
    return sum(directive.counts.size for directive in counted.directives.values())


def _directives(shown: Coordination, counted: Coordination) -> list[Difference]:
    found = []
    for number in shown.directives.keys() | counted.directives.keys():
        one, other = shown.directives.get(number), counted.directives.get(number)
        if one is None or other is None:
            here, there = int(one is not None), int(other is not None)
            found.append(Difference("acts", "live directive", str(number), here, there))
            continue
        first = one.about.cell
        for row, column in np.argwhere(one.counts != other.counts)[:5].tolist():
            found.append(Difference(
                f"directive {number}", f"cells in state {row}",
                shown.tree.cells[first + column].code,
                int(one.counts[row, column]), int(other.counts[row, column]),
            ))  # fmt: skip
    return found
