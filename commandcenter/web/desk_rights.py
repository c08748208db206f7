"""What a viewer may do to each of many cases, as the rows of the desk's table say it."""

from collections.abc import Sequence

from commandcenter.cases import parts
from commandcenter.cases.queues import QueueLine
from commandcenter.domain.cases import Command, Facts, Mark
from commandcenter.domain.clocks import Millis
from commandcenter.domain.desk import Desk
from commandcenter.domain.permits import Around, legal_for
from commandcenter.domain.viewers import Viewer
from commandcenter.store.store import Connection


def rights(
    connection: Connection, viewer: Viewer, desk: Desk, lines: Sequence[QueueLine], now: Millis
) -> dict[int, tuple[Command, ...]]:
    """Return the commands that are offered for each case.

    Of what only the log knows, whether a case was reopened or rated, nothing is asked for a row:
    the command itself is refused then.
    """
    found = {}
    for line in lines:
        facts = Facts(
            line.cell, line.state, line.depth, line.since, line.due, None, line.unit,
            line.supervised, line.marks,
        )  # fmt: skip
        shared = parts.of_case(connection, line.id) if line.marks & Mark.CROSS else ()
        around = Around(desk.lowest_at(line.cell), shared)
        found[line.id] = legal_for(viewer, facts, around, now)
    return found
