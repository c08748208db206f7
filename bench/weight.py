"""What comes over the wire of a page, as the browser tells it."""

from dataclasses import dataclass, field
from time import monotonic
from typing import Any


@dataclass
class Weight:
    """The bytes that came over the wire of a page, with those of its stream."""

    bytes: float = 0.0
    at: float = field(default_factory=monotonic)
    streams: set[str] = field(default_factory=set)

    def asked(self, event: dict[str, Any]) -> None:
        """Note a request; a stream never ends, and is not waited for."""
        if event.get("type") == "EventSource":
            self.streams.add(event["requestId"])
        else:
            self.at = monotonic()

    def came(self, event: dict[str, Any]) -> None:
        """Add what came."""
        self.bytes += event["encodedDataLength"]
        if event["requestId"] not in self.streams:
            self.at = monotonic()

    def answered(self, event: dict[str, Any]) -> None:
        """Add an answer's head."""
        self.bytes += event["response"]["encodedDataLength"]
