"""A thread that keeps leases, whatever becomes of the database."""

from collections.abc import Callable

from commandcenter.store.leases import LOOK_SECONDS
from commandcenter.store.periodic import Periodic


class Keeper(Periodic):
    """Calls `tend` in a thread, each time after the seconds that it returned."""

    def __init__(self, tend: Callable[[], float]) -> None:
        super().__init__("leases", tend, LOOK_SECONDS)

    def start(self) -> None:
        """Tend once in this thread, so that what is free is held at once, then in the other."""
        self.turn()
        super().start()
