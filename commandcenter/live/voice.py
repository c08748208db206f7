"""The voice of the city: what only the worker that holds the live lease says to the hubs."""

from collections.abc import Mapping

import orjson

from commandcenter.live.bus import Bus
from commandcenter.live.frames import stamped
from commandcenter.store.leases import Lease, Term


class Voice:
    """Speaks during a term and is silent otherwise; used by one thread.

    All that it says carries the number of the term, so that hubs can pass over what comes late.
    """

    def __init__(self, bus: Bus, lease: Lease, build: str) -> None:
        self.bus = bus
        self.lease = lease
        self.term: Term | None = None
        self.build = build

    @property
    def speaks(self) -> bool:
        """Whether the term goes on by this process's own clock."""
        return self.term is not None and self.lease.held == self.term

    def publish(self, channel: str, message: bytes) -> None:
        """Publish frames."""
        if self.term is not None and self.speaks:
            self.bus.publish(channel, stamped(self.term.token, message))

    def pulse(self, facts: Mapping[str, object]) -> None:
        """Publish a sign of life."""
        if self.term is not None and self.speaks:
            pulse = {**facts, "build": self.build, "token": self.term.token}
            self.bus.publish("pulse", orjson.dumps(pulse))
