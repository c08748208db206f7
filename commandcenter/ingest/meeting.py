"""Compares reports that came at the same moment, in a thread of the ingest workers.

It costs intake nothing: what two transactions could not see of each other is found right after,
and merged or offered as the intake would have. Of several workers each does what is next.
"""

from collections.abc import Callable
from dataclasses import dataclass

from commandcenter.cases import simultaneous
from commandcenter.cases.simultaneous import Rules
from commandcenter.domain.clocks import Millis
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.ingest.following import Pace, following
from commandcenter.store.periodic import Periodic
from commandcenter.store.store import Store

PACE = Pace(rest=1.0, look=0.5)


@dataclass(frozen=True, slots=True)
class Meeting:
    """Follows the log with what the city compares by; `now` is the city's time."""

    store: Store
    rules: Rules
    now: Callable[[], Millis]
    limit: int = simultaneous.READ_MOVES

    def once(self) -> bool:
        """Look at what the log tells of next; False with nothing left to do."""
        with self.store.read() as connection:
            batch = simultaneous.upcoming(connection, self.rules.likeness, self.limit)
        if batch is None:
            return False
        with self.store.write() as connection:
            simultaneous.settle(connection, self._viewer(), self.rules, batch, self.now())
        return True

    def following(self) -> Periodic:
        """Return the thread that does so, not yet started."""
        return following("comparison of simultaneous reports", self.once, PACE)

    def _viewer(self) -> Viewer:
        tree = self.rules.likeness.tree
        root, last = tree.cells[0].code, len(tree) - 1
        return Viewer(simultaneous.RULE, root, 0, last, Clearance.STAFF, kind="system")
