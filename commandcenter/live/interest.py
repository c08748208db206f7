"""Interest: which topics somebody watches, by leases that hubs renew."""

from collections.abc import Mapping
from threading import Lock
from time import monotonic
from typing import Any, NamedTuple

LEASE_SECONDS = 15.0


class _Held(NamedTuple):
    until: float
    topics: set[str]
    streams: int


class Interest:
    """The topics that hubs hold leases on; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._hubs: dict[str, _Held] = {}
        self._new: set[str] = set()

    def renew(self, message: Mapping[str, Any]) -> None:
        """Take a hub's message: its topics and streams, and what it needs in full now.

        A message of `more` adds to the topics that the hub had said.
        """
        hub, topics, new = str(message["hub"]), set(message["topics"]), set(message["new"])
        with self._lock:
            if message.get("more") and (held := self._hubs.get(hub)) is not None:
                held.topics.update(topics)
                topics = held.topics
            until = monotonic() + LEASE_SECONDS
            self._hubs[hub] = _Held(until, topics, int(message.get("streams", 0)))
            self._new |= new

    def watched(self) -> frozenset[str]:
        """Return the keys of the topics that are watched now."""
        with self._lock:
            now = monotonic()
            self._hubs = {hub: held for hub, held in self._hubs.items() if held.until > now}
            return frozenset().union(*(held.topics for held in self._hubs.values()))

    @property
    def streams(self) -> int:
        """How many screens are open at all hubs."""
        with self._lock:
            return sum(held.streams for held in self._hubs.values())

    def take_new(self) -> set[str]:
        """Return the topics that a hub asked for in full since the last call."""
        with self._lock:
            new, self._new = self._new, set()
        return new
