"""Interest: which topics somebody watches, by leases that hubs renew."""

from collections.abc import Mapping, Sequence
from threading import Lock
from time import monotonic

LEASE_SECONDS = 15.0


class Interest:
    """The topics that hubs hold leases on; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._hubs: dict[str, tuple[float, frozenset[str]]] = {}
        self._new: set[str] = set()

    def renew(self, message: Mapping[str, Sequence[str] | str]) -> None:
        """Take a hub's message: all topics it shows, and those it needs in full now."""
        with self._lock:
            until = monotonic() + LEASE_SECONDS
            self._hubs[str(message["hub"])] = until, frozenset(message["topics"])
            self._new.update(message["new"])

    def watched(self) -> frozenset[str]:
        """Return the keys of the topics that are watched now."""
        with self._lock:
            now = monotonic()
            self._hubs = {hub: held for hub, held in self._hubs.items() if held[0] > now}
            return frozenset().union(*(topics for _, topics in self._hubs.values()))

    def take_new(self) -> set[str]:
        """Return the topics that a hub asked for in full since the last call."""
        with self._lock:
            new, self._new = self._new, set()
        return new
